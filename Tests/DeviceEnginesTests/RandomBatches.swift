import EdgeModel
import Inference
import OnnxRuntime

/// Random batches of the digits model that shrink, grow, and ask for confidence.
struct RandomBatches {
  let model: ModelManifest
  let runtime: OnnxRuntime
  let profile: LatencyProfile
  /// `features[n - 1]` enter block n.
  let features: [[FeatureBuffer]]
  static let samples = 40

  init() throws {
    model = try ModelManifest(directory: FakeLibrary.digits)
    runtime = try OnnxRuntime.open()
    profile = try LatencyTable(file: "\(FakeLibrary.digits)/edge-gpu.json").profile
    var stem = try StemEngine(
      model: model, heldOut: try HeldOutImages(model), runtime: runtime, deepestEntry: model.blocks.count)
    var features: [[FeatureBuffer]] = []
    for block in 1...model.blocks.count {
      var entering: [FeatureBuffer] = []
      for sample in 0..<Self.samples { entering.append(try stem.feature(of: sample, entering: block)) }
      features.append(entering)
    }
    self.features = features
  }

  /// The batch of `seed`, of at most `largest` members.
  func job(_ seed: UInt64, largest: Int) -> BatchJob {
    var random = RandomStream(seed: seed, device: 0, purpose: "device")
    let grows = seed % 3 != 0
    let members = (0..<Int.random(in: 1...largest, using: &random)).map { index in
      let entry = grows ? Int.random(in: 1...model.blocks.count, using: &random) : 1
      return BatchPlan.Member(
        task: TaskID(device: ID(Int.random(in: 0..<Self.samples, using: &random)), number: index), entry: entry,
        exit: Int.random(in: entry...model.blocks.count, using: &random),
        rule: Bool.random(using: &random)
          ? .assigned : .confidence(threshold: Double.random(in: 0.3...1, using: &random)),
        featureBytes: 0, uploadEnd: .start, completion: .start)
    }
    // The plan puts its members into an order of its own.
    let plan = BatchPlan(id: 0, frame: 0, worker: 0, start: .start, members: members)
    let rows = plan.members.map {
      BatchJob.Row(
        task: $0.task, sample: $0.task.device.number, feature: features[$0.entry - 1][$0.task.device.number])
    }
    return BatchJob(plan: plan, rows: rows)
  }

  /// What came of a batch, apart from how long it took.
  struct Outcome: Equatable {
    var sizes: [Int] = []
    var answers: [TaskAnswer] = []
    var failure: String?
  }
  func outcome<Engine: InferenceEngine & ~Copyable>(
    of job: BatchJob, _ executor: inout BatchExecutor<Engine>
  ) -> Outcome {
    var outcome = Outcome()
    executor.run(job) { event in
      switch event {
      case .blockRan(let run, let answers):
        outcome.sizes.append(run.size)
        outcome.answers += answers
      case .modelLoaded: break
      case .ended: break
      case .failed(_, _, let reason): outcome.failure = reason
      }
    }
    return outcome
  }
}
