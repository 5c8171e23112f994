import Allocation
import EdgeModel
import Nodes
import Testing
import TraceLog
import Units

/// One base station and hand-made events.
struct BaseStationTests {
  static let bytes = 20_000

  /// Four devices at an SNR of 10 dB on 10 MHz (34.6 Mbit/s: a feature takes 4.6 ms), frames of 100 ms, one worker of two
  /// blocks of 10 ms with accuracies 0.8 and 0.95. The last frame begins at 900 ms.
  private func station(block seconds: Double = 0.01, deadlinesUpTo longest: Int = 400) -> BaseStation {
    let group = DeviceGroup(
      name: "hand", count: 4, requiredAccuracy: 0.9, deadline: .milliseconds(longest), arrivals: .poisson(rate: 1),
      channel: ChannelModel(.snr(from: Decibels(10), to: Decibels(10)), fading: .none))
    let cell = Cell(bandwidth: Hertz(1e7))
    let profile = LatencyProfile(
      blocks: [0.8, 0.95].map { BlockProfile(latency: .linear(alpha: 0, beta: seconds), accuracy: $0) })
    return BaseStation(
      BaseStationConfiguration(
        timing: FrameTiming(), bandwidth: cell.bandwidth, channel: CellChannel(cell: cell, groups: [group], seed: 1),
        groups: [group], featureBytes: [Self.bytes], policyName: "hand", fallbackName: "equal-share",
        fallback: EqualShare(), budget: .unlimited, end: .milliseconds(1000),
        workers: [PlannedWorker(id: 0, name: "w0", maxBatch: 8, profile: profile)]))
  }
  private func task(_ device: Int, _ number: Int = 0, deadline: Int = 400, accuracy: Double = 0.9) -> InferenceTask {
    InferenceTask(
      id: TaskID(device: DeviceID(device), number: number), generated: .start, deadline: .milliseconds(deadline),
      requiredAccuracy: accuracy, feature: .bytes(Self.bytes))
  }
  private func offer(_ task: InferenceTask) -> BaseStation.Inbound { .uplink(.offer(task)) }
  /// A station that has started and heard these offers.
  private func station(offered tasks: [InferenceTask]) -> BaseStation {
    var station = station()
    _ = station.hear(.started, at: .start)
    for task in tasks { _ = station.hear(offer(task), at: .milliseconds(50)) }
    return station
  }
  private func lead(_ station: inout BaseStation, _ frame: Int = 1) -> Effects<BaseStation> {
    let instant = Instant.milliseconds(100 * frame - 20)
    return station.hear(.fired(.allocation(FrameID(frame)), planned: instant), at: instant)
  }
  private func state(_ effects: Effects<BaseStation>) -> FrameState? {
    for case .allocate(let state) in effects.outbound { return state }
    return nil
  }
  /// Has the lead of `frame` come and a good policy answer in time.
  private func allocate(_ station: inout BaseStation, _ frame: Int = 1) -> Effects<BaseStation> {
    guard let state = state(lead(&station, frame)) else { return Effects() }
    let answer = ExitAwareShelfPacking().allocate(state, budget: .unlimited)
    return station.hear(
      .allocated(answer, frame: FrameID(frame), took: .milliseconds(2)), at: .milliseconds(100 * frame - 18))
  }
  private func summary(_ effects: Effects<BaseStation>) -> FrameSummary? {
    for case .frameAllocated(let summary) in effects.records { return summary }
    return nil
  }
  private func grants(_ effects: Effects<BaseStation>) -> [UplinkGrant] {
    effects.outbound.compactMap { message in
      if case .downlink(.grant(let grant)) = message { grant } else { nil }
    }
  }
  private func refusals(_ effects: Effects<BaseStation>) -> [TaskID: RefusalReason] {
    var refusals: [TaskID: RefusalReason] = [:]
    for case .downlink(.refused(let task, let reason)) in effects.outbound { refusals[task] = reason }
    return refusals
  }
  private func plans(_ effects: Effects<BaseStation>) -> [BatchPlan] {
    effects.outbound.compactMap { message in
      if case .plan(let plan, _) = message { plan } else { nil }
    }
  }

