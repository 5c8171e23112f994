import CDevice
import CTightLoop
import DeviceEngines
import Inference

/// The loop in C over an engine's function table, on a batch of its own beside the engine's.
///
/// It calls what the engine calls, so it waits for the device where that does. What the waiting costs is not in it.
struct DeviceLoop: BareLoop, ~Copyable {
  private let batch: BareBatch
  private let order: UnsafeMutablePointer<Int>

  init(_ engine: borrowing DeviceEngine, largestBatch: Int) throws(EngineError) {
    batch = try engine.makeBareBatch()
    order = .allocate(capacity: largestBatch)
  }
  deinit { order.deallocate() }

  func run(_ steps: TightLoop.Batch) throws(EngineError) {
    var (error, table) = (engine_error(), batch.table)
    let failed = order.withMemoryRebound(to: UInt.self, capacity: 1) {
      device_loop_run(&table, batch.raw, steps.steps, steps.steps.count, steps.orders, steps.places, $0, &error)
    }
    guard failed == 0 else {
      throw EngineError("the loop in C failed", remedy: "see what the driver says: nvidia-smi, dmesg")
    }
  }
}
