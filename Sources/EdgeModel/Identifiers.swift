/// An identifier that cannot be mixed up with another kind's.
public struct ID<Kind>: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral {
  public var number: Int
  @inlinable public init(_ number: Int) { self.number = number }
  @inlinable public init(integerLiteral value: Int) { number = value }
  @inlinable public static func < (lhs: Self, rhs: Self) -> Bool { lhs.number < rhs.number }
  // As they would be synthesized, but inlinable: identifiers are the keys of every hot dictionary.
  @inlinable public static func == (lhs: Self, rhs: Self) -> Bool { lhs.number == rhs.number }
  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

public enum DeviceKind: Sendable {}
public enum FrameKind: Sendable {}
public enum BatchKind: Sendable {}
public enum WorkerKind: Sendable {}
public enum ModelKind: Sendable {}

/// A mobile device, numbered from 0 over the whole topology.
public typealias DeviceID = ID<DeviceKind>
/// A frame of the radio's grid, numbered from 0 at the run's start.
public typealias FrameID = ID<FrameKind>
/// A batch, numbered from 0 over the whole run by the base station that planned it.
public typealias BatchID = ID<BatchKind>
/// An edge worker, numbered from 0 in the topology's order.
public typealias WorkerID = ID<WorkerKind>
/// A model, numbered from 0 in the topology's order.
public typealias ModelID = ID<ModelKind>

/// A task of a run: its device, and its number among that device's tasks, from 0.
public struct TaskID: Hashable, Comparable, Sendable {
  public var device: DeviceID
  public var number: Int
  @inlinable public init(device: DeviceID, number: Int) {
    self.device = device
    self.number = number
  }
  @inlinable public static func < (lhs: Self, rhs: Self) -> Bool {
    (lhs.device.number, lhs.number) < (rhs.device.number, rhs.number)
  }
  @inlinable public static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.device.number == rhs.device.number && lhs.number == rhs.number
  }
  @inlinable public func hash(into hasher: inout Hasher) {
    hasher.combine(device.number)
    hasher.combine(number)
  }
}
