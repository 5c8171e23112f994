public import EdgeModel
public import TraceLog

/// A node of a simulated run.
public struct SimulatedNode: Hashable, Sendable {
  /// Where it stands in `Simulation.nodes`: the base station, workers, emulators, each in the topology's order; then
  /// those that are started again, in the order of the topology's faults.
  public typealias Index = Int
  /// As its live process would be called.
  public var name: String
  public var role: TraceHeader.Role
  /// Those that an emulator carries; empty for others.
  public var devices: [DeviceID]
  /// 1, or how often it has been started when it writes this trace.
  public var part: Int
  public init(name: String, role: TraceHeader.Role, devices: [DeviceID] = [], part: Int = 1) {
    self.name = name
    self.role = role
    self.devices = devices
    self.part = part
  }
}
