import EdgeModel
import Testing
import TraceLog
import Units

@testable import TraceAnalysis

/// One way to break a good run, and what the verdict must say of it.
struct Breakage: Sendable, CustomTestStringConvertible {
  var name: String
  var reason: String
  /// false where the drawn run has nothing of the kind to break.
  var apply: @Sendable (inout SyntheticRun) -> Bool
  var testDescription: String { name }

  init(_ name: String, says reason: String, _ apply: @escaping @Sendable (inout SyntheticRun) -> Bool) {
    self.name = name
    self.reason = reason
    self.apply = apply
  }

  /// Changes the record alone.
  static func record(_ name: String, says reason: String, _ change: @escaping @Sendable (TraceRecord) -> TraceRecord?)
    -> Breakage
  {
    Breakage(name, says: reason) { run in
      run.replace { stamped in
        change(stamped.record).map {
          StampedRecord(sequence: stamped.sequence, instant: stamped.instant, record: $0)
        }
      }
    }
  }
  static func removal(_ name: String, says reason: String, _ isWanted: @escaping @Sendable (TraceRecord) -> Bool)
    -> Breakage
  {
    Breakage(name, says: reason) { $0.remove(isWanted) }
  }
  static func description(
    _ name: String, says reason: String, _ change: @escaping @Sendable (inout RunDescription) -> Void
  ) -> Breakage {
    Breakage(name, says: reason) { run in
      change(&run.description)
      return true
    }
  }

  static func ending(_ record: TraceRecord, _ outcome: Outcome) -> (TaskID, TaskEnding)? {
    if case .taskEnded(let task, let ending) = record, ending.outcome == outcome { (task, ending) } else { nil }
  }
  static func grant(_ record: TraceRecord, _ change: (inout UplinkGrant) -> Void) -> TraceRecord? {
    guard case .taskGranted(var grant, let entry, let efficiency, let completion) = record else { return nil }
    change(&grant)
    return .taskGranted(grant, entry: entry, spectralEfficiency: efficiency, completion: completion)
  }
  static func upload(
    _ record: TraceRecord, _ change: (inout [Instant], inout Int, inout Int) -> Void
  ) -> TraceRecord? {
    guard case .uploadEnded(let task, let planned, var bytes, var chunk, var sent) = record else { return nil }
    change(&sent, &bytes, &chunk)
    return .uploadEnded(task, planned: planned, bytes: bytes, chunkBytes: chunk, sent: sent)
  }
  static func block(_ record: TraceRecord, _ change: (inout BlockRun) -> Void) -> TraceRecord? {
    guard case .blockRan(var run) = record else { return nil }
    change(&run)
    return .blockRan(run)
  }
  static func changePlans(_ run: inout SyntheticRun, _ change: (BatchPlan) -> BatchPlan) {
    for index in run.nodes[0].records.indices {
      guard case .batchPlanned(let plan) = run.nodes[0].records[index].record else { continue }
      run.nodes[0].records[index].record = .batchPlanned(change(plan))
    }
  }
}

