import EdgeModel
import Inference

/// Batches one after the other, as a saturated worker runs them.
struct Stream {
  enum Kind: String, CaseIterable {
    /// Full batches whose members leave at assigned exits, as many at each.
    case assigned
    /// Full batches whose members leave where an exit is at least 90 % sure.
    case confidence
    /// 1 row to a full batch; assigned exits and confidence mixed; in every third batch some enter behind block 1.
    case mixed
    /// Full batches whose members enter at any block, assigned exits and confidence mixed.
    case growing
    /// Every size in turn, exits assigned: what the worker's own work is fitted over.
    case sizes

    /// Whether all its batches are full, as those are that a worker forms by itself.
    var isFull: Bool { [.assigned, .confidence, .growing].contains(self) }
  }
  let kind: Kind
  private(set) var jobs: [BatchJob]

  /// `count` batches of at most `largest` rows. Features are drawn from `features[block - 1]`, which hold each image's.
  init(_ kind: Kind, count: Int, largest: Int, features: [[FeatureBuffer]]) {
    self.kind = kind
    let blocks = features.count
    var random = RandomStream(seed: 1, device: 0, purpose: "stream")
    jobs = (0..<count).map { number in
      let isMixed = kind == .mixed || kind == .growing
      let grows = kind == .growing || (kind == .mixed && number % 3 == 2)
      let size =
        switch kind {
        case .assigned, .confidence, .growing: largest
        case .mixed: Int.random(in: 1...largest, using: &random)
        case .sizes: number % largest + 1
        }
      let members = (0..<size).map { index in
        let entry = grows ? Int.random(in: 1...blocks, using: &random) : 1
        let isSure = kind == .confidence || (isMixed && Bool.random(using: &random))
        return BatchPlan.Member(
          task: TaskID(device: DeviceID(Int.random(in: features[0].indices, using: &random)), number: index),
          entry: entry, exit: kind == .confidence ? blocks : max(entry, index * blocks / size + 1),
          rule: isSure ? .confidence(threshold: 0.9) : .assigned, featureBytes: features[entry - 1][0].byteCount,
          uploadEnd: .start, completion: .start)
      }
      let plan = BatchPlan(id: BatchID(number), frame: 0, worker: 0, start: .start, members: members)
      return BatchJob(
        plan: plan,
        rows: plan.members.map { member in
          let sample = member.task.device.number
          return BatchJob.Row(task: member.task, sample: sample, feature: features[member.entry - 1][sample])
        })
    }
  }
  /// The same with the features of each batch side by side, as a worker's loop hands them to its engine.
  var sideBySide: Stream {
    var copy = self
    for index in jobs.indices {
      let rows = FeatureRows(capacity: FeatureRows.capacity(for: jobs[index]))
      guard rows.fill(jobs[index]) else { preconditionFailure("the features of a stream fit") }
      copy.jobs[index].sideBySide = rows
      for row in jobs[index].rows.indices { copy.jobs[index].rows[row].feature = nil }
    }
    return copy
  }
  /// Each batch's steps, found by running it on `engine`.
  func steps<Engine: InferenceEngine & ~Copyable>(on engine: consuming Engine, profile: LatencyProfile) throws
    -> [TightLoop.Batch]
  {
    let notes = BatchSteps()
    var executor = try BatchExecutor(
      engine: NotingEngine(engine: engine, notes: notes), profile: profile, now: { .start })
    var batches: [TightLoop.Batch] = []
    for job in jobs {
      notes.removeAll()
      executor.run(job) { _ in }
      batches.append(TightLoop.Batch(notes))
    }
    return batches
  }
}
