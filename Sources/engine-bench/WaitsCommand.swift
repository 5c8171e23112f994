import CTightLoop
import DeviceEngines
import EdgeModel
import Inference

/// What waiting for the device at every call costs: the loop in C on two instances of one engine, of which one waits as
/// a worker's does, and the other only queues.
struct WaitsCommand {
  let bench: Bench
  let choice: DeviceEngineChoice
  let rounds: Int
  /// Batches of a stream.
  let batches: Int
  /// Apart from rounding, both instances answer the same; what is read before it is there is far from it.
  private static var tolerance: Double { 1e-4 }

  func run() throws {
    var queuing = choice
    queuing.calls.onlyQueue = true
    let variants = [try DeviceVariant(choice, bench), try DeviceVariant(queuing, bench)]
    say("\(bench.model.name), \(variants[0].name), \(rounds) rounds of \(batches) batches")
    for kind in [Stream.Kind.assigned, .confidence, .mixed] {
      let stream = Stream(kind, count: batches, largest: bench.largest, features: bench.features)
      try compare(stream, with: queuing)
      let steps = try stream.steps(on: try open(choice), profile: bench.profile)
      // What the first round took belongs to nobody.
      var turns = VariantTurns(variants, batches: steps.count)
      try turns.round(variants, steps)
      turns = VariantTurns(variants, batches: steps.count)
      for _ in 0..<rounds { try turns.round(variants, steps) }
      report(kind, turns, CallCount(steps))
    }
  }

  private func report(_ kind: Stream.Kind, _ turns: VariantTurns, _ calls: CallCount) {
    let (waiting, queuing) = (turns.meanMicroseconds(0), turns.meanMicroseconds(1))
    let ratios = turns.ratios(of: 1, to: 0)
    say(
      "\(kind): waiting \(waiting.to(1)) us a batch, queuing \(queuing.to(1)) us; queuing's throughput "
        + "\(ratios.median.to(4)) of waiting's, best / best \(ratios.best.to(4))")
    let saved = calls.waits - calls.waitsOfQueuing
    say(
      "  \(calls.all.to(1)) calls a batch; \(calls.waits.to(1)) of them wait, where it queues "
        + "\(calls.waitsOfQueuing.to(1)); a wait costs \(((waiting - queuing) / saved).to(2)) us")
  }

  /// Throws where the engine that queues answers otherwise: its times would be those of another computation.
  private func compare(_ stream: Stream, with queuing: DeviceEngineChoice) throws {
    let (expected, found) = (try answers(stream, choice), try answers(stream, queuing))
    let others = zip(expected, found).count { $0.task != $1.task || $0.exit != $1.exit || $0.predicted != $1.predicted }
    let worst = zip(expected, found).reduce(0) { max($0, abs($1.0.confidence - $1.1.confidence)) }
    guard expected.count == found.count, others == 0, worst <= Self.tolerance else {
      throw EngineError(
        "the engine answers otherwise where it only queues (\(stream.kind): \(others) of \(expected.count) answers, "
          + "confidences by up to \(worst))",
        at: choice.kind.rawValue, remedy: "trust none of its times; run --check on it, and report this")
    }
  }
  private func answers(_ stream: Stream, _ choice: DeviceEngineChoice) throws -> [TaskAnswer] {
    var executor = try bench.executor(on: try open(choice))
    var (answers, failure) = ([TaskAnswer](), nil as String?)
    for job in stream.jobs {
      executor.run(job) { event in
        switch event {
        case .blockRan(_, let answered): answers += answered
        case .failed(_, _, let reason): failure = reason
        case .modelLoaded, .ended: break
        }
      }
    }
    if let failure { throw EngineError(failure, remedy: "see what the driver says: nvidia-smi, dmesg") }
    return answers
  }
  private func open(_ choice: DeviceEngineChoice) throws(EngineError) -> DeviceEngine {
    try choice.open(model: bench.model, largestBatch: bench.largest, runtime: bench.runtime)
  }
}

/// Calls of the engine's table that a stream makes, each a batch's mean.
struct CallCount {
  private(set) var all = 0.0
  /// Those that wait for the device.
  private(set) var waits = 0.0
  /// The same of an engine that only queues.
  private(set) var waitsOfQueuing = 0.0

  init(_ batches: [TightLoop.Batch]) {
    for step in batches.flatMap(\.steps) {
      switch step.kind {
      case TIGHT_APPEND: (all, waits) = (all + Double(step.count) + 1, waits + 1)
      case TIGHT_HEAD: (all, waits, waitsOfQueuing) = (all + 2, waits + 2, waitsOfQueuing + 1)
      case TIGHT_RUN, TIGHT_GATHER: (all, waits) = (all + 1, waits + 1)
      default: break
      }
    }
    let count = Double(max(1, batches.count))
    (all, waits, waitsOfQueuing) = (all / count, waits / count, waitsOfQueuing / count)
  }
}