extension Breakage {
  static let tasks: [Breakage] = [
    Breakage("a task ends twice", says: "is said again what is said once") { run in
      guard let (node, index) = run.find({ if case .taskEnded = $0 { true } else { false } }) else { return false }
      run.nodes[node].records.insert(run.nodes[node].records[index], at: index)
      run.resequence(node)
      return true
    },
    .removal("a result without a task", says: "ended but was never generated") {
      if case .taskOffered = $0 { true } else { false }
    },
    .removal("a task without an end", says: "has no end") { if case .taskEnded = $0 { true } else { false } },
    .removal("a device whose counts differ", says: "tasks generated") {
      if case .taskEnded = $0 { true } else { false }
    },
    Breakage("others know a task that was never generated", says: "known to others but was never generated") { run in
      guard let (_, index) = run.find({ if case .taskGranted = $0 { true } else { false } }),
        case .taskGranted(let grant, _, _, _) = run.nodes[0].records[index].record
      else { return false }
      for node in 3...4 {
        run.nodes[node].records.removeAll { stamped in
          switch stamped.record {
          case .taskOffered(let task, _, _, _, _): task.id == grant.task
          case .taskEnded(let task, _): task == grant.task
          default: false
          }
        }
        run.resequence(node)
      }
      return true
    },
    .record("completed is called late", says: "is late but its result came by its deadline") { record in
      guard let (task, ending) = ending(record, .completed) else { return nil }
      return .taskEnded(task, TaskEnding(outcome: .late, answer: ending.answer))
    },
    .record("completed after the deadline", says: "is completed but its result came after its deadline") { record in
      guard let (task, ending) = ending(record, .late) else { return nil }
      return .taskEnded(task, TaskEnding(outcome: .completed, answer: ending.answer))
    },
    .record("completed without a result", says: "is completed without a result") { record in
      ending(record, .completed).map { .taskEnded($0.0, TaskEnding(outcome: .completed)) }
    },
    .record("refused although granted", says: "is refused but was granted") { record in
      ending(record, .completed).map { .taskEnded($0.0, TaskEnding(outcome: .refused, cause: "x")) }
    },
    .record("expired without a grant", says: "is expired but was never granted") { record in
      ending(record, .refused).map { .taskEnded($0.0, TaskEnding(outcome: .expired, cause: "x")) }
    },
    .record("lost without a cause", says: "is lost without a cause") { record in
      ending(record, .completed).map { .taskEnded($0.0, TaskEnding(outcome: .lost)) }
    },
    .record("the device's result is not the worker's", says: "has another result than its worker gave") { record in
      guard let (task, ending) = ending(record, .completed), var answer = ending.answer else { return nil }
      answer.predicted += 1
      return .taskEnded(task, TaskEnding(outcome: .completed, answer: answer))
    },
    .removal("a result that no worker gave", says: "has a result but no worker gave it") {
      if case .taskExited = $0 { true } else { false }
    },
    Breakage("a result that was never granted", says: "has a result but was never granted") { run in
      guard let (node, index) = run.find({ ending($0, .completed) != nil }),
        case .taskEnded(let wanted, _) = run.nodes[node].records[index].record
      else { return false }
      return run.remove { if case .taskGranted(let grant, _, _, _) = $0 { grant.task == wanted } else { false } }
    },
  ]

  static let uplink: [Breakage] = [
    .record("more bandwidth than the cell has", says: "Hz granted at") { record in
      grant(record) { $0.bandwidth = .megahertz(20.000001) }
    },
    .record("bandwidth that is no number", says: "is granted nan Hz") { record in
      grant(record) { $0.bandwidth = Hertz(.nan) }
    },
    .record("an upload that lasts into the next frame's", says: "Hz granted at") { record in
      grant(record) { $0.uploadEnd = $0.uploadStart + .milliseconds(5_000) }
    },
    .record("a chunk leaves too early", says: "bytes sent by") { record in
      upload(record) { sent, _, _ in sent[3] = sent[2] + .microseconds(100) }
    },
    .record("the first chunk leaves before the grant", says: "bytes sent by") { record in
      upload(record) { sent, _, _ in sent[0] = sent[0] - .milliseconds(2) }
    },
    .record("all bytes at once", says: "bytes sent by") { record in
      upload(record) { sent, bytes, chunk in (sent, chunk) = (Array(repeating: sent[0], count: 25), 1_000) }
    },
    .record("slower than granted is fine, faster is not", says: "bytes sent by") { record in
      grant(record) { $0.rate = BitRate($0.rate.value * 0.9) }
    },
    .record("chunks that do not add up", says: "are not 25000 bytes") { record in
      upload(record) { sent, _, _ in sent.removeLast() }
    },
    .record("no chunk size", says: "chunks of 0 bytes") { record in upload(record) { _, _, chunk in chunk = 0 } },
    .record("chunks out of order", says: "left before the one before it") { record in
      upload(record) { sent, _, _ in sent.swapAt(4, 5) }
    },
    .record("bytes lost on the way", says: "24999 received") { record in
      guard case .featureReceived(let task, let batch, let bytes, let planned) = record else { return nil }
      return .featureReceived(task, batch: batch, bytes: bytes - 1, planned: planned)
    },
    .removal("an upload without a grant", says: "was uploaded without a grant") {
      if case .taskGranted = $0 { true } else { false }
    },
  ]

