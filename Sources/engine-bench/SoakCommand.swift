import EdgeModel
import Inference
import OnnxRuntime
import Terminal
import Units

/// Batch after batch, and the model loaded and unloaded between them: memory, threads and descriptors must stay.
struct SoakCommand {
  let bench: Bench
  let batches: Int
  let loads: Int
  private static let samples = 200
  /// What the second half may add to the memory [KiB].
  private static let growth = 1024

  init(bench: Bench, batches: Int, loads: Int) {
    self.bench = bench
    self.batches = batches
    self.loads = loads
  }

  /// Whether all stayed.
  func run() throws -> Bool {
    let stream = Stream(.mixed, count: 512, largest: bench.largest, features: bench.features)
    var executor = try bench.executor(on: try bench.engine())
    var (answered, failed, loaded) = (0, 0, 0)
    func hear(_ event: BatchEvent) {
      switch event {
      case .blockRan(_, let answers): answered += answers.count
      case .ended, .modelLoaded: break
      case .failed: failed += 1
      }
    }
    for job in stream.jobs { executor.run(job, report: hear) }
    try loadAndUnload(stream.jobs[0], hear)
    let expected = answered - stream.jobs[0].rows.count
    (answered, failed) = (0, 0)

    let before = ProcessUse.now()
    var resident: [Double] = []
    let watch = Stopwatch()
    for number in 0..<batches {
      executor.run(stream.jobs[number % stream.jobs.count], report: hear)
      while loaded < (number + 1) * loads / batches {
        try loadAndUnload(stream.jobs[0], hear)
        loaded += 1
      }
      if (number + 1) * Self.samples / batches > resident.count { resident.append(Double(ProcessUse.now().resident)) }
    }
    let after = ProcessUse.now()
    let perStream = Double(expected) / Double(stream.jobs.count)
    say(
      "\(batches) batches (\(perStream.to(1)) rows at the mean) and \(loaded) loads and unloads in "
        + "\(watch.elapsed.inSeconds.to(0)) s; \(answered) answers, \(failed) batches failed")
    return judge(before, after, resident) && failed == 0
  }

  private func loadAndUnload(_ job: BatchJob, _ hear: (BatchEvent) -> Void) throws {
    var executor = try bench.executor(on: try bench.engine())
    executor.run(job, report: hear)
  }

  /// Medians of a twentieth of the samples each, so that a page more or less at one moment says nothing.
  private func judge(_ before: ProcessUse, _ after: ProcessUse, _ resident: [Double]) -> Bool {
    let (half, part) = (resident.count / 2, max(1, resident.count / 20))
    let middle = Statistics.median(Array(resident[half..<half + part]))
    let end = Statistics.median(Array(resident.suffix(part)))
    let (first, last) = (resident.min() ?? 0, resident.max() ?? 0)
    say(
      "resident memory, freed memory given back: \(before.resident) KiB before, \(middle.to(0)) at half, \(end.to(0)) at the end; "
        + "least \(first.to(0)), most \(last.to(0))")
    say(
      "threads: \(before.threads) before, \(after.threads) after; descriptors: \(before.descriptors), \(after.descriptors)"
    )
    let isFlat = end - middle < Double(Self.growth)
    let isClean = (before.threads, before.descriptors) == (after.threads, after.descriptors)
    say(
      "memory \(isFlat ? "stays" : "GROWS") (\((end - middle).to(0)) KiB in the second half, at most \(Self.growth)); "
        + "threads and descriptors \(isClean ? "stay" : "DO NOT STAY")")
    return isFlat && isClean
  }
}
