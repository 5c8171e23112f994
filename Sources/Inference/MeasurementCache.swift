public import EdgeModel
import Glibc
import PlainJSON

/// Measured latencies kept in a directory, one file per machine, model and engine, so that a worker measures once.
public struct MeasurementCache: Sendable {
  public let directory: String
  /// The directory is made when the first measurement is stored; its parent must exist.
  public init(directory: String) { self.directory = directory }

  /// What a measurement is valid for.
  public struct Key: Hashable, Sendable {
    let text: String
    let model: String
    let blocks: Int
    let largestBatch: Int
    let instances: Int
    /// `engine` names engine, version and threads, such as "onnxruntime 1.28.0, 1 thread".
    public init(machine: Machine, model: ModelManifest, engine: String, largestBatch: Int, instances: Int = 1) {
      let hashes = (model.blocks.map(\.file) + model.exits.map(\.file)).map(\.sha256)
      let batches = instances == 1 ? "batch \(largestBatch)" : "batch \(largestBatch), \(instances) instances"
      text = ["\(machine)", engine, batches, hashes.joined(separator: " ")].joined(separator: "; ")
      self.model = model.name
      blocks = model.blocks.count
      self.largestBatch = largestBatch
      self.instances = instances
    }
    /// FNV-1a: names the file, and the file holds `text` itself.
    var hash: String {
      let value = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
  }

  /// Where a measurement for `key` is kept.
  public func path(of key: Key) -> String { "\(directory)/\(key.model)-\(key.hash).json" }

  /// The kept measurement; nil where there is none or it cannot be read, for then one measures again.
  public func load(_ key: Key) -> LatencyTable? {
    guard let root = try? JSONField(file: path(of: key), limit: LatencyTable.largestFile),
      root.value["key"]?.string == key.text, let table = try? LatencyTable(root),
      table.largestBatch == key.largestBatch, table.profile.blocks.count == key.blocks,
      table.largestConcurrency >= key.instances
    else { return nil }
    return table
  }

  /// Keeps `measured` for `key`, and what all of its instances `together` take, and gives the table of its 99th
  /// percentiles. Throws where it cannot be written.
  @discardableResult
  public func store(_ measured: MeasuredLatency, together: LatencyProfile? = nil, _ key: Key) throws(EngineError)
    -> LatencyTable
  {
    let table = LatencyTable(
      name: "measured", model: key.model, largestBatch: key.largestBatch, profile: measured.p99,
      dispersion: measured.dispersion,
      concurrency: together.map { [LatencyTable.Concurrency(instances: key.instances, profile: $0)] } ?? [])
    guard var members = table.json.members else { return table }
    members.append(JSON.Member("key", .string(key.text)))
    members.append(JSON.Member("repeats", .integer(Int64(measured.repeats))))
    if mkdir(directory, 0o755) != 0 && errno != EEXIST {
      throw EngineError(
        "cannot make the directory for measurements (\(String(cString: strerror(errno))))", at: directory,
        remedy: "name one that can be written")
    }
    try FileBytes.write(Array(JSON.object(members).pretty.utf8), to: path(of: key))
    return table
  }
}
