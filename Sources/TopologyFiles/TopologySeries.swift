public import EdgeModel

/// What the CSV files that a topology names hold, by device of the topology.
public struct TopologySeries: Hashable, Sendable {
  /// Ascending instants of replayed arrivals.
  public private(set) var arrivals: [DeviceID: [Instant]] = [:]
  /// SNR per frame [dB].
  public private(set) var snr: [DeviceID: [Double]] = [:]

  /// Reads the files of a topology that `TopologyFile.read` accepted; throws the path of one that cannot be read any more.
  /// O(bytes).
  public init(_ topology: Topology) throws(UnreadableSeries) {
    for group in topology.groups {
      if case .replay(let file) = group.arrivals {
        for (device, times) in try Self.read(.arrivals, file) {
          arrivals[DeviceID(group.firstDevice.number + device)] = times.map { Instant(seconds: $0) }.sorted()
        }
      }
      if case .trace(let file) = group.channel.mean {
        for (device, values) in try Self.read(.channel, file) {
          snr[DeviceID(group.firstDevice.number + device)] = values
        }
      }
    }
  }

  private static func read(_ series: SeriesFile, _ path: String) throws(UnreadableSeries) -> [Int: [Double]] {
    guard let values = series.values(path) else { throw UnreadableSeries(path: path) }
    return values
  }
}

/// A file that was there when the topology was read, and is not, or is another, now.
public struct UnreadableSeries: Error, Hashable, Sendable {
  public var path: String
}
