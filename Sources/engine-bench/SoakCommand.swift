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
    let endurance = Endurance(
      memory: "resident memory, freed memory given back", moments: [("before", before), ("after", after)],
      resident: resident)
    return endurance.judge() && failed == 0
  }

  private func loadAndUnload(_ job: BatchJob, _ hear: (BatchEvent) -> Void) throws {
    var executor = try bench.executor(on: try bench.engine())
    executor.run(job, report: hear)
  }
}