  // MARK: When workers are free

  /// Two batches in a row, each of 60 ms from 110 ms on: what is late delays what is booked behind it.
  @Test(arguments: [(nil, 0.04), (172, 0.032), (179, 0.039)] as [(Int?, Double)])
  func aLateWorkerIsFreeLater(reported: Int?, freeAt: Double) {
    var station = station(block: 0.03)
    _ = station.hear(.started, at: .start)
    for device in 0...1 { _ = station.hear(offer(task(device)), at: .milliseconds(50)) }
    guard let first = state(lead(&station)) else { return #expect(Bool(false)) }
    let answer = Unbatched.noBatching.allocate(first, budget: .unlimited)
    let planned = plans(station.hear(.allocated(answer, frame: 1, took: .zero), at: .milliseconds(81)))
    #expect(planned.count == 2)
    if let reported {
      let report = BatchReport(
        batch: planned[0].id, worker: 0, instance: 0, started: .milliseconds(110), ended: .milliseconds(reported),
        size: 1, answered: [planned[0].members[0].task])
      _ = station.hear(.worker(.report(report)), at: .milliseconds(reported))
    }
    let second = state(lead(&station, 2))
    #expect(abs((second?.workers[0].freeAt ?? -1) - freeAt) < 1e-9)
  }

  // MARK: Open plans

  private func open(_ effects: Effects<BaseStation>) -> [OpenPlan] {
    effects.outbound.compactMap { message in
      if case .open(let plan, _) = message { plan } else { nil }
    }
  }
  private func batchOpenly(_ station: inout BaseStation, _ frame: Int) -> Effects<BaseStation> {
    guard let state = state(lead(&station, frame)) else { return Effects() }
    let answer = DynamicBatching(BatchingOptions(maxBatch: 3)).allocate(state, budget: .unlimited)
    return station.hear(.allocated(answer, frame: FrameID(frame), took: .zero), at: .milliseconds(100 * frame - 19))
  }

  /// Every member of an open plan has a batch number of its own, and no other batch has one of them.
  @Test func openPlansReserveNumbers() {
    var station = station(offered: [task(0), task(1), task(2)])
    let first = batchOpenly(&station, 1)
    #expect(open(first).map(\.id) == [0] && open(first).map(\.members.count) == [3])
    #expect(open(first).map(\.rule) == [BatchingRule(maxBatch: 3, queueDelay: .zero)])
    #expect(grants(first).map(\.batch) == [0, 1, 2])
    #expect(summary(first)?.granted == 3 && summary(first)?.fallback == false)
    _ = station.hear(offer(task(3)), at: .milliseconds(150))
    let planned = plans(allocate(&station, 2))
    #expect(planned.map(\.id) == [3])
  }

  /// What a policy with open plans is told: offers per frame, who is not done, the last limit, and the reports since.
  @Test func theFrameStateRemembersOpenPlans() {
    var station = station(offered: [task(0), task(1), task(2)])
    #expect(open(batchOpenly(&station, 1)).count == 1)
    let report = BatchReport(
      batch: 0, worker: 0, instance: 0, started: .milliseconds(120), ended: .milliseconds(150), size: 2,
      answered: [task(0).id, task(1).id], late: 1)
    _ = station.hear(.worker(.report(report)), at: .milliseconds(151))
    _ = station.hear(.uplink(.settled(task(0).id, .completed)), at: .milliseconds(152))
    _ = station.hear(offer(task(3)), at: .milliseconds(160))
    let second = state(lead(&station, 2))
    #expect(second?.recentOffers == [[3, 1]])
    #expect(
      second?.workers.map(\.queue) == [
        WorkerQueue(backlog: 1, batchLimit: 3, recent: [WorkerQueue.Outcome(size: 2, took: 0.03, late: 1)])
      ])
    _ = station.hear(.fired(.fallback(2), planned: .milliseconds(190)), at: .milliseconds(190))
    _ = station.hear(.uplink(.settled(task(2).id, .expired)), at: .milliseconds(200))
    let third = state(lead(&station, 3))
    #expect(third?.recentOffers == [[3, 1, 0]])
    // The fallback set no rule, so what was reported is still to be heard of; what it planned itself is not.
    #expect(third?.workers.map { $0.queue.recent.count } == [1] && third?.workers[0].queue.backlog == 0)
  }

