import EdgeModel
import Inference
import Units

/// What an engine takes, drawn block run by block run from its measured dispersion.
///
/// Each block run draws one number from its worker's own stream, and body and head both take that quantile: what disturbs
/// a machine disturbs both. So the k-th run of a worker is as fast or slow among its kind whatever else is in the run.
struct EngineDraws {
  private let dispersion: LatencyDispersion
  private var stream: RandomStream
  private var probability = 0.5

  /// Each instance draws from a stream of its own.
  init(_ dispersion: LatencyDispersion, seed: UInt64, worker: WorkerID, instance: Int) {
    self.dispersion = dispersion
    stream = RandomStream(seed: seed, worker: worker, purpose: "engine", index: instance)
  }

  /// The next run of `block`, on `size` ≥ 1 rows.
  mutating func body(of block: Int, size: Int) -> Duration {
    probability = stream.uniform()
    let part = dispersion.blocks[block - 1]
    return time(part.seconds(part.body, size: size, at: probability))
  }
  /// The head behind the block that ran last, on `rows` of its rows.
  func head(of block: Int, rows: Int) -> Duration {
    let part = dispersion.blocks[block - 1]
    return part.head.map { time(part.seconds($0, size: rows, at: probability)) } ?? .zero
  }
  private func time(_ seconds: Double) -> Duration { .nanoseconds(Int64((seconds * 1e9).rounded())) }
}
