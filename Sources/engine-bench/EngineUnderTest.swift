import CTightLoop
import DeviceEngines
import Inference
import OnnxRuntime

/// A loop in C that runs a batch's steps on an engine: the engine without anything of ours.
protocol BareLoop: ~Copyable {
  @discardableResult borrowing func run(_ batch: TightLoop.Batch) throws(EngineError) -> tight_times
}

/// The engine that is measured, and the loop on what it has loaded.
struct EngineUnderTest<Engine: InferenceEngine & ~Copyable, Loop: BareLoop & ~Copyable> {
  /// Engine, version and place.
  let name: String
  let open: () throws(EngineError) -> Engine
  let loop: (borrowing Engine) throws(EngineError) -> Loop
  /// Whether it reads rows where they lie side by side; on a device they go through its staging memory anyway.
  let takesRowsSideBySide: Bool
  /// What makes an `edge-worker` run the same.
  let arguments: [String]
  /// What the worker's throughput is to be of the loop's, at least.
  let aim: Double
}

extension EngineUnderTest where Engine == OnnxEngine, Loop == TightLoop {
  /// On the processor, one thread.
  init(_ bench: Bench) {
    let (model, largest, runtime) = (bench.model, bench.largest, bench.runtime)
    self.init(
      name: "ONNX Runtime \(runtime.version), 1 thread",
      open: { () throws(EngineError) in try OnnxEngine(model: model, largestBatch: largest, runtime: runtime) },
      loop: { TightLoop($0) }, takesRowsSideBySide: true, arguments: [], aim: 0.97)
  }
}

extension EngineUnderTest where Engine == DeviceEngine, Loop == DeviceLoop {
  /// On a GPU, or the same path on the processor. Opens the engine once to hear its name.
  init(_ bench: Bench, _ choice: DeviceEngineChoice) throws(EngineError) {
    let (model, largest, runtime) = (bench.model, bench.largest, bench.runtime)
    let open = { () throws(EngineError) in
      try choice.open(model: model, largestBatch: largest, runtime: runtime)
    }
    self.init(
      name: try open().name, open: open,
      loop: { (engine) throws(EngineError) in try DeviceLoop(engine, largestBatch: largest) },
      takesRowsSideBySide: false,
      arguments: choice.arguments,
      aim: choice.place == .processor ? 0.97 : 0.95)
  }
}

extension DeviceEngineChoice {
  /// What makes an `edge-worker` run it.
  var arguments: [String] {
    ["--engine", kind.rawValue, "--device", "\(place)"] + (plugin.map { ["--plugin", $0] } ?? [])
  }
}