  // MARK: Frames

  /// However late its timers fire, the next ones are on the grid, and every frame comes once.
  @Test func timersStayOnTheGrid() {
    var random = RandomStream(seed: 1, device: 0, purpose: "lateness")
    var station = station()
    var queue = TimerQueue<BaseStation.Timer>()
    var now = Instant.start
    var (edges, leads, fallbacks): ([Int], [Int], [Int]) = ([], [], [])
    var effects = station.hear(.started, at: .start)
    while true {
      for (timer, at) in effects.timers {
        let milliseconds = Int(at.nanoseconds / 1_000_000)
        #expect(at == .milliseconds(milliseconds))
        switch timer {
        case .edge(let frame): #expect(milliseconds == 100 * frame.number)
        case .allocation(let frame): #expect(milliseconds == 100 * frame.number - 20)
        case .fallback(let frame): #expect(milliseconds == 100 * frame.number - 10)
        }
        queue.add(timer, at: at)
      }
      guard let (timer, planned) = queue.popDue(at: .distantFuture) else { break }
      now = max(now, planned + .seconds(0.03 * random.uniform()))
      switch timer {
      case .edge(let frame): edges.append(frame.number)
      case .allocation(let frame): leads.append(frame.number)
      case .fallback(let frame): fallbacks.append(frame.number)
      }
      effects = station.hear(.fired(timer, planned: planned), at: now)
    }
    #expect(edges == Array(0...9) && leads == Array(1...9) && fallbacks == Array(1...9))
  }

