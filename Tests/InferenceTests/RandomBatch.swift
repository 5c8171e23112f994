import EdgeModel
import Inference

/// A batch as it may come: 1 to `largest` rows; in some of them all enter at block 1, in others anywhere; assigned exits
/// and rules of confidence mixed; some of the plan's members absent; and half of them side by side.
struct RandomBatch {
  let job: BatchJob

  /// Row i's task belongs to device `sample`; `features[block - 1][sample]` is its feature.
  init(seed: UInt64, largest: Int, features: [[FeatureBuffer]]) {
    var random = RandomStream(seed: seed, device: 0, purpose: "batch")
    let blocks = features.count
    let grows = Int.random(in: 0..<3, using: &random) == 0
    let rules = Int.random(in: 0..<3, using: &random)
    let absent = Bool.random(using: &random) ? 0.2 : 0
    let members = (0..<Int.random(in: 1...largest, using: &random)).map { number in
      let entry = grows ? Int.random(in: 1...blocks, using: &random) : 1
      let isAssigned = rules == 0 || (rules == 1 && Bool.random(using: &random))
      return BatchPlan.Member(
        task: TaskID(device: DeviceID(Int.random(in: features[0].indices, using: &random)), number: number),
        entry: entry, exit: Int.random(in: entry...blocks, using: &random),
        rule: isAssigned ? .assigned : .confidence(threshold: Double.random(in: 0.3...1, using: &random)),
        featureBytes: 0, uploadEnd: .start, completion: .start)
    }
    let plan = BatchPlan(id: BatchID(Int(seed)), frame: 0, worker: 0, start: .start, members: members)
      .keeping { _ in Double.random(in: 0..<1, using: &random) >= absent }
    let job = BatchJob(
      plan: plan,
      rows: plan.members.map { member in
        let sample = member.task.device.number
        return BatchJob.Row(task: member.task, sample: sample, feature: features[member.entry - 1][sample])
      })
    self.job = Bool.random(using: &random) ? job.laidSideBySide : job
  }
}

extension BatchJob {
  /// The same with its features side by side.
  var laidSideBySide: BatchJob {
    let features = FeatureRows(capacity: FeatureRows.capacity(for: self))
    var job = self
    job.sideBySide = features.fill(self) ? features : nil
    return job
  }
}
