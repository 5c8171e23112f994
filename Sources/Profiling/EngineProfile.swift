import EdgeModel
public import Inference
import PlainJSON

/// A measured profile of a model on an engine: a latency table, and beside it all that was measured, with what, and
/// where.
///
/// The table holds the monotone envelope of the 99th percentiles, which policies plan with, and how single runs scatter
/// around the medians, which simulation draws from. What is here beside it holds the figures as they were measured.
public struct EngineProfile: Hashable, Sendable {
  /// A file of the model, by content.
  public struct File: Hashable, Sendable {
    public var name: String
    public var sha256: String
    public init(name: String, sha256: String) {
      self.name = name
      self.sha256 = sha256
    }
  }
  public var table: LatencyTable
  public var origin: ProfileOrigin
  /// The blocks and exit heads.
  public var files: [File]
  /// Samples of each figure.
  public var repeats: Int
  /// What two readings of the clock in a row are apart [s]: what shorter times drown in.
  public var timer: Double
  /// A whole pass by batch size: every block and head.
  public var whole: LatencySeries
  /// Block n's body, and the head behind it, by batch size.
  public var bodies: [LatencySeries]
  public var heads: [LatencySeries]
  /// Features into the engine's tensors by rows, entering block n. Entering block 1, it is part of the block's body too.
  public var loading: [LatencySeries]
  /// Exit n's answers out of the engine's tensors by rows; part of its head.
  public var answering: [LatencySeries]
  /// Behind block n < K, what it takes to go on with this many rows where one more was there: by gathering them, and by
  /// keeping the first.
  public var gathering: [LatencySeries]
  public var keeping: [LatencySeries]
  /// Bytes of a row as it enters block n, and of its answer.
  public var featureBytes: [Int]
  public var answerBytes: Int

  /// Of what was measured on `model`: with one instance at work, and `together` with more.
  public init(
    _ measured: ProfileMeasurement, of model: ModelManifest, _ origin: ProfileOrigin,
    together: [LatencyTable.Concurrency] = []
  ) {
    let series = LatencySeries.all(measured.parts)
    let bodies = stride(from: 0, to: series.count, by: 2).map { series[$0] }
    let heads = stride(from: 1, to: series.count, by: 2).map { series[$0] }
    let blocks = bodies.indices.map {
      BlockProfile(
        latency: .table(bodies[$0].p99), head: .table(heads[$0].p99), accuracy: model.exits[$0].accuracy)
    }
    self.bodies = bodies
    self.heads = heads
    self.origin = origin
    let threads = "\(origin.threads) thread\(origin.threads == 1 ? "" : "s")"
    table = LatencyTable(
      name: "\(origin.engine) on \(origin.device ?? origin.processor), \(threads)", model: model.name,
      largestBatch: bodies[0].median.count, profile: LatencyProfile(blocks: blocks),
      dispersion: measured.parts.dispersion, concurrency: together, modelSHA256: model.fingerprint)
    files = model.timedFiles.map { File(name: $0.name, sha256: $0.sha256.lowercased()) }
    repeats = measured.repeats
    timer = measured.timer
    whole = LatencySeries(measured.whole, part: 0)
    loading = LatencySeries.all(measured.loading)
    answering = LatencySeries.all(measured.answering)
    gathering = LatencySeries.all(measured.gathering)
    keeping = LatencySeries.all(measured.keeping)
    featureBytes = model.blocks.map { $0.inputValues * MemoryLayout<Float>.stride }
    answerBytes = model.classes * MemoryLayout<Float>.stride
  }

  init(
    table: LatencyTable, origin: ProfileOrigin, files: [File], repeats: Int, timer: Double, whole: LatencySeries,
    bodies: [LatencySeries], heads: [LatencySeries], loading: [LatencySeries], answering: [LatencySeries],
    gathering: [LatencySeries], keeping: [LatencySeries], featureBytes: [Int], answerBytes: Int
  ) {
    self.table = table
    self.origin = origin
    self.files = files
    self.repeats = repeats
    self.timer = timer
    self.whole = whole
    self.bodies = bodies
    self.heads = heads
    self.loading = loading
    self.answering = answering
    self.gathering = gathering
    self.keeping = keeping
    self.featureBytes = featureBytes
    self.answerBytes = answerBytes
  }

  public var largestBatch: Int { table.largestBatch }
  public var blockCount: Int { bodies.count }
}