  static let batches: [Breakage] = [
    .record("two blocks overlap", says: "invariant 3, overlap") { record in
      block(record) {
        $0.start = $0.start + .seconds(0.1); $0.end = $0.end + .seconds(0.1)
      }
    },
    .record("a block ends before it starts", says: "ends before it starts") { record in
      block(record) { $0.end = $0.start - .nanoseconds(1) }
    },
    Breakage("a block runs into the next", says: "on instance 0") { run in
      run.replace { stamped in
        guard case .blockRan(var block) = stamped.record, block.block == 2 else { return nil }
        block.start = block.start - .microseconds(30)
        return StampedRecord(sequence: stamped.sequence, instant: stamped.instant, record: .blockRan(block))
      }
    },
    .record("a batch grows by itself", says: "entries and exits leave") { record in block(record) { $0.size += 1 } },
    .record("a batch shrinks by itself", says: "entries and exits leave") { record in block(record) { $0.size -= 1 } },
    Breakage("a block is skipped", says: "is due") { run in
      guard let (node, index) = run.find({ if case .blockRan(let block) = $0 { block.block == 3 } else { false } }),
        case .blockRan(let third) = run.nodes[node].records[index].record
      else { return false }
      return run.remove {
        if case .blockRan(let run) = $0 { run.batch == third.batch && run.block == 2 } else { false }
      }
    },
    .record("a batch starts with too few", says: "its plan less the missing has") { record in
      guard case .batchStarted(let batch, let frame, let instance, let planned, let size, let missing) = record else {
        return nil
      }
      return .batchStarted(batch, frame: frame, instance: instance, planned: planned, size: size - 1, missing: missing)
    },
    .record("a batch misses a stranger", says: "which is not in its plan") { record in
      guard case .batchStarted(let batch, let frame, let instance, let planned, let size, _) = record else {
        return nil
      }
      let stranger = TaskID(device: 99, number: 0)
      return .batchStarted(
        batch, frame: frame, instance: instance, planned: planned, size: size - 1, missing: [stranger])
    },
    .removal("a batch runs without having started", says: "ran without having started") {
      if case .batchStarted = $0 { true } else { false }
    },
    .record("a batch changes its instance", says: "runs on several instances") { record in
      block(record) { $0.instance = 1 }
    },
    Breakage("a task leaves behind its planned exit", says: "behind its planned exit") { run in
      changePlans(&run) { plan in
        let members = plan.members.map { member in
          var member = member
          member.exit = 1
          return member
        }
        return BatchPlan(id: plan.id, frame: plan.frame, worker: plan.worker, start: plan.start, members: members)
      }
      return true
    },
    Breakage("an exit that is not accurate enough", says: "but requires 0.999") { run in
      for node in 3...4 {
        for index in run.nodes[node].records.indices {
          guard
            case .taskOffered(var task, let group, let sample, let label, let stem) = run.nodes[node].records[index]
              .record
          else { continue }
          task.requiredAccuracy = 0.999
          run.nodes[node].records[index].record = .taskOffered(
            task, group: group, sample: sample, label: label, stem: stem)
        }
      }
      return true
    },
    .record("an exit that does not exist", says: "which the model does not have") { record in
      guard case .taskExited(var answer, let batch, let planned) = record else { return nil }
      answer.exit = 7
      return .taskExited(answer, batch: batch, plannedExit: planned)
    },
    Breakage("a task leaves a batch it is not in", says: "but is not in its plan") { run in
      changePlans(&run) { plan in plan.keeping { $0.task != plan.members.first?.task } }
      return true
    },
  ]

  static let order: [Breakage] = [
    Breakage("a result before its exit", says: "its result came before it left its batch") { run in
      run.replace { stamped in
        guard ending(stamped.record, .completed) != nil else { return nil }
        return StampedRecord(
          sequence: stamped.sequence, instant: stamped.instant - .milliseconds(5), record: stamped.record)
      }
    },
    Breakage("a batch before its features", says: "started before the feature of") { run in
      run.replace { stamped in
        guard case .batchStarted = stamped.record else { return nil }
        return StampedRecord(
          sequence: stamped.sequence, instant: stamped.instant - .milliseconds(10), record: stamped.record)
      }
    },
    Breakage("a feature before its upload", says: "its feature came before its upload") { run in
      run.replace { stamped in
        guard case .featureReceived = stamped.record else { return nil }
        return StampedRecord(
          sequence: stamped.sequence, instant: stamped.instant - .milliseconds(60), record: stamped.record)
      }
    },
    Breakage("a feature before its last chunk", says: "its feature came before its last chunk left") { run in
      run.replace { stamped in
        guard case .featureReceived = stamped.record else { return nil }
        return StampedRecord(
          sequence: stamped.sequence, instant: stamped.instant - .milliseconds(20), record: stamped.record)
      }
    },
    .removal("an exit without its feature", says: "it left without its feature having come") { record in
      if case .featureReceived = record { true } else { false }
    },
    .removal("a batch without a feature", says: "whose feature never came") { record in
      if case .featureReceived = record { true } else { false }
    },
    Breakage("an exit before its block's end", says: "it left before its exit's block ended") { run in
      run.replace { stamped in
        guard case .taskExited = stamped.record else { return nil }
        return StampedRecord(
          sequence: stamped.sequence, instant: stamped.instant - .microseconds(6), record: stamped.record)
      }
    },
    Breakage("a block before its batch", says: "its first block ran before it started") { run in
      run.replace { stamped in
        guard case .batchStarted = stamped.record else { return nil }
        return StampedRecord(
          sequence: stamped.sequence, instant: stamped.instant + .microseconds(30), record: stamped.record)
      }
    },
    Breakage("an upload before its task", says: "was uploaded before it was generated") { run in
      run.replace { stamped in
        guard case .uploadStarted = stamped.record else { return nil }
        return StampedRecord(
          sequence: stamped.sequence, instant: stamped.instant - .seconds(1), record: stamped.record)
      }
    },
  ]

