import CTightLoop
import EdgeModel
import Glibc
import Inference

/// The executor beside the tight loop over one stream: batch by batch in turns, so that both meet the same machine.
struct Duel {
  /// What each batch took, by batch and round [ns].
  struct Times {
    var wall: [[Int64]]
    /// This thread's processor time: what other programs take does not count.
    var processor: [[Int64]]
    /// What blocks and heads took of `wall`.
    var inEngine: [[Int64]]
    /// What copying features in took of it, where that is told.
    var appending: [[Int64]]

    init(batches: Int) {
      let none = Array(repeating: [Int64](), count: batches)
      (wall, processor, inEngine, appending) = (none, none, none, none)
    }
    /// `body` says what it was spent on.
    mutating func add(_ index: Int, _ body: () throws(EngineError) -> tight_times) throws(EngineError) {
      let (processor, wall) = (Self.threadNanoseconds(), Stopwatch.monotonicNanoseconds())
      let times = try body()
      self.wall[index].append(Stopwatch.monotonicNanoseconds() - wall)
      self.processor[index].append(Self.threadNanoseconds() - processor)
      self.inEngine[index].append(times.in_engine)
      self.appending[index].append(times.appending)
    }
    /// What was spent on a batch outside of blocks and heads.
    func outside(_ index: Int) -> [Int64] { zip(wall[index], inEngine[index]).map { $0 - $1 } }
    /// The same without copying features in.
    func moving(_ index: Int) -> [Int64] { zip(outside(index), appending[index]).map { $0 - $1 } }
    private static func threadNanoseconds() -> Int64 {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
  }
  private var bare: Times
  private var ours: Times
  private let rows: [Int]
  private(set) var rounds = 0

  init(_ stream: Stream) {
    (bare, ours) = (Times(batches: stream.jobs.count), Times(batches: stream.jobs.count))
    rows = stream.jobs.map(\.rows.count)
  }

  /// One round over the whole stream. The two are half a stream apart, so that neither finds its features in a cache that
  /// the other has just filled; who goes first changes with every batch and round.
  mutating func round<Engine: ~Copyable>(
    _ stream: Stream, _ batches: [TightLoop.Batch], _ loop: borrowing some BareLoop & ~Copyable,
    _ executor: inout BatchExecutor<ClockedEngine<Engine>>, _ clock: EngineClock
  ) throws(EngineError) {
    for index in stream.jobs.indices {
      let opposite = (index + stream.jobs.count / 2) % stream.jobs.count
      let isBareFirst = (index + rounds) % 2 == 0
      if isBareFirst { try bare.add(index) { () throws(EngineError) in try loop.run(batches[index]) } }
      try ours.add(opposite) {
        clock.nanoseconds = 0
        executor.run(stream.jobs[opposite]) { event in
          if case .failed(_, _, let reason) = event { preconditionFailure(reason) }
        }
        return tight_times(in_engine: clock.nanoseconds, appending: 0)
      }
      if !isBareFirst { try bare.add(index) { () throws(EngineError) in try loop.run(batches[index]) } }
    }
    rounds += 1
  }

  /// The executor's throughput ÷ the loop's: of each round, and of the best rounds of both.
  var ratios: (median: Double, best: Double) {
    let sums = (0..<rounds).map { round in (bare: Self.sum(bare.wall, round), ours: Self.sum(ours.wall, round)) }
    let best = (sums.map(\.bare).min() ?? 1) / (sums.map(\.ours).min() ?? 1)
    return (Statistics.median(sums.map { $0.bare / $0.ours }), best)
  }
  private static func sum(_ times: [[Int64]], _ round: Int) -> Double { times.reduce(0) { $0 + Double($1[round]) } }

  /// What a batch takes beyond the loop, outside of the engine's blocks and heads [µs], as a + b·rows, by least squares
  /// through the batches' medians.
  var ownWork: Line { excess { $0.outside($1) } }
  /// The same with what either spends on copying features in: not taken off for the loop's.
  var ownWorkAndCopying: Line { excess { $0.moving($1) } }
  /// What the engine itself takes beyond what it takes the loop: what its caches hold, and where its memory lies.
  var engineExcess: Line { excess { $0.inEngine[$1] } }
  /// All of it, as processor time.
  var processorExcess: Line { excess { $0.processor[$1] } }
  private func excess(_ times: (Times, Int) -> [Int64]) -> Line {
    Line(rows.indices.map { (Double(rows[$0]), (Self.median(times(ours, $0)) - Self.median(times(bare, $0))) / 1e3) })
  }
  /// Median of the loop's time for a batch [µs], over all.
  var batchMicroseconds: Double { Statistics.median(bare.wall.map { Self.median($0) / 1e3 }) }
  private static func median(_ times: [Int64]) -> Double { Statistics.median(times.map(Double.init)) }
}