  @Test func theEdgeIsRecordedWithItsPlannedInstant() {
    var station = station(offered: [task(0)])
    let edge = station.hear(.fired(.edge(3), planned: .milliseconds(300)), at: .milliseconds(302))
    #expect(edge.records == [.frameStarted(3, edge: .milliseconds(300))])
    guard case .progress(let progress)? = edge.outbound.first else { return #expect(Bool(false)) }
    #expect(progress.offered == 1 && progress.elapsed == .milliseconds(302))
  }

  // MARK: Offers

  @Test func faultyOffersAreRejected() {
    var (large, entering) = (task(0), task(0))
    large.feature = .bytes(Self.bytes + 1)
    entering.entry = 2
    var nan = task(0)
    nan.feature = Bits(.nan)
    let faulty = [
      task(4), task(-1), task(.max), task(0, -1), large, entering, nan, task(0, accuracy: 1.5),
      task(0, accuracy: -0.1), task(0, accuracy: .nan),
    ]
    var station = station(offered: [])
    for task in faulty { #expect(station.hear(offer(task), at: .milliseconds(50)).isOnlyRejection) }
    #expect(state(lead(&station))?.tasks == [])
  }

  @Test func anOfferCountsOnce() {
    var station = station(offered: [task(0)])
    #expect(station.hear(offer(task(0)), at: .milliseconds(51)).isOnlyRejection)
    #expect(grants(allocate(&station)).count == 1)
    #expect(station.hear(offer(task(0)), at: .milliseconds(90)).isOnlyRejection)
    #expect(station.hear(offer(task(0, 1)), at: .milliseconds(91)).rejections == [])
  }

  @Test func thePolicySeesWhatIsKnown() {
    var station = station(offered: [task(2), task(0, deadline: 250)])
    _ = station.hear(.uplink(.settled(TaskID(device: 2, number: 7), .completed)), at: .milliseconds(60))
    _ = station.hear(.uplink(.settled(TaskID(device: 0, number: 7), .late)), at: .milliseconds(60))
    guard let state = state(lead(&station)) else { return #expect(Bool(false)) }
    #expect(state.frame == 1 && state.length == 0.1 && state.guardTime == 0.005 && state.bandwidth == Hertz(1e7))
    #expect(state.tasks.map(\.id.device.number) == [0, 2])
    // From the frame's edge, less the result's margin of 5 ms.
    #expect(abs(state.tasks[0].deadline - 0.145) < 1e-12 && abs(state.tasks[1].deadline - 0.295) < 1e-12)
    #expect(state.tasks.map(\.served) == [0, 1])
    guard case .spectralEfficiency(let efficiency) = state.tasks[0].uplink else { return #expect(Bool(false)) }
    #expect(abs(efficiency - 3.4594) < 1e-4)
  }

  @Test func whoEndsBeforeTheLeadWaitsNoMore() {
    var station = station(offered: [task(0), task(1)])
    _ = station.hear(.uplink(.settled(TaskID(device: 0, number: 0), .lost)), at: .milliseconds(60))
    #expect(state(lead(&station))?.tasks.map(\.id.device.number) == [1])
  }

  // MARK: Answers

  @Test func anAnswerBecomesGrantsAndAPlan() {
    var station = station(offered: [task(0), task(1, accuracy: 0.5)])
    let effects = allocate(&station)
    guard let summary = summary(effects), let plan = plans(effects).first else { return #expect(Bool(false)) }
    #expect(summary.offers == 2 && summary.granted == 2 && !summary.fallback && summary.policy == "hand")
    #expect(summary.solve == .milliseconds(2) && summary.deferred == 0 && summary.refused == 0)
    #expect(plan.members.map(\.exit) == [2, 1] && plan.frame == 1 && plan.worker == 0 && plan.id == 0)
    let grants = grants(effects)
    #expect(Set(grants.map(\.task)) == Set(plan.members.map(\.task)))
    for grant in grants {
      #expect(grant.batch == 0 && grant.uploadStart >= .milliseconds(100))
      #expect(grant.uploadEnd + .milliseconds(5) <= plan.start + .nanoseconds(2))
      let sent = grant.rate.value * (grant.uploadEnd - grant.uploadStart).inSeconds / 8
      #expect(sent > Double(Self.bytes) - 1)
    }
    // They wait no more.
    #expect(state(lead(&station, 2))?.tasks == [])
  }

  @Test func whenTheAnswerIsLateTheFallbackDecides() {
    var station = station(offered: [task(0)])
    guard let state = state(lead(&station)) else { return #expect(Bool(false)) }
    let fallback = station.hear(.fired(.fallback(1), planned: .milliseconds(90)), at: .milliseconds(90))
    #expect(summary(fallback)?.fallback == true && summary(fallback)?.policy == "equal-share")
    #expect(grants(fallback).count == 1)
    let answer = BestShelfPacking().allocate(state, budget: .unlimited)
    #expect(
      station.hear(.allocated(answer, frame: 1, took: .milliseconds(11)), at: .milliseconds(91)).isOnlyRejection)
    // Nor does it count for the next frame.
    _ = lead(&station, 2)
    #expect(
      station.hear(.allocated(answer, frame: 1, took: .milliseconds(111)), at: .milliseconds(191)).isOnlyRejection)
    let next = station.hear(.fired(.fallback(2), planned: .milliseconds(190)), at: .milliseconds(192))
    #expect(summary(next)?.fallback == true)
  }

  /// Who asks another process and gets nothing says so; the fallback need not wait for its timer.
  @Test func whenThereIsNoAnswerTheFallbackDecidesAtOnce() {
    var station = station(offered: [task(0)])
    _ = lead(&station)
    let failed = station.hear(.allocationFailed("no answer", frame: 1), at: .milliseconds(82))
    #expect(failed.rejections == ["frame 1: no answer"])
    #expect(summary(failed)?.fallback == true && summary(failed)?.policy == "equal-share")
    #expect(grants(failed).count == 1)
    // What comes after the fallback's timer is traced, and decides nothing, neither this frame nor the next.
    _ = lead(&station, 2)
    #expect(station.hear(.allocationFailed("no answer", frame: 1), at: .milliseconds(181)).isOnlyRejection)
    let next = station.hear(.fired(.fallback(2), planned: .milliseconds(190)), at: .milliseconds(190))
    #expect(summary(next)?.fallback == true)
  }

  @Test func aFallbackThatIsNotNeededDoesNothing() {
    var station = station(offered: [task(0)])
    _ = allocate(&station)
    let fallback = station.hear(.fired(.fallback(1), planned: .milliseconds(90)), at: .milliseconds(90))
    #expect(fallback.records.isEmpty && fallback.outbound.isEmpty && fallback.timers.isEmpty)
  }

  /// Each way to break a promise: the answer is recorded as wrong, and the fallback decides at once.
  @Test func anInfeasibleAnswerIsNotUsed() {
    let breaks: [(inout FrameAllocation) -> Void] = [
      { $0.batches[0].members[0].bandwidth = Hertz(2e7) }, { $0.batches[0].members[0].exit = 1 },
      { $0.batches[0].members[0].uploadEnd = 0.2 }, { $0.batches[0].start = 0 }, { $0.batches[0].worker = 3 },
      { $0.batches[0].members.removeAll() }, { $0.batches[0].members[0].task.number = 9 },
      { $0.batches[0].members[0].rate = BitRate(.nan) }, { $0.batches = [] },
      { $0.refusals = [Refusal(task: $0.batches[0].members[0].task, reason: .bandwidth)] },
    ]
    for (index, spoil) in breaks.enumerated() {
      var station = station(offered: [task(0)])
      guard let state = state(lead(&station)) else { return #expect(Bool(false)) }
      var answer = ExitAwareShelfPacking().allocate(state, budget: .unlimited)
      spoil(&answer)
      let effects = station.hear(.allocated(answer, frame: 1, took: .zero), at: .milliseconds(81))
      #expect(effects.rejections.count == 1 && summary(effects)?.fallback == true, "break \(index)")
      #expect(grants(effects).map(\.task) == [task(0).id])
    }
  }

  // MARK: Workers

  @Test func aWorkerIsBusyUntilItsPlansAreDoneOrReported() {
    /// Blocks of 100 ms; the batch starts at about 110 ms and takes 200.
    func busy() -> (station: BaseStation, batch: BatchPlan) {
      var station = self.station(block: 0.1)
      _ = station.hear(.started, at: .start)
      _ = station.hear(offer(task(0)), at: .milliseconds(50))
      let plan = plans(allocate(&station))[0]
      _ = station.hear(offer(task(1, deadline: 900)), at: .milliseconds(110))
      return (station, plan)
    }
    func freeAt(_ station: inout BaseStation, _ frame: Int) -> Double? {
      state(lead(&station, frame))?.workers[0].freeAt
    }
    func report(_ batch: BatchID) -> BaseStation.Inbound {
      .worker(
        .report(
          BatchReport(
            batch: batch, worker: 0, instance: 0, started: .milliseconds(150), ended: .milliseconds(170), size: 1,
            answered: [])))
    }

    var (station, plan) = busy()
    let end = plan.start + .milliseconds(200)
    #expect(freeAt(&station, 2).map { abs($0 - (end - .milliseconds(200)).inSeconds) < 2e-9 } == true)

    (station, plan) = busy()
    let reported = station.hear(report(plan.id), at: .milliseconds(171))
    #expect(reported.records == [.batchReported(plan.id, worker: 0, ended: .milliseconds(170))])
    #expect(freeAt(&station, 2) == 0)

    // The report of another batch says nothing of this one.
    (station, plan) = busy()
    _ = station.hear(report(BatchID(plan.id.number + 1)), at: .milliseconds(171))
    #expect((freeAt(&station, 2) ?? 0) > 0)

    // Not reported, though it should be done: not before now, where the lead itself comes too late.
    (station, plan) = busy()
    let late = station.hear(.fired(.allocation(3), planned: .milliseconds(280)), at: .milliseconds(340))
    #expect(state(late)?.workers[0].freeAt == 0.04)
  }

  @Test func aBusyWorkerDefersOrRefuses() {
    var station = station(block: 0.1)
    _ = station.hear(.started, at: .start)
    _ = station.hear(offer(task(0)), at: .milliseconds(50))
    _ = allocate(&station)
    // The first batch runs to about 310 ms, behind what frame 2 could still start. By 450 ms no later frame can serve a
    // task either; by 800 ms frame 3 can.
    _ = station.hear(offer(task(1, deadline: 450)), at: .milliseconds(110))
    _ = station.hear(offer(task(2, deadline: 800)), at: .milliseconds(110))
    let second = allocate(&station, 2)
    #expect(refusals(second) == [TaskID(device: 1, number: 0): .workerBusy])
    let waiting = TaskID(device: 2, number: 0)
    #expect(second.records.contains(.taskDeferred(waiting, frame: 2, reason: .workerBusy)) && grants(second).isEmpty)
    #expect(grants(allocate(&station, 3)).map(\.task) == [waiting])
  }

  // MARK: Refusals

  @Test func whoCanNeverBeServedIsRefusedAndOthersWait() {
    let hopeless = task(0, accuracy: 0.99)
    // 5 ms guard, 20 ms of blocks, 5 ms margin: 30 ms behind frame 2's edge is the least.
    let (early, patient) = (task(1, deadline: 229), task(2, deadline: 231))
    var station = station(offered: [hopeless, early, patient])
    guard let state = state(lead(&station)) else { return #expect(Bool(false)) }
    let none = FrameAllocation(
      policy: "hand", status: .feasible,
      refusals: [
        Refusal(task: hopeless.id, reason: .accuracy), Refusal(task: early.id, reason: .bandwidth),
        Refusal(task: patient.id, reason: .bandwidth),
      ])
    let effects = station.hear(.allocated(none, frame: state.frame, took: .zero), at: .milliseconds(81))
    #expect(refusals(effects) == [hopeless.id: .accuracy, early.id: .bandwidth])
    #expect(effects.records.contains(.taskDeferred(patient.id, frame: 1, reason: .bandwidth)))
    #expect(summary(effects)?.refused == 2 && summary(effects)?.deferred == 1 && summary(effects)?.granted == 0)
    #expect(self.state(lead(&station, 2))?.tasks.map(\.id) == [patient.id])
  }

  @Test func behindTheLastFrameNobodyWaits() {
    var station = station(offered: [])
    _ = station.hear(offer(task(0, deadline: 5000)), at: .milliseconds(850))
    guard let state = state(lead(&station, 9)) else { return #expect(Bool(false)) }
    let none = FrameAllocation(
      policy: "hand", status: .feasible, refusals: [Refusal(task: state.tasks[0].id, reason: .bandwidth)])
    let effects = station.hear(.allocated(none, frame: 9, took: .zero), at: .milliseconds(881))
    #expect(refusals(effects).count == 1)
  }

  @Test func progressCountsWhatEnded() {
    var station = station(offered: [task(0), task(1)])
    let plan = plans(allocate(&station))[0]
    let report = BatchReport(
      batch: plan.id, worker: 0, instance: 0, started: .milliseconds(110), ended: .milliseconds(140), size: 2,
      answered: plan.members.map(\.task))
    _ = station.hear(.worker(.report(report)), at: .milliseconds(141))
    _ = station.hear(.uplink(.settled(task(0).id, .completed)), at: .milliseconds(150))
    _ = station.hear(.uplink(.settled(task(1).id, .late)), at: .milliseconds(160))
    let edge = station.hear(.fired(.edge(2), planned: .milliseconds(200)), at: .milliseconds(200))
    guard case .progress(let progress)? = edge.outbound.first else { return #expect(Bool(false)) }
    #expect(progress.settled == 2 && progress.completed == 1 && progress.deadlineRate == 0.5)
    #expect(progress.batches == 1 && progress.meanBatch == 2)
  }
}
