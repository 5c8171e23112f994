import CDevice
import Inference

/// An engine that was opened through a function table; closed with the last batch of it.
///
/// One engine uses it, on one thread at a time; that is what makes the unchecked `Sendable` true.
final class DeviceInstance: @unchecked Sendable {
  let table: engine_table
  let raw: OpaquePointer
  /// The engine, its version and its device.
  let name: String
  /// What errors point at: the engine's library, or the plugin's file.
  let place: String

  /// - Parameters:
  ///   - context: what an engine inside this program needs besides the options.
  init(
    _ table: engine_table, device: DevicePlace, threads: Int, largestBatch: Int, calls: DeviceCalls,
    context: UnsafeRawPointer? = nil, at place: String
  ) throws(EngineError) {
    var options = engine_options()
    options.device = device.number
    options.threads = Int32(threads)
    options.largest_batch = largestBatch
    options.queues = calls.onlyQueue ? 1 : 0
    options.upload_bytes = calls.uploadBytes ?? 0
    options.context = context
    var error = engine_error()
    var out: OpaquePointer?
    guard table.open(&options, &out, &error) == 0, let out else {
      throw EngineError(error, at: place, remedy: "see Docs/GPU.md")
    }
    self.table = table
    self.place = place
    raw = out
    name = table.describe(out).map { String(cString: $0) } ?? "an engine without a name"
  }
  deinit { table.close(raw) }

  /// Loads `file` of `model` as the next block, or the next exit head.
  func load(
    _ file: ModelManifest.File, of model: ModelManifest, isHead: Bool, inputValues: Int, outputValues: Int
  ) throws(EngineError) {
    let bytes = try model.read(file)
    var error = engine_error()
    let failed = bytes.withUnsafeBytes { bytes in
      var part = engine_part(
        bytes: bytes.baseAddress, count: bytes.count, input_values: inputValues, output_values: outputValues)
      return (isHead ? table.load_head : table.load_block)(raw, &part, &error)
    }
    guard failed == 0 else {
      // Who knows a remedy means the engine, not this file.
      if error.remedy.0 != 0 { throw EngineError(error, at: place, remedy: "") }
      throw EngineError(
        error, "the model cannot be loaded", at: "\(model.directory)/\(file.name)",
        remedy: "restore the model's directory")
    }
  }
  func finishLoading() throws(EngineError) {
    var error = engine_error()
    guard table.finish_loading(raw, &error) == 0 else {
      throw EngineError(error, at: place, remedy: "lower the largest batch")
    }
  }
}
