import CDevice
import Inference

/// The tensors of one batch on a device; they keep their engine open.
///
/// Its `FeatureBatch` is the only one to hold it; that is what makes the unchecked `Sendable` true.
final class DeviceTensors: @unchecked Sendable {
  let raw: OpaquePointer
  private let instance: DeviceInstance

  init(of instance: DeviceInstance) throws(EngineError) {
    var error = engine_error()
    var out: OpaquePointer?
    guard instance.table.make_batch(instance.raw, &out, &error) == 0, let out else {
      throw EngineError(error, at: instance.place, remedy: "lower the largest batch")
    }
    self.instance = instance
    raw = out
  }
  deinit { instance.table.free_batch(raw) }
}
