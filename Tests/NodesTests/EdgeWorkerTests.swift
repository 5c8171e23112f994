import EdgeModel
import Nodes
import Testing
import TraceLog
import Units

/// One worker and hand-made events.
struct EdgeWorkerTests {
  /// Three blocks, which take 3,000, 2,000 and 1,000 bytes; batches of at most 3; two instances.
  private func worker(mostAhead: Int = 0) -> EdgeWorker {
    EdgeWorker(
      WorkerConfiguration(
        capability: WorkerCapability(
          worker: 1, name: "w1", engine: "hand", isPaced: mostAhead < 2, instances: mostAhead > 0 ? 1 : 2, maxBatch: 3,
          accuracies: [0.8, 0.9, 0.95]), featureBytes: [[3000, 2000, 1000]], mostAhead: mostAhead))
  }
  private func task(_ device: Int) -> TaskID { TaskID(device: DeviceID(device), number: 0) }
  private func member(_ device: Int, entry: Int = 1, exit: Int = 3, bytes: Int = 3000) -> BatchPlan.Member {
    BatchPlan.Member(
      task: task(device), entry: entry, exit: exit, featureBytes: bytes, uploadEnd: .milliseconds(95),
      completion: .milliseconds(150))
  }
  private func plan(
    id: Int = 0, worker: Int = 1, instance: Int = 0, start: Int = 100, _ members: [BatchPlan.Member]
  ) -> BatchPlan {
    BatchPlan(
      id: BatchID(id), frame: 1, worker: WorkerID(worker), instance: instance, start: .milliseconds(start),
      members: members)
  }
  private func chunk(
    _ device: Int, batch: Int = 0, from offset: Int = 0, _ count: Int = 3000, total: Int = 3000,
    storage: (any FeatureStorage)? = nil
  ) -> FeatureChunk {
    FeatureChunk(
      task: task(device), batch: BatchID(batch), sample: 10 + device, offset: offset, total: total,
      payload: FeaturePayload(storage: storage, offset: 0, count: count))
  }
  /// A worker that has `plan`, and the whole feature of each of `devices`.
  private func worker(with plan: BatchPlan, _ devices: [Int]) -> EdgeWorker {
    var worker = worker()
    _ = worker.hear(.downlink(.plan(plan)), at: .milliseconds(50))
    for device in devices { _ = worker.hear(.chunk(chunk(device, batch: plan.id.number)), at: .milliseconds(90)) }
    return worker
  }
  private func start(_ worker: inout EdgeWorker, _ batch: Int = 0, at milliseconds: Int = 100) -> Effects<EdgeWorker> {
    worker.hear(
      .fired(.batchStarts(BatchID(batch)), planned: .milliseconds(milliseconds)), at: .milliseconds(milliseconds))
  }
  private func job(_ effects: Effects<EdgeWorker>) -> BatchJob? {
    for case .run(let job) in effects.outbound { return job }
    return nil
  }
  private func report(_ effects: Effects<EdgeWorker>) -> BatchReport? {
    for case .uplink(.report(let report)) in effects.outbound { return report }
    return nil
  }
  private func drops(_ effects: Effects<EdgeWorker>) -> [TaskID: Outcome] {
    var drops: [TaskID: Outcome] = [:]
    for case .result(.dropped(let task, let outcome, _)) in effects.outbound { drops[task] = outcome }
    return drops
  }
  private func ran(
    block: Int, size: Int, batch: Int = 0, answers devices: [Int] = [], from start: Int = 100, to end: Int = 110
  ) -> EdgeWorker.Inbound {
    let run = BlockRun(
      batch: BatchID(batch), instance: 0, block: block, size: size, start: .milliseconds(start),
      end: .milliseconds(end),
      expected: .milliseconds(10), computed: .zero)
    return .engine(
      .blockRan(
        run, answers: devices.map { TaskAnswer(task: task($0), exit: block, predicted: 1, confidence: 0.5) }))
  }

  // MARK: Plans

