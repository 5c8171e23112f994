import EdgeModel
import Inference
import Terminal
import ZeroMQ

extension LimitCommand where Engine: ~Copyable, Loop: ~Copyable {
  /// A real worker process, saturated, and the loop on the same batches, in turns: with the other processors idle, and with
  /// the same features arriving there for nobody.
  ///
  /// Without `cpus` all of them may run anywhere.
  func measure(_ program: String, profile: String?, traces: String, _ kinds: [Stream.Kind], cpus: Bool) throws {
    let opened = try engine.open()
    let loop = try engine.loop(opened)
    // The engine, ours and the bare one, has the last processor; what feeds the worker is no part of it and keeps off.
    let all = try CPUAffinity.current()
    let (own, others) = cpus && all.count > 1 ? (Array(all.suffix(1)), Array(all.dropLast())) : ([], all)
    defer { try? CPUAffinity.keep(on: all) }
    let feeder = try WorkerFeeder(
      program: program, model: bench.model, profile: profile, largest: bench.largest, traces: traces,
      arguments: engine.arguments, engine: own, others: others)
    var shares: [Share] = []
    for kind in kinds {
      let stream = Stream(kind, count: batches, largest: bench.largest, features: bench.features)
      let steps = try stream.steps(on: try engine.open(), profile: bench.profile)
      _ = try feeder.round(stream.jobs, skipped: Self.skipped, interval: 0)
      for arrivals in Arrivals.allCases {
        shares.append(
          try measure(feeder, arrivals, stream, loop, steps, own: own.isEmpty ? others : own, others: others))
      }
    }
    try feeder.stop()
    let trace = try WorkerTrace(feeder.trace)
    for share in shares { tell(share, trace) }
  }
  /// What is left to say of a stream when the worker's trace is whole.
  private struct Share {
    var name: String
    var loop: OutsideOfCalls
    /// Of the worker's batches.
    var numbers: [Range<Int>]
  }
  private func tell(_ share: Share, _ trace: WorkerTrace) {
    let (ours, bare, copying) = (
      trace.outside(of: share.numbers), share.loop.microseconds, share.loop.appendingMicroseconds
    )
    say(
      "outside of blocks and heads, \(share.name): worker \(ours.to(1)) us a batch, loop in C \(bare.to(1)), "
        + "\(copying.to(1)) of it on copying features in; the worker \((ours - bare).to(1)) more, "
        + "\((ours - bare + copying).to(1)) where that is not taken off")
  }
  private enum Arrivals: String, CaseIterable {
    /// A batch's features one after the other, as from devices that upload at granted rates.
    case evenly
    /// A batch's features all together.
    case atOnce = "at once"
  }
  private func measure(
    _ feeder: WorkerFeeder, _ arrivals: Arrivals, _ stream: Stream, _ loop: borrowing Loop,
    _ steps: [TightLoop.Batch], own: [Int], others: [Int]
  ) throws -> Share {
    let features = stream.jobs.map { $0.rows.compactMap(\.feature) }
    let counted = Double(batches - Self.skipped)
    var (bare, disturbed, ours) = ([TimeSpent](), [TimeSpent](), [TimeSpent]())
    var outside = OutsideOfCalls(batches: rounds * batches)
    var numbers: [Range<Int>] = []
    for _ in 0..<rounds {
      try CPUAffinity.keep(on: own)
      let alone = try time(loop, steps, on: own)
      bare.append(alone.spent)
      outside.add(alone.outside)
      try CPUAffinity.keep(on: others)
      let interval =
        arrivals == .evenly ? Self.interval(batch: (bare.last?.seconds ?? 0) / counted, features: bench.largest) : 0
      let traffic = try FeatureTraffic(features, interval: interval)
      try CPUAffinity.keep(on: own)
      disturbed.append(try time(loop, steps, on: own, begins: { traffic.begin() }).spent)
      try CPUAffinity.keep(on: others)
      traffic.stop()
      let steady = feeder.nextTask + stream.jobs[..<Self.skipped].reduce(0) { $0 + $1.rows.count }
      ours.append(try feeder.round(stream.jobs, skipped: Self.skipped, interval: interval))
      numbers.append(steady..<feeder.nextTask)
    }
    let share = Share(name: "\(stream.kind), features \(arrivals.rawValue)", loop: outside, numbers: numbers)
    let ratio = TimeSpent.median(bare, over: ours)
    let best = (bare.map(\.seconds).min() ?? 1) / (ours.map(\.seconds).min() ?? 1)
    let extra = Statistics.median(zip(bare, ours).map { ($1.seconds - $0.seconds) * 1e6 / counted })
    say(
      "edge-worker, \(share.name): throughput \(ratio.to(4)) of the loop in C's, "
        + "best / best \(best.to(4)); \(extra.to(1)) us more a batch   (aim: at least \(engine.aim.to(2)))")
    let besides = TimeSpent.median(disturbed, over: ours)
    let traffic = TimeSpent.median(bare, over: disturbed)
    say(
      "  of the loop's while the same features arrive at a sink on the other processors: \(besides.to(4)); "
        + "the loop then has \(traffic.to(4)) of its own")
    // Of several processors nobody knows which part of it was the engine's.
    guard feeder.hasOwnProcessor else { return share }
    say(
      "  without what the host took from the processor: \(TimeSpent.ratio(bare, over: ours).to(4)), "
        + "while features arrive \(TimeSpent.ratio(disturbed, over: ours).to(4)); it took "
        + "\((TimeSpent.share(stolen: bare) * 100).to(1)) % of the loop's time, "
        + "\((TimeSpent.share(stolen: ours) * 100).to(1)) % of the worker's")
    return share
  }
  /// Three quarters of what a batch takes the loop, divided among its features [ns].
  private static func interval(batch seconds: Double, features: Int) -> Int64 {
    Int64(seconds * 0.75e9 / Double(features))
  }
  /// Batches in front that no time is taken of.
  private static var skipped: Int { 4 }

  /// What the loop takes for all batches but the first ones, on the `processors` that it is kept on.
  private func time(
    _ loop: borrowing Loop, _ steps: [TightLoop.Batch], on processors: [Int], begins: () -> Void = {}
  ) throws -> (spent: TimeSpent, outside: OutsideOfCalls) {
    for batch in steps[..<Self.skipped] {
      begins()
      try loop.run(batch)
    }
    var outside = OutsideOfCalls(batches: steps.count)
    let stolen = StolenTime.of(processors)
    let watch = Stopwatch()
    var ended: Int64 = 0
    for batch in steps[Self.skipped...] {
      begins()
      let times = try loop.run(batch)
      let now = watch.nanoseconds
      outside.add(now - ended, times)
      ended = now
    }
    let elapsed = watch.nanoseconds
    return (TimeSpent(all: elapsed, stolen: StolenTime.of(processors) - stolen), outside)
  }
}