  static let sequences: [Breakage] = [
    Breakage("a gap", says: "a gap, records 20 to 20 are missing") { run in
      run.nodes[0].records.remove(at: 20)
      return true
    },
    Breakage("a gap in a node that was to die", says: "a gap, records 20 to 22 are missing") { run in
      run.description.nodes[3].hasPlannedFault = true
      run.nodes[3].records.removeSubrange(20...22)
      run.nodes[3].records.removeLast(5)
      return true
    },
    Breakage("a record stands twice", says: "stands where") { run in
      run.nodes[1].records.insert(run.nodes[1].records[7], at: 8)
      return true
    },
    Breakage("no header", says: "the first record is no traceOpened") { run in
      run.nodes[1].records.removeFirst()
      run.resequence(1)
      return true
    },
    Breakage("two headers", says: "a second traceOpened") { run in
      run.nodes[1].records[5].record = run.nodes[1].records[0].record
      return true
    },
    Breakage("a footer that counts wrong", says: "the footer counts 3 records before it") { run in
      run.nodes[2].records[run.nodes[2].records.count - 1].record = .traceClosed(records: 3)
      return true
    },
    Breakage("records behind the footer", says: "records follow the footer") { run in
      let last = run.nodes[2].records.count
      run.nodes[2].records.append(
        StampedRecord(sequence: last, instant: .start, record: .stopped(cause: "after the end")))
      return true
    },
    Breakage("a node without a trace", says: "device-1 left no trace") { run in
      run.nodes.removeLast()
      return true
    },
    Breakage("no base station", says: "there is no base station's trace") { run in
      run.nodes.removeFirst()
      return true
    },
    Breakage("an empty trace", says: "worker-1.jsonl: the trace is empty") { run in
      run.nodes[2].records = []
      return true
    },
  ]

  static let limits: [Breakage] = [
    Breakage("late frame edges", says: "p99 frame-edge lateness is 6 ms, the limit is 5 ms") { run in
      run.replace { stamped in
        guard case .frameStarted(_, let edge) = stamped.record else { return nil }
        return StampedRecord(
          sequence: stamped.sequence, instant: edge + .milliseconds(6), record: stamped.record)
      }
    },
    .description("a tightened limit of uploads", says: "p99 upload error is") {
      $0.limits.uploadError = .microseconds(1)
    },
    .description("a tightened limit of clocks", says: "clock of device-1: bound is") {
      $0.limits.clockBound = .microseconds(1)
    },
    Breakage("another host without probes", says: "the clock of device-1 is unknown") { run in
      run.nodes[4].records.removeAll { if case .clockProbe = $0.record { true } else { false } }
      run.resequence(4)
      return true
    },
    .record("fallbacks", says: "the fallback decided 1 of 12 frames, more than 1 %") { record in
      guard case .frameAllocated(var summary) = record else { return nil }
      summary.fallback = true
      return .frameAllocated(summary)
    },
    .record("an engine slower than its table", says: "the paced engine was slower than its table") { record in
      block(record) { $0.computed = $0.expected + .nanoseconds(1) }
    },
    Breakage("a node dies", says: "worker-0 died unplanned, worker-0.jsonl has no footer") { run in
      run.nodes[1].records.removeLast()
      return true
    },
    .description("a node is killed", says: "worker-0 died unplanned, signal 9") {
      $0.ends[1] = .init(node: "worker-0", signal: 9, isPlanned: false)
    },
    .description("a node fails", says: "device-0 died unplanned, status 2") {
      $0.ends[3] = .init(node: "device-0", status: 2, isPlanned: false)
    },
    .description("an interruption", says: "the run was interrupted: SIGINT") { $0.interruption = "SIGINT" },
  ]
}
