import EdgeModel
import Inference
import OnnxRuntime
import Testing

/// A task's answer does not depend on who shares its batch, on the real engine.
///
/// A processor may compute a matrix times one row by another kernel than a matrix times several; a row alone and the same
/// row in company then differ in the last bits. That is all that company may do to a row: which rows, how many and where
/// does not matter to a single bit. Where one kernel serves both, no answer differs from that of its row alone at all.
@Suite struct BatchInvarianceTests {
  static let batches = 10_000
  static let largest = 16

  @Test func tenThousandRandomBatchesAnswerAsTheirRowsDoAlone() throws {
    var rows = try LoneRows(samples: 200)
    let engine = try OnnxEngine(model: Digits.model(), largestBatch: Self.largest, runtime: Digits.runtime())
    let profile = try LatencyTable(file: "\(Digits.directory)/edge-gpu.json").profile
    var executor = try BatchExecutor(engine: engine, profile: profile, now: { .start })
    let companyMatters = try companyChangesBits(&rows)
    var seen = Seen()
    for seed in 0..<UInt64(Self.batches) {
      var job = RandomBatch(seed: seed, largest: Self.largest, features: rows.features).job
      // As a worker hands them over: there is nothing to fall back to.
      if job.sideBySide != nil { for index in job.rows.indices { job.rows[index].feature = nil } }
      var batch = FollowedBatch(job.plan)
      executor.run(job) { batch.hear($0) }
      #expect(batch.failures == [] && batch.answered.count == job.plan.members.count, "seed \(seed)")
      for (row, answer) in batch.answered {
        let path = row.path
        let found = ExitAnswers.Answer(predicted: answer.predicted, confidence: answer.confidence)
        #expect(try rows.answer(path) == found, "seed \(seed), \(path)")
        let alone = try rows.answer(path.sample, entry: path.entry, exit: path.exit)
        // Of two classes within 1e-5 of each other neither is above a half by more than that.
        let isTie = alone.confidence <= 0.5 + 1e-5
        #expect(abs(found.confidence - alone.confidence) <= 1e-5, "seed \(seed), \(path)")
        #expect(found.predicted == alone.predicted || isTie, "seed \(seed), \(path)")
        #expect(found.confidence == alone.confidence || companyMatters, "seed \(seed), \(path)")
        seen.count(row)
      }
      seen.count(batch)
      if let features = job.sideBySide {
        seen.sideBySide += 1
        if features.groups.count > 1 { seen.groups += 1 }
      }
    }
    // The batches are of every kind.
    #expect(seen.answers > 50_000 && seen.early > 5_000 && seen.lateEntries > 5_000, "\(seen)")
    #expect(seen.sideBySide > 3_000 && seen.sideBySide < 7_000 && seen.groups > 1_000, "\(seen)")
    #expect(seen.grew > 1_000 && seen.shrank > 5_000 && seen.becameLone > 1_000, "\(seen)")
  }

  /// Whether any row answers otherwise beside its own copy than alone.
  private func companyChangesBits(_ rows: inout LoneRows) throws -> Bool {
    for sample in rows.features[0].indices {
      for exit in 1...4 {
        let together = LoneRows.Path(
          sample: sample, entry: 1, exit: exit, wasAlone: Array(repeating: false, count: exit), wasAskedAlone: false)
        if try rows.answer(together) != rows.answer(sample, entry: 1, exit: exit) { return true }
      }
    }
    return false
  }

  /// What the batches were like, so that the test says something.
  private struct Seen {
    var answers = 0
    /// Left before the exit they were planned for.
    var early = 0
    var lateEntries = 0
    var grew = 0
    var shrank = 0
    /// Batches whose features came side by side.
    var sideBySide = 0
    /// Of those, whose features enter at several blocks.
    var groups = 0
    /// Lost their company on the way.
    var becameLone = 0

    mutating func count(_ row: FollowedBatch.Row) {
      answers += 1
      if row.path.exit < row.plannedExit { early += 1 }
      if row.path.entry > 1 { lateEntries += 1 }
      if let first = row.path.wasAlone.first, !first, row.path.wasAlone.contains(true) { becameLone += 1 }
    }
    mutating func count(_ batch: FollowedBatch) {
      let steps = zip(batch.sizes, batch.sizes.dropFirst())
      if steps.contains(where: { $0 < $1 }) { grew += 1 }
      if steps.contains(where: { $0 > $1 }) { shrank += 1 }
    }
  }
}

/// Follows one batch by its events: who is in, and with how many others.
struct FollowedBatch {
  struct Row {
    var path: LoneRows.Path
    var plannedExit: Int
  }
  private let plan: BatchPlan
  private var inside: [BatchPlan.Member] = []
  /// Sizes of the batch at each block that ran, and which those were.
  private(set) var sizes: [Int] = []
  private var blocks: [Int] = []
  private(set) var answered: [(Row, TaskAnswer)] = []
  private(set) var failures: [String] = []

  init(_ plan: BatchPlan) { self.plan = plan }

  mutating func hear(_ event: BatchEvent) {
    switch event {
    case .blockRan(let run, let answers): hear(run, answers)
    case .ended: if !inside.isEmpty { failures.append("\(inside.count) rows never left") }
    case .modelLoaded: failures.append("the model was loaded")
    case .failed(_, _, let reason): failures.append(reason)
    }
  }

  private mutating func hear(_ run: BlockRun, _ answers: [TaskAnswer]) {
    inside += plan.members.filter { $0.entry == run.block }
    if run.size != inside.count { failures.append("\(run.size) rows in block \(run.block), \(inside.count) are in") }
    sizes.append(run.size)
    blocks.append(run.block)
    let asked = inside.count { $0.exit == run.block || $0.rule != .assigned }
    for answer in answers {
      guard let index = inside.firstIndex(where: { $0.task == answer.task }) else {
        failures.append("an answer to \(answer.task), which is not in")
        continue
      }
      let member = inside.remove(at: index)
      let wasAlone = zip(blocks, sizes).filter { $0.0 >= member.entry }.map { $0.1 == 1 }
      let path = LoneRows.Path(
        sample: answer.task.device.number, entry: member.entry, exit: answer.exit, wasAlone: wasAlone,
        wasAskedAlone: asked == 1)
      answered.append((Row(path: path, plannedExit: member.exit), answer))
    }
  }
}
