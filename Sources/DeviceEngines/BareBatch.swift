public import CDevice
public import Inference

/// A batch of an engine as its function table knows it, for who measures what `DeviceEngine` and all above it add: it
/// shares the engine's blocks, heads and stream, so the two take turns.
public struct BareBatch: ~Copyable {
  /// Whose functions the batch is for.
  public let table: engine_table
  private let tensors: DeviceTensors

  init(_ table: engine_table, _ tensors: DeviceTensors) {
    self.table = table
    self.tensors = tensors
  }
  /// `engine_batch`; lives as long as this.
  public var raw: OpaquePointer { tensors.raw }
}

extension DeviceEngine {
  /// Throws where the device has no memory left.
  public func makeBareBatch() throws(EngineError) -> BareBatch {
    BareBatch(instance.table, try DeviceTensors(of: instance))
  }
}
