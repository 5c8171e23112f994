import CDevice
public import EdgeModel
public import Inference

/// A model's blocks and exit heads on an engine whose batches stay on a device: features go up once, logits come down,
/// and nothing else moves between host and device.
///
/// The engine is behind a C function table (`engine_table.h`): ONNX Runtime inside this program, or a plugin. Every call
/// waits for the device, so that the times it reports are whole, unless `DeviceCalls.onlyQueue` was asked for.
public struct DeviceEngine: InferenceEngine, ~Copyable, Sendable {
  let instance: DeviceInstance
  private let inputs: [Int]
  private let classes: Int
  public let largestBatch: Int
  /// What the last head said. Whoever got it has looked at it by the next call, so its memory serves again.
  private var answers: [ExitAnswers.Answer] = []

  /// Loads every block and head of `model` into `instance`, which was opened for batches of `largestBatch` rows.
  ///
  /// Throws, with the file, for one that is missing, has another size or other shapes than the manifest says, or that
  /// the engine cannot load; and where the device has no memory left.
  init(_ instance: DeviceInstance, model: ModelManifest, largestBatch: Int) throws(EngineError) {
    for block in model.blocks {
      try instance.load(
        block.file, of: model, isHead: false, inputValues: block.inputValues, outputValues: block.outputValues)
    }
    for exit in model.exits {
      try instance.load(
        exit.file, of: model, isHead: true, inputValues: exit.inputValues, outputValues: model.classes)
    }
    try instance.finishLoading()
    self.instance = instance
    self.largestBatch = largestBatch
    inputs = model.blocks.map(\.inputValues)
    classes = model.classes
  }

  /// Engine, version and device, such as "ONNX Runtime 1.28.0, CUDA device 0 (NVIDIA H100, …)".
  public var name: String { instance.name }
  /// The name's part before the comma, such as "ONNX Runtime 1.28.0".
  public var version: String { instance.name.firstIndex(of: ",").map { String(instance.name[..<$0]) } ?? instance.name }
  /// The name's part behind it, such as "CUDA device 0 (NVIDIA H100, …)".
  public var device: String { String(instance.name.dropFirst(version.count + 2)) }
  public var blockCount: Int { inputs.count }
  public func featureValues(entering block: Int) -> Int { inputs[block - 1] }
  public func makeBatch() throws(EngineError) -> FeatureBatch {
    FeatureBatch(capacity: largestBatch, widest: 0, tensors: try DeviceTensors(of: instance))
  }

  public mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport {
    let watch = Stopwatch()
    try check(rows, entering: block, batch)
    let (tensors, first) = (tensors(of: batch), batch.rows)
    var error = engine_error()
    for (index, row) in rows.enumerated() {
      let failed = row.feature?.withFeatureBytes {
        instance.table.append(tensors, first + index, block, $0.baseAddress, &error)
      }
      guard failed == 0 else { throw failure(error, "block \(block)") }
    }
    guard instance.table.finish_appending(tensors, &error) == 0 else { throw failure(error, "block \(block)") }
    for row in rows { batch.append(sample: row.sample, row: UnsafeRawBufferPointer(start: nil, count: 0)) }
    return BlockReport(watch)
  }

  public mutating func gather(_ order: [Int], of batch: inout FeatureBatch) throws(EngineError) {
    precondition(order.count <= batch.capacity && order.allSatisfy { (0..<batch.rows).contains($0) })
    var error = engine_error()
    let failed = order.withUnsafeBufferPointer { order in
      order.withMemoryRebound(to: UInt.self) {
        instance.table.gather(tensors(of: batch), $0.baseAddress, $0.count, &error)
      }
    }
    guard failed == 0 else { throw failure(error, "gathering") }
    batch.gather(order)
  }

  public mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    precondition(batch.rows >= 1)
    let watch = Stopwatch()
    var error = engine_error()
    guard instance.table.run(tensors(of: batch), block, batch.rows, &error) == 0 else {
      throw failure(error, "block \(block)")
    }
    return BlockReport(watch)
  }

  public mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    precondition(!rows.isEmpty && rows.lowerBound >= 0 && rows.upperBound <= batch.rows)
    let watch = Stopwatch()
    let tensors = tensors(of: batch)
    var error = engine_error()
    guard instance.table.run_head(tensors, exit, rows.lowerBound, rows.count, &error) == 0 else {
      throw failure(error, "exit \(exit)")
    }
    let ran = watch.nanoseconds
    var taken: UnsafePointer<Float>?
    guard instance.table.take_logits(tensors, &taken, &error) == 0, let logits = taken else {
      throw failure(error, "exit \(exit)")
    }
    answers.removeAll(keepingCapacity: true)
    for row in 0..<rows.count {
      let own = UnsafeBufferPointer(start: logits + row * classes, count: classes)
      answers.append(ExitAnswers.Answer(logits: own))
    }
    let all = watch.nanoseconds
    return ExitAnswers(answers: answers, nanoseconds: all, transferNanoseconds: all - ran)
  }

  /// The values of `rows` as they are after the last block that ran, each of `values`; for checks.
  public func values(of rows: Range<Int>, in batch: borrowing FeatureBatch, each values: Int) throws(EngineError)
    -> [Float]
  {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= batch.rows)
    let tensors = tensors(of: batch)
    var error = engine_error()
    var failed: Int32 = 0
    let found = [Float](unsafeUninitializedCapacity: rows.count * values) { buffer, count in
      failed = instance.table.download(tensors, rows.lowerBound, rows.count, buffer.baseAddress, &error)
      count = failed == 0 ? rows.count * values : 0
    }
    guard failed == 0 else { throw failure(error, "reading features") }
    return found
  }

  private func tensors(of batch: borrowing FeatureBatch) -> OpaquePointer {
    guard let tensors = batch.tensors as? DeviceTensors else { preconditionFailure("another engine's batch") }
    return tensors.raw
  }
  private func failure(_ error: engine_error, _ place: String) -> EngineError {
    EngineError(error, "the engine failed", at: place, remedy: "see what the driver says: nvidia-smi, dmesg")
  }
}
