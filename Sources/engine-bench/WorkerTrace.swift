import Inference
import PlainJSON

/// What a worker's engine thread spent on its batches outside of blocks and heads, by its trace.
///
/// Rows that are moved count, as they do for the loop in C. What the engine calls its own does not: taking answers out of
/// logits, and copying in what the loop has not laid side by side.
struct WorkerTrace {
  private struct Batch {
    var number: Int
    /// [ns]
    var began: Int64
    var ended: Int64
    var outside: Int64
  }
  private var batches: [Batch] = []

  /// Of a worker that has ended.
  init(_ file: String) throws {
    for line in try FileBytes.read(file).split(separator: UInt8(ascii: "\n")) {
      let record = try JSON(utf8: line)
      guard record["event"]?.string == "blockRan" else { continue }
      guard let number = record["batch"]?.integer, let start = record["start_ns"]?.integer,
        let end = record["end_ns"]?.integer, let computed = record["computed_ns"]?.integer
      else {
        throw EngineError("a block's record lacks its times", at: file, remedy: "use an edge-worker of this release")
      }
      add(number, Int64(start), Int64(end), Int64(computed))
    }
  }
  private mutating func add(_ number: Int, _ start: Int64, _ end: Int64, _ computed: Int64) {
    let inBlock = end - start - computed
    if let last = batches.last, last.number == number {
      batches[batches.count - 1].outside += start - last.ended + inBlock
      batches[batches.count - 1].ended = end
    } else {
      batches.append(Batch(number: number, began: start, ended: end, outside: inBlock))
    }
  }

  /// Median over the batches whose numbers are in one of `rounds`, and that have a next one there: what went with a batch,
  /// and with the way to the next one [µs].
  func outside(of rounds: [Range<Int>]) -> Double {
    Statistics.median(
      rounds.flatMap { round in
        let own = batches.filter { round.contains($0.number) }
        return zip(own, own.dropFirst()).map { Double($0.outside + $1.began - $0.ended) / 1e3 }
      })
  }
}
