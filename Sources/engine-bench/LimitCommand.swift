import EdgeModel
import Inference
import OnnxRuntime
import Terminal
import Units
import ZeroMQ

/// The executor, and a whole worker, beside the bare engine.
struct LimitCommand<Engine: InferenceEngine & ~Copyable, Loop: BareLoop & ~Copyable> {
  let bench: Bench
  let engine: EngineUnderTest<Engine, Loop>
  let rounds: Int
  /// Batches of a stream.
  let batches: Int

  func run() throws {
    let opened = try engine.open()
    let loop = try engine.loop(opened)
    let clock = EngineClock()
    var executor = try bench.executor(on: ClockedEngine(engine: opened, clock: clock))
    say("\(bench.model.name), \(engine.name), \(rounds) rounds of \(batches) batches")
    for kind in Stream.Kind.allCases {
      let stream = Stream(kind, count: batches, largest: bench.largest, features: bench.features)
      let steps = try stream.steps(on: try engine.open(), profile: bench.profile)
      let duel = try duel(stream, steps, loop, &executor, clock)
      let ratios = duel.ratios
      say(
        "\(kind): loop in C \(duel.batchMicroseconds.to(1)) us a batch; executor's throughput \(ratios.median.to(4)) of it, "
          + "best / best \(ratios.best.to(4))")
      if kind == .sizes || kind == .mixed {
        say("  the executor's own work: \(words(duel))   (aim: at most 20 us + 0.2 us a row)")
        if engine.takesRowsSideBySide {
          let sideBySide = try self.duel(stream.sideBySide, steps, loop, &executor, clock)
          say("  where the loop's thread has laid the rows side by side, as in a worker: \(words(sideBySide))")
        }
      }
      if kind == .sizes {
        say("  of it without an engine: \(words(try bookkeeping(stream)))")
        say("  of it class and confidence of \(bench.model.classes) logits: \(answering().to(3)) us a row")
        let bytes = bench.model.featureValues(entering: 1) * MemoryLayout<Float>.stride
        say("  in the loop too, features copied in, \(bytes) bytes a row: \(words(try copying(stream, steps, loop)))")
      }
    }
  }

  private func duel(
    _ stream: Stream, _ steps: [TightLoop.Batch], _ loop: borrowing Loop,
    _ executor: inout BatchExecutor<ClockedEngine<Engine>>, _ clock: EngineClock
  ) throws -> Duel {
    var duel = Duel(stream)
    try duel.round(stream, steps, loop, &executor, clock)
    // What the first round took belongs to nobody.
    duel = Duel(stream)
    for _ in 0..<rounds { try duel.round(stream, steps, loop, &executor, clock) }
    return duel
  }
  private func words(_ line: Line) -> String { "\(line.a.to(2)) us + \(line.b.to(3)) us a row" }
  private func words(_ duel: Duel) -> String {
    words(duel.ownWork) + " (\(words(duel.ownWorkAndCopying)) where the loop's copying in is not taken off); in the "
      + "engine \(words(duel.engineExcess)) more than the loop, processor time in all \(words(duel.processorExcess))"
  }

  /// Calls of malloc on the engine's thread, in batches whose size has run before.
  func countAllocations() throws {
    guard Allocations.areCounted else {
      throw EngineError("nobody counts allocations", remedy: "preload Scripts/bench/count-allocations.c")
    }
    let opened = try engine.open()
    let loop = try engine.loop(opened)
    var executor = try bench.executor(on: opened)
    for kind in Stream.Kind.allCases {
      let stream = Stream(kind, count: batches, largest: bench.largest, features: bench.features)
      let steps = try stream.steps(on: try engine.open(), profile: bench.profile)
      var (bare, ours) = (0.0, 0.0)
      for isCounted in [false, true] {
        for (job, batch) in zip(stream.jobs, steps) {
          let made = try Allocations.count { try loop.run(batch) }
          let madeByUs = Allocations.count { executor.run(job) { _ in } }
          if isCounted { (bare, ours) = (bare + made, ours + madeByUs) }
        }
      }
      let count = Double(stream.jobs.count)
      say("\(kind): allocations a batch, loop in C \((bare / count).to(1)), executor \((ours / count).to(1))")
    }
  }

  /// The executor on an engine that takes no time: what its loops, lists and reports cost [µs].
  private func bookkeeping(_ stream: Stream) throws -> Line {
    let engine = ReplayEngine(model: bench.model, heldOut: bench.heldOut, largestBatch: bench.largest)
    var executor = try BatchExecutor(
      engine: engine, profile: bench.profile, now: { Instant(nanoseconds: Stopwatch.monotonicNanoseconds()) })
    return Line(
      stream.jobs.map { job in
        (Double(job.rows.count), median { executor.run(job) { _ in } })
      })
  }
  /// [µs].
  private func answering() -> Double {
    var random = RandomStream(seed: 1, device: 0, purpose: "logits")
    let logits = (0..<bench.model.classes * 1000).map { _ in Float(random.uniform() * 20 - 10) }
    return logits.withUnsafeBufferPointer { logits in
      var sum = 0.0
      let time = median {
        for row in 0..<1000 {
          let own = logits[row * bench.model.classes..<(row + 1) * bench.model.classes]
          sum += ExitAnswers.Answer(logits: UnsafeBufferPointer(rebasing: own)).confidence
        }
      }
      precondition(sum > 0, "used, so that it is not left out")
      return time / 1000
    }
  }
  private func copying(_ stream: Stream, _ steps: [TightLoop.Batch], _ loop: borrowing Loop) throws -> Line {
    var samples = Array(repeating: [Double](), count: steps.count)
    let copies = steps.map(\.copies)
    // In turns, so that no batch finds its own features in the nearest cache.
    for _ in 0..<rounds {
      for index in copies.indices {
        let watch = Stopwatch()
        try loop.run(copies[index])
        samples[index].append(watch.elapsed.inSeconds * 1e6)
      }
    }
    return Line(copies.indices.map { (Double(stream.jobs[$0].rows.count), Statistics.median(samples[$0])) })
  }
  /// [µs].
  private func median(_ body: () -> Void) -> Double {
    Statistics.median(
      (0..<rounds).map { _ in
        let watch = Stopwatch()
        body()
        return watch.elapsed.inSeconds * 1e6
      })
  }
}

extension Double {
  /// With so many decimals.
  func to(_ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let whole = Int64((abs(self) * scale).rounded())
    let (units, rest) = whole.quotientAndRemainder(dividingBy: Int64(scale))
    let digits = String(rest)
    let fraction = decimals == 0 ? "" : "." + String(repeating: "0", count: decimals - digits.count) + digits
    return (self < 0 && whole > 0 ? "-" : "") + "\(units)" + fraction
  }
}
