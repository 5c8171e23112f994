import DeviceEngines
import EdgeModel
import Inference

/// An engine on a device, opened in one of several ways, and the loop in C on it; by reference, to be kept in a list.
final class DeviceVariant {
  let name: String
  private let loop: DeviceLoop

  /// `choice` opened for the bench's model.
  init(_ choice: DeviceEngineChoice, _ bench: Bench) throws(EngineError) {
    let engine = try choice.open(model: bench.model, largestBatch: bench.largest, runtime: bench.runtime)
    name = engine.name
    // Its batch keeps the engine open.
    loop = try DeviceLoop(engine, largestBatch: bench.largest)
  }
  func run(_ batch: TightLoop.Batch) throws(EngineError) { try loop.run(batch) }
}

/// Several variants over one stream: batch by batch in turns, so that all meet the same machine.
struct VariantTurns {
  /// What each batch took, by variant, batch and round [ns].
  private var times: [[[Int64]]]
  private(set) var rounds = 0

  init(_ variants: [DeviceVariant], batches: Int) {
    times = variants.map { _ in Array(repeating: [], count: batches) }
  }

  /// One round of every batch on every variant. They are apart in the stream, so that none finds its features in a
  /// cache that another has just filled; who goes first changes with every batch and round.
  mutating func round(_ variants: [DeviceVariant], _ batches: [TightLoop.Batch]) throws(EngineError) {
    for index in batches.indices {
      for turn in variants.indices {
        let variant = (turn + index + rounds) % variants.count
        let batch = (index + variant * batches.count / variants.count) % batches.count
        let start = Stopwatch.monotonicNanoseconds()
        try variants[variant].run(batches[batch])
        times[variant][batch].append(Stopwatch.monotonicNanoseconds() - start)
      }
    }
    rounds += 1
  }

  /// Median over all batches of each one's median [µs].
  func batchMicroseconds(_ variant: Int) -> Double {
    Statistics.median(times[variant].map { Statistics.median($0.map { Double($0) / 1e3 }) })
  }
  /// Mean of the batches' medians [µs]: what a batch of the stream takes all in all.
  func meanMicroseconds(_ variant: Int) -> Double {
    times[variant].reduce(0) { $0 + Statistics.median($1.map { Double($0) / 1e3 }) } / Double(times[variant].count)
  }
  /// The throughput of `variant` ÷ that of `other`: of each round, and of the best rounds of both.
  func ratios(of variant: Int, to other: Int) -> (median: Double, best: Double) {
    let sums = (0..<rounds).map { round in (own: sum(variant, round), other: sum(other, round)) }
    let best = (sums.map(\.other).min() ?? 1) / (sums.map(\.own).min() ?? 1)
    return (Statistics.median(sums.map { $0.other / $0.own }), best)
  }
  private func sum(_ variant: Int, _ round: Int) -> Double {
    times[variant].reduce(0) { $0 + Double($1[round]) }
  }
}
