/// How long a message is on its way, the same in both directions; messages never overtake each other.
public struct LinkLatencies: Hashable, Sendable {
  public var deviceToStation: Duration
  public var stationToWorker: Duration
  /// What a chunk or a result takes on top of the granted rate, which the device's own pacing keeps.
  public var deviceToWorker: Duration
  public init(
    deviceToStation: Duration = .microseconds(100), stationToWorker: Duration = .microseconds(100),
    deviceToWorker: Duration = .microseconds(100)
  ) {
    self.deviceToStation = deviceToStation
    self.stationToWorker = stationToWorker
    self.deviceToWorker = deviceToWorker
  }
}