  @Test func plansThatCannotBeRunAreRejected() {
    let faulty = [
      plan(worker: 0, [member(1)]), plan(instance: 2, [member(1)]), plan(instance: -1, [member(1)]), plan([]),
      plan([member(1), member(2), member(3), member(4)]), plan([member(1), member(1)]), plan([member(1, entry: 0)]),
      plan([member(1, exit: 4)]), plan([member(1, entry: 3, exit: 2, bytes: 1000)]),
      plan([member(1, entry: 2, bytes: 3000)]), plan([member(1, bytes: 2999)]),
    ]
    for plan in faulty {
      var worker = worker()
      #expect(worker.hear(.downlink(.plan(plan)), at: .milliseconds(50)).isOnlyRejection)
      // And nothing is expected for it.
      #expect(worker.hear(.chunk(chunk(1)), at: .milliseconds(51)).isOnlyRejection)
    }
  }

  @Test func aPlanIsTakenOnce() {
    let plan = plan([member(1)])
    var worker = worker()
    let taken = worker.hear(.downlink(.plan(plan)), at: .milliseconds(50))
    #expect(taken.records == [.planReceived(0, planned: .milliseconds(100))])
    #expect(taken.timers.map(\.at) == [.milliseconds(100)])
    #expect(worker.hear(.downlink(.plan(plan)), at: .milliseconds(51)).isOnlyRejection)
    _ = worker.hear(.chunk(chunk(1)), at: .milliseconds(90))
    _ = start(&worker)
    #expect(worker.hear(.downlink(.plan(plan)), at: .milliseconds(101)).isOnlyRejection)
    _ = worker.hear(.engine(.ended(0, instance: 0)), at: .milliseconds(120))
    #expect(worker.hear(.downlink(.plan(plan)), at: .milliseconds(121)).isOnlyRejection)
  }

  // MARK: Features

  @Test func aFeatureIsInWithItsLastByte() {
    var worker = worker(with: plan([member(1)]), [])
    #expect(worker.hear(.chunk(chunk(1, from: 0, 1024)), at: .milliseconds(70)).records == [])
    #expect(worker.hear(.chunk(chunk(1, from: 1024, 1024)), at: .milliseconds(80)).records == [])
    let last = worker.hear(.chunk(chunk(1, from: 2048, 952)), at: .milliseconds(90))
    #expect(last.records == [.featureReceived(task(1), batch: 0, bytes: 3000, planned: .milliseconds(95))])
    #expect(job(start(&worker))?.rows.map(\.sample) == [11])
  }

