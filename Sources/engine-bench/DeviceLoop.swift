import CDevice
import CTightLoop
import DeviceEngines
import Inference

/// The loop in C over an engine's function table, on a batch of its own beside the engine's.
///
/// It calls what the engine calls, so it waits for the device where that does. `WaitsCommand` finds what that costs.
struct DeviceLoop: BareLoop, ~Copyable {
  private let batch: BareBatch
  private let order: UnsafeMutablePointer<UInt>

  init(_ engine: borrowing DeviceEngine, largestBatch: Int) throws(EngineError) {
    batch = try engine.makeBareBatch()
    order = .allocate(capacity: largestBatch)
  }
  deinit { order.deallocate() }

  @discardableResult func run(_ steps: TightLoop.Batch) throws(EngineError) -> tight_times {
    var (error, table, times) = (engine_error(), batch.table, tight_times())
    let failed = device_loop_run(
      &table, batch.raw, steps.steps, steps.steps.count, steps.orders, steps.places, order, &times, &error)
    guard failed == 0 else {
      let text = withUnsafeBytes(of: error.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw EngineError("the loop in C failed (\(text))", remedy: "see what the driver says: nvidia-smi, dmesg")
    }
    return times
  }
}
