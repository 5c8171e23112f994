import CDevice
import COnnxRuntime
import Glibc
public import Inference
public import OnnxRuntime

/// Which engine of those whose batches stay on a device, and where it is.
public struct DeviceEngineChoice: Hashable, Sendable {
  /// By their names on command lines and in topologies.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// ONNX Runtime's CUDA provider.
    case cuda
    /// The plugin that Scripts/gpu/build-torch makes of a host's PyTorch.
    case torch
  }
  public var kind: Kind
  public var place: DevicePlace
  /// On the processor, at least 1.
  public var threads: Int
  /// The plugin's file; nil: found as `PluginFile.locate` says.
  public var plugin: String?
  /// How it takes its calls.
  public var calls: DeviceCalls
  public init(
    _ kind: Kind, on place: DevicePlace = .gpu(0), threads: Int = 1, plugin: String? = nil,
    calls: DeviceCalls = DeviceCalls()
  ) {
    self.kind = kind
    self.place = place
    self.threads = threads
    self.plugin = plugin
    self.calls = calls
  }

  /// Opens the engine with the blocks and exit heads of `model`, for batches of at most `largestBatch` ≥ 1 rows.
  ///
  /// Throws, in one line that names it, where a library, the driver, the device, its memory, or a file of the model is
  /// missing or wrong.
  public func open(
    model: ModelManifest, largestBatch: Int, runtime: OnnxRuntime
  ) throws(EngineError) -> DeviceEngine {
    precondition(largestBatch >= 1 && threads >= 1)
    let instance =
      switch kind {
      case .cuda: try openOnnx(runtime, largestBatch)
      case .torch: try openPlugin(largestBatch)
      }
    return try DeviceEngine(instance, model: model, largestBatch: largestBatch)
  }

  private func openPlugin(_ largestBatch: Int) throws(EngineError) -> DeviceInstance {
    let file = try PluginFile.locate(plugin)
    var error = engine_error()
    var table: UnsafePointer<engine_table>?
    guard engine_plugin_load(file, &table, &error) == 0, let table else {
      throw EngineError(error, at: file, remedy: "build it with Scripts/gpu/build-torch")
    }
    return try DeviceInstance(
      table.pointee, device: place, threads: threads, largestBatch: largestBatch, calls: calls, at: file)
  }

  private func openOnnx(_ runtime: OnnxRuntime, _ largestBatch: Int) throws(EngineError) -> DeviceInstance {
    switch place {
    case .processor:
      return try Self.openOnnx(runtime, .host, computesThere: false, threads, largestBatch, calls)
    case .gpu(let number):
      let library = getenv(Self.runtimeVariable).map { String(cString: $0) }
      return try Self.openOnnx(
        runtime, .cuda(device: number, library: library), computesThere: true, threads, largestBatch, calls)
    }
  }
  /// Names libcudart's file where the system does not find it.
  public static let runtimeVariable = "OFFRAMP_CUDART"

  /// The memory that a batch is in.
  enum Memory {
    case host
    case cuda(device: Int, library: String?)
  }
  /// `computesThere`: whether CUDA computes too; only tests keep a batch on one device and compute on the other.
  static func openOnnx(
    _ runtime: OnnxRuntime, _ kind: Memory, computesThere: Bool, _ threads: Int, _ largestBatch: Int,
    _ calls: DeviceCalls = DeviceCalls()
  ) throws(EngineError) -> DeviceInstance {
    var memory = device_memory()
    var error = engine_error()
    let (opened, place): (Int32, DevicePlace) =
      switch kind {
      case .host: (device_memory_open_host(&memory, &error), .processor)
      case .cuda(let device, let library):
        (device_memory_open_cuda(library, Int32(device), &memory, &error), .gpu(device))
      }
    guard opened == 0 else { throw EngineError(error, at: "device \(place)", remedy: "see Docs/GPU.md") }
    guard let table = onnx_device_table() else { preconditionFailure("the table is static") }
    let library = runtime.settings.library ?? "device \(place)"
    return try withUnsafePointer(to: memory) { (memory) throws(EngineError) in
      var context = onnx_device_context(
        runtime: runtime.raw, memory: memory, uses_cuda: computesThere ? 1 : 0)
      return try withUnsafePointer(to: &context) { (context) throws(EngineError) in
        try DeviceInstance(
          table.pointee, device: place, threads: threads, largestBatch: largestBatch, calls: calls, context: context,
          at: library)
      }
    }
  }
}
