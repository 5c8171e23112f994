public import EdgeModel
public import TraceLog

/// A node of a simulated run.
public struct SimulatedNode: Hashable, Sendable {
  /// Where it stands in `Simulation.nodes`: the base station, workers, emulators, each in the topology's order.
  public typealias Index = Int
  /// As its live process would be called.
  public var name: String
  public var role: TraceHeader.Role
  /// Those that an emulator carries; empty for others.
  public var devices: [DeviceID]
}