  @Test func bytesComeTogetherInOrder() {
    let sent = FeatureBuffer(byteCount: 3000)
    sent.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8(index % 251) } }
    var worker = worker(with: plan([member(1)]), [])
    for offset in [0, 1000, 2000] {
      var piece = chunk(1, from: offset, 1000, storage: sent)
      piece.payload.offset = offset
      _ = worker.hear(.chunk(piece), at: .milliseconds(80))
    }
    let received = job(start(&worker))?.rows.first?.feature
    let bytes = received.map { buffer in buffer.withFeatureBytes { Array($0) } }
    #expect(bytes == sent.withFeatureBytes { Array($0) })
  }

  /// Whatever is wrong with a chunk: it is recorded and dropped, and the right one still counts.
  @Test func chunksThatAreNotDueAreRejected() {
    let wrong = [
      chunk(2), chunk(1, batch: 5, from: 1024, 1024), chunk(1, from: 0, 1024), chunk(1, from: 2048, 952),
      chunk(1, from: 1024, 1024, total: 2048), chunk(1, from: 1024, 1977), chunk(1, from: 1024, 0),
      chunk(1, from: 1024, -1), chunk(1, from: -1, 1), chunk(1, from: 1024, .max), chunk(1, from: .max, 1),
    ]
    var worker = worker(with: plan([member(1)]), [])
    _ = worker.hear(.chunk(chunk(1, from: 0, 1024)), at: .milliseconds(60))
    for chunk in wrong { #expect(worker.hear(.chunk(chunk), at: .milliseconds(70)).isOnlyRejection, "\(chunk)") }
    // Bytes that are not where the chunk says they are.
    let short = chunk(1, from: 1024, 1976, storage: FeatureBuffer(byteCount: 100))
    #expect(worker.hear(.chunk(short), at: .milliseconds(75)).isOnlyRejection)
    let rest = worker.hear(.chunk(chunk(1, from: 1024, 1976)), at: .milliseconds(80))
    #expect(rest.records.count == 1 && rest.rejections == [])
    #expect(worker.hear(.chunk(chunk(1, from: 2048, 952)), at: .milliseconds(85)).isOnlyRejection)
    _ = start(&worker)
    #expect(worker.hear(.chunk(chunk(1, from: 2048, 952)), at: .milliseconds(101)).isOnlyRejection)
  }

  // MARK: Batches

  @Test func aBatchRunsAndItsTasksLeave() {
    var worker = worker(with: plan([member(1, exit: 1), member(2, exit: 3), member(3, exit: 2)]), [1, 2, 3])
    let started = start(&worker)
    #expect(
      started.records == [
        .batchStarted(0, frame: 1, instance: 0, planned: .milliseconds(100), size: 3, missing: [])
      ])
    // Deepest exit first.
    #expect(job(started)?.rows.map(\.task) == [task(2), task(3), task(1)])
    let first = worker.hear(ran(block: 1, size: 3, answers: [1]), at: .milliseconds(110))
    guard case .result(.answer(let answer, batch: 0))? = first.outbound.first else { return #expect(Bool(false)) }
    #expect(answer.task == task(1) && first.outbound.count == 1)
    #expect(first.records.last == .taskExited(answer, batch: 0, plannedExit: 1))
    _ = worker.hear(ran(block: 2, size: 2, answers: [2, 3]), at: .milliseconds(120))
    let ended = worker.hear(.engine(.ended(0, instance: 0)), at: .milliseconds(120))
    #expect(ended.records == [.batchEnded(0, instance: 0)])
    // The engine was through earlier than the loop heard of it.
    let expected = BatchReport(
      batch: 0, worker: 1, instance: 0, started: .milliseconds(100), ended: .milliseconds(110), size: 3,
      answered: [task(1), task(2), task(3)])
    #expect(report(ended) == expected)
    // What an engine says twice has no effect.
    #expect(report(worker.hear(.engine(.ended(0, instance: 0)), at: .milliseconds(121))) == nil)
  }

  @Test func whoIsNotInExpires() {
    var worker = worker(with: plan([member(1), member(2), member(3)]), [1])
    _ = worker.hear(.chunk(chunk(3, from: 0, 2999)), at: .milliseconds(99))
    let started = start(&worker)
    #expect(drops(started) == [task(2): .expired, task(3): .expired])
    #expect(job(started)?.rows.map(\.task) == [task(1)])
    guard case .batchStarted(_, _, _, _, 1, [task(2), task(3)])? = started.records.first else {
      return #expect(Bool(false))
    }
    // How late the rest of its feature came is recorded, once; nothing else comes of it.
    let rest = worker.hear(.chunk(chunk(3, from: 2999, 1)), at: .milliseconds(101))
    #expect(rest.outbound.isEmpty && rest.records.map(\.event) == ["featureReceived"])
    #expect(worker.hear(.chunk(chunk(3, from: 2999, 1)), at: .milliseconds(102)).isOnlyRejection)
  }

  @Test func aBatchWithNobodyInIsReportedAtOnce() {
    var worker = worker(with: plan([member(1)]), [])
    let started = start(&worker)
    #expect(drops(started) == [task(1): .expired] && job(started) == nil)
    #expect(report(started)?.answered == [] && report(started)?.ended == .milliseconds(100))
    // The instance is free.
    _ = worker.hear(.downlink(.plan(plan(id: 1, [member(2)]))), at: .milliseconds(101))
    _ = worker.hear(.chunk(chunk(2, batch: 1)), at: .milliseconds(102))
    #expect(job(start(&worker, 1, at: 103)) != nil)
  }

  @Test func whenTheEngineFailsWhoHasNoAnswerIsLost() {
    var worker = worker(with: plan([member(1, exit: 1), member(2)]), [1, 2])
    _ = start(&worker)
    _ = worker.hear(ran(block: 1, size: 2, answers: [1]), at: .milliseconds(110))
    let failed = worker.hear(.engine(.failed(0, instance: 0, reason: "out of memory")), at: .milliseconds(111))
    #expect(drops(failed) == [task(2): .lost])
    #expect(report(failed)?.answered == [task(1)])
    #expect(failed.records.contains(.batchEnded(0, instance: 0)))
  }

  @Test func batchesWaitForTheirInstanceInTheOrderOfTheirStarts() {
    var worker = worker()
    for (id, device) in [(0, 1), (1, 2), (2, 3), (3, 4)] {
      let plan = plan(id: id, instance: id == 3 ? 1 : 0, start: 100 + id, [member(device)])
      _ = worker.hear(.downlink(.plan(plan)), at: .milliseconds(50))
      _ = worker.hear(.chunk(chunk(device, batch: id)), at: .milliseconds(60))
    }
    #expect(job(start(&worker, 0, at: 100))?.plan.id == 0)
    #expect(job(start(&worker, 1, at: 101)) == nil)
    #expect(start(&worker, 2, at: 102).records == [])
    // The other instance is free.
    #expect(job(start(&worker, 3, at: 103))?.plan.id == 3)
    let next = worker.hear(.engine(.ended(0, instance: 0)), at: .milliseconds(120))
    #expect(job(next)?.plan.id == 1 && report(next)?.batch == 0)
    guard case .batchStarted(1, _, _, let planned, _, _)? = next.records.last else { return #expect(Bool(false)) }
    #expect(planned == .milliseconds(101))
    let failed = worker.hear(.engine(.failed(1, instance: 0, reason: "x")), at: .milliseconds(130))
    #expect(job(failed)?.plan.id == 2)
  }

  /// What is due and complete goes to the engine while it is at the batch before; what is not waits for the engine, and
  /// nobody overtakes it.
  @Test func aCompleteBatchIsHandedAhead() {
    var worker = worker(mostAhead: 1)
    for (id, device) in [(0, 1), (1, 2), (2, 3), (3, 4)] {
      _ = worker.hear(.downlink(.plan(plan(id: id, start: 100 + id, [member(device)]))), at: .milliseconds(50))
      if id != 2 { _ = worker.hear(.chunk(chunk(device, batch: id)), at: .milliseconds(60)) }
    }
    #expect(job(start(&worker, 0, at: 100))?.plan.id == 0)
    let ahead = start(&worker, 1, at: 101)
    #expect(job(ahead)?.plan.id == 1 && ahead.records.map(\.event) == ["batchStarted"])
    #expect(job(start(&worker, 2, at: 102)) == nil && job(start(&worker, 3, at: 103)) == nil)
    let first = worker.hear(.engine(.ended(0, instance: 0)), at: .milliseconds(120))
    #expect(report(first)?.batch == 0 && report(first)?.started == .milliseconds(100) && job(first) == nil)
    // Twice, or of a batch that it is not at: no effect.
    #expect(report(worker.hear(.engine(.ended(0, instance: 0)), at: .milliseconds(121))) == nil)
    // Answers of the second are its own.
    let answered = worker.hear(
      ran(block: 1, size: 1, batch: 1, answers: [2], from: 120, to: 125), at: .milliseconds(125))
    #expect(answered.outbound.count == 1)
    let second = worker.hear(.engine(.ended(1, instance: 0)), at: .milliseconds(130))
    #expect(report(second)?.started == .milliseconds(120) && report(second)?.answered == [task(2)])
    #expect(drops(second) == [task(3): .expired] && job(second)?.plan.id == 3)
  }

  /// An engine that takes less than 8 ms for a batch is handed two ahead where it may be; they begin and end when the engine
  /// says: it was not idle while the loop heard of one late.
  @Test(arguments: [(7, 2, 2), (9, 2, 1), (7, 1, 1)])
  func aFastEngineIsHandedTwoAhead(milliseconds: Int, most: Int, ahead: Int) {
    var worker = worker(mostAhead: most)
    for id in 0...4 {
      _ = worker.hear(.downlink(.plan(plan(id: id, start: 100 + id, [member(id)]))), at: .milliseconds(50))
      _ = worker.hear(.chunk(chunk(id, batch: id)), at: .milliseconds(60))
    }
    var handed = 0
    for id in 0...4 where job(start(&worker, id, at: 100 + id)) != nil { handed += 1 }
    #expect(handed == 2, "nobody knows yet how fast it is")
    for id in 0...1 {
      let (begun, through) = (110 + id * milliseconds, 110 + (id + 1) * milliseconds)
      _ = worker.hear(ran(block: 1, size: 1, batch: id, from: begun, to: through), at: .milliseconds(150))
      let ended = worker.hear(.engine(.ended(BatchID(id), instance: 0)), at: .milliseconds(150))
      #expect(report(ended)?.started == .milliseconds(id == 0 ? 100 : begun))
      #expect(report(ended)?.ended == .milliseconds(through))
      for case .run in ended.outbound { handed += 1 }
      #expect(handed - (id + 1) == ahead + 1)
    }
  }

  /// What one row took says little about more of them.
  @Test(arguments: [(2, 2), (3, 1)]) func aSecondOneAheadIsShortForItsRows(milliseconds: Int, ahead: Int) {
    var worker = worker(mostAhead: 2)
    let members = [[1], [2, 3, 4], [5, 6, 7]]
    for (id, devices) in members.enumerated() {
      _ = worker.hear(
        .downlink(.plan(plan(id: id, start: 100 + id, devices.map { member($0) }))), at: .milliseconds(50))
      for device in devices { _ = worker.hear(.chunk(chunk(device, batch: id)), at: .milliseconds(60)) }
    }
    for id in 0...2 { _ = start(&worker, id, at: 100 + id) }
    _ = worker.hear(
      .downlink(.plan(plan(id: 3, start: 104, [member(8), member(9), member(10)]))), at: .milliseconds(103))
    for device in 8...10 { _ = worker.hear(.chunk(chunk(device, batch: 3)), at: .milliseconds(103)) }
    #expect(job(start(&worker, 3, at: 104)) == nil)
    _ = worker.hear(ran(block: 1, size: 1, from: 105, to: 105 + milliseconds), at: .milliseconds(110))
    let ended = worker.hear(.engine(.ended(0, instance: 0)), at: .milliseconds(110))
    #expect(ended.outbound.count { if case .run = $0 { true } else { false } } == ahead)
  }

  /// A batch that was handed ahead, and whose engine was through with it before the loop heard that the one before had
  /// failed, began when its first block did.
  @Test func whatLayAheadBeginsWithItsFirstBlock() {
    var worker = worker(mostAhead: 1)
    for id in 0...1 {
      _ = worker.hear(.downlink(.plan(plan(id: id, start: 100 + id, [member(id)]))), at: .milliseconds(50))
      _ = worker.hear(.chunk(chunk(id, batch: id)), at: .milliseconds(60))
      #expect(job(start(&worker, id, at: 100 + id)) != nil)
    }
    _ = worker.hear(.engine(.failed(0, instance: 0, reason: "x")), at: .milliseconds(120))
    _ = worker.hear(ran(block: 1, size: 1, batch: 1, from: 103, to: 106), at: .milliseconds(120))
    let ended = worker.hear(.engine(.ended(1, instance: 0)), at: .milliseconds(120))
    #expect(report(ended)?.started == .milliseconds(103) && report(ended)?.ended == .milliseconds(106))
  }

  @Test func aFailureTakesOnlyItsOwnBatch() {
    var worker = worker(mostAhead: 1)
    for (id, device) in [(0, 1), (1, 2)] {
      _ = worker.hear(.downlink(.plan(plan(id: id, start: 100 + id, [member(device)]))), at: .milliseconds(50))
      _ = worker.hear(.chunk(chunk(device, batch: id)), at: .milliseconds(60))
      #expect(job(start(&worker, id, at: 100 + id)) != nil)
    }
    let failed = worker.hear(.engine(.failed(0, instance: 0, reason: "x")), at: .milliseconds(110))
    #expect(drops(failed) == [task(1): .lost] && report(failed)?.batch == 0)
    #expect(report(worker.hear(.engine(.ended(1, instance: 0)), at: .milliseconds(130)))?.batch == 1)
  }

  /// A batch that waits while others have nobody in does not hold them up, and they do not run before it.
  @Test func anEmptyBatchLetsTheNextStart() {
    var worker = worker()
    for (id, device) in [(0, 1), (1, 2), (2, 3)] {
      _ = worker.hear(.downlink(.plan(plan(id: id, start: 100 + id, [member(device)]))), at: .milliseconds(50))
      if id != 1 { _ = worker.hear(.chunk(chunk(device, batch: id)), at: .milliseconds(60)) }
    }
    for id in 0...2 { _ = start(&worker, id, at: 100 + id) }
    let next = worker.hear(.engine(.ended(0, instance: 0)), at: .milliseconds(120))
    #expect(drops(next) == [task(2): .expired])
    #expect(job(next)?.plan.id == 2)
  }
}
