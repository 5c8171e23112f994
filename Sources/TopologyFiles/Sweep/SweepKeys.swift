import EdgeModel
import Inference

/// Keys of one sweep's results: whatever changes a run's outcome changes its key, and nothing else does.
///
/// A key is the first 16 hexadecimal digits of SHA-256 over the mode, Offramp's version, the point's topology (policy and
/// seed in it; layout and comments not), and the contents of the files it names: the model's manifest, latency tables and
/// profiles, series of arrivals and channels.
public struct SweepKeys {
  private let version: String
  /// Digests of files by path; points share them.
  private var digests: [String: String] = [:]

  /// Of the point that was asked for last: its modes are asked for one after the other.
  private var last: (point: Int, content: String)?

  public init(version: String) { self.version = version }

  /// - Parameter mode: `simulated` or `live`.
  /// - Throws: where a file cannot be read any more.
  public mutating func key(of point: ResolvedPoint, mode: String) throws(TopologyError) -> String {
    let words = ["sweep 1", mode, version, try content(of: point)]
    return String(SHA256.hex(of: Array(words.joined(separator: "\n").utf8)).prefix(16))
  }

  /// Digest of the topology and the files it names.
  private mutating func content(of point: ResolvedPoint) throws(TopologyError) -> String {
    if let last, last.point == point.point.index { return last.content }
    var words = [point.canonical]
    for path in Self.files(of: point.file.topology) { words.append(try digest(path, point.file.path)) }
    let content = SHA256.hex(of: Array(words.joined(separator: "\n").utf8))
    last = (point.point.index, content)
    return content
  }

  private mutating func digest(_ path: String, _ topology: String) throws(TopologyError) -> String {
    if let known = digests[path] { return known }
    guard let bytes = try? FilePath.contents(of: path, limit: SeriesFile.largestFile) else {
      let problems = ProblemCollector(file: topology)
      problems.report("the file \(path) cannot be read", remedy: "check the path and its permissions")
      throw problems.error
    }
    let digest = SHA256.hex(of: bytes)
    digests[path] = digest
    return digest
  }

  /// In a fixed order.
  static func files(of topology: Topology) -> [String] {
    var files = topology.models.map { FilePath.resolve("manifest.json", in: $0) }
    files += topology.workers.flatMap { $0.tables.compactMap(\.self) }
    for group in topology.groups {
      if case .replay(let file) = group.arrivals { files.append(file) }
      if case .trace(let file) = group.channel.mean { files.append(file) }
    }
    return files
  }
}
