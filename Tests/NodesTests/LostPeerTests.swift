import Allocation
import EdgeModel
import Nodes
import Testing
import TraceLog
import Units

/// A base station whose peers come and go, by hand-made events.
struct LostPeerTests {
  static let bytes = 20_000

  /// Four devices at an SNR of 10 dB on 10 MHz, frames of 100 ms, two workers of two blocks of 10 ms each.
  private func station(steps: [(from: Instant, bandwidth: Hertz)] = []) -> BaseStation {
    let group = DeviceGroup(
      name: "hand", count: 4, requiredAccuracy: 0.9, deadline: .milliseconds(400), arrivals: .poisson(rate: 1),
      channel: ChannelModel(.snr(from: Decibels(10), to: Decibels(10)), fading: .none))
    let cell = Cell(bandwidth: Hertz(1e7))
    let profile = LatencyProfile(
      blocks: [0.8, 0.95].map { BlockProfile(latency: .linear(alpha: 0, beta: 0.01), accuracy: $0) })
    var station = BaseStation(
      BaseStationConfiguration(
        timing: FrameTiming(), bandwidth: cell.bandwidth, channel: CellChannel(cell: cell, groups: [group], seed: 1),
        groups: [group], featureBytes: [Self.bytes], policyName: "hand", fallbackName: "equal-share",
        fallback: EqualShare(), budget: .unlimited, end: .milliseconds(2000),
        workers: [0, 1].map { PlannedWorker(id: WorkerID($0), name: "w\($0)", maxBatch: 2, profile: profile) },
        bandwidthSteps: steps))
    _ = station.hear(.started, at: .start)
    return station
  }
  private func offer(_ device: Int, _ number: Int = 0, deadline: Int = 400) -> BaseStation.Inbound {
    .uplink(
      .offer(
        InferenceTask(
          id: TaskID(device: DeviceID(device), number: number), generated: .start, deadline: .milliseconds(deadline),
          requiredAccuracy: 0.9, feature: .bytes(Self.bytes))))
  }
  private func lead(_ station: inout BaseStation, _ frame: Int = 1) -> Effects<BaseStation> {
    let instant = Instant.milliseconds(100 * frame - 20)
    return station.hear(.fired(.allocation(FrameID(frame)), planned: instant), at: instant)
  }
  private func state(_ effects: Effects<BaseStation>) -> FrameState? {
    for case .allocate(let state) in effects.outbound { return state }
    return nil
  }
  private func answer(
    _ station: inout BaseStation, _ state: FrameState, by policy: any AllocationPolicy = ExitAwareShelfPacking()
  ) -> Effects<BaseStation> {
    let allocation = policy.allocate(state, budget: .unlimited)
    return station.hear(
      .allocated(allocation, frame: state.frame, took: .zero), at: .milliseconds(100 * state.frame.number - 19))
  }
  private func summary(_ effects: Effects<BaseStation>) -> FrameSummary? {
    for case .frameAllocated(let summary) in effects.records { return summary }
    return nil
  }
  private func planned(_ effects: Effects<BaseStation>) -> [(worker: WorkerID, batch: BatchID)] {
    effects.outbound.compactMap { message in
      switch message {
      case .plan(let plan, let worker): (worker, plan.id)
      case .open(let plan, let worker): (worker, plan.id)
      default: nil
      }
    }
  }

  @Test func aLostWorkerIsNotInTheFrameUntilItReturnsIdle() throws {
    var station = station()
    for device in 0..<4 { _ = station.hear(offer(device), at: .milliseconds(50)) }
    let first = try #require(state(lead(&station)))
    #expect(first.workers.map(\.id.number) == [0, 1])
    let plans = planned(answer(&station, first))
    #expect(plans.map(\.worker.number).sorted() == [0, 1])
    _ = station.hear(.peers(.workerLost(0)), at: .milliseconds(120))
    _ = station.hear(offer(0, 1), at: .milliseconds(130))
    let second = try #require(state(lead(&station, 2)))
    #expect(second.workers.map(\.id.number) == [1])
    let more = planned(answer(&station, second))
    #expect(more.map(\.worker.number) == [1])
    // Numbers go on rising, whoever is there.
    #expect(more[0].batch > plans.map(\.batch).max() ?? 0)
    _ = station.hear(.peers(.workerReturned(0)), at: .milliseconds(210))
    let third = try #require(state(lead(&station, 3)))
    #expect(third.workers.map(\.id.number) == [0, 1] && third.workers[0].freeAt == 0)
  }

  /// The policy answers for workers of which one is gone by then: its tasks wait, the others' are granted.
  @Test func anAnswerForALostWorkerIsNotSent() throws {
    for policy in [ExitAwareShelfPacking(), DynamicBatching(BatchingOptions())] as [any AllocationPolicy] {
      var station = station()
      for device in 0..<4 { _ = station.hear(offer(device), at: .milliseconds(50)) }
      let frame = try #require(state(lead(&station)))
      let promised = policy.allocate(frame, budget: .unlimited)
      let ofLost =
        promised.batches.filter { $0.worker == 0 }.flatMap(\.members).count
        + promised.open.filter { $0.worker == 0 }.flatMap(\.members).count
      #expect(ofLost > 0 && ofLost < 4)
      _ = station.hear(.peers(.workerLost(0)), at: .milliseconds(80))
      let effects = answer(&station, frame, by: policy)
      #expect(planned(effects).allSatisfy { $0.worker == 1 })
      let whole = try #require(summary(effects))
      #expect(whole.granted == 4 - ofLost && whole.deferred == ofLost && !whole.fallback)
      #expect(effects.rejections.isEmpty)
      #expect(state(lead(&station, 2))?.tasks.count == ofLost)
    }
  }

  /// Nobody is asked; who can still wait waits, and who cannot is refused.
  @Test func withoutWorkersTasksWaitAsLongAsTheyCan() throws {
    var station = station()
    _ = station.hear(.peers(.workerLost(0)), at: .milliseconds(10))
    _ = station.hear(.peers(.workerLost(1)), at: .milliseconds(10))
    _ = station.hear(offer(0, deadline: 400), at: .milliseconds(50))
    _ = station.hear(offer(1, deadline: 210), at: .milliseconds(50))
    let first = lead(&station)
    #expect(state(first) == nil && summary(first)?.deferred == 1 && summary(first)?.refused == 1)
    #expect(summary(first)?.fallback == false)
    #expect(
      first.outbound.contains { message in
        if case .downlink(.refused(let task, .workerBusy)) = message { task.device == 1 } else { false }
      })
    #expect(summary(lead(&station, 2))?.deferred == 1)
    _ = station.hear(.peers(.workerReturned(1)), at: .milliseconds(250))
    let third = try #require(state(lead(&station, 3)))
    #expect(third.workers.map(\.id.number) == [1] && third.tasks.map(\.id.device.number) == [0])
  }

  /// The reports of three plans are lost: the fourth's says that the worker is through with all of them.
  @Test func lostReportsKeepNoWorkerBusy() throws {
    func freeAt(reportsLast: Bool) throws -> Double? {
      var station = station()
      var plans: [(worker: WorkerID, batch: BatchID)] = []
      for frame in 1...4 {
        for device in 0..<4 {
          _ = station.hear(offer(device, frame, deadline: 900), at: .milliseconds(100 * frame - 50))
        }
        let asked = try #require(state(lead(&station, frame)))
        plans += planned(answer(&station, asked)).filter { $0.worker == 0 }
      }
      #expect(plans.count == 4)
      let report = BatchReport(
        batch: plans[3].batch, worker: 0, instance: 0, started: .milliseconds(440), ended: .milliseconds(460), size: 2,
        answered: [])
      if reportsLast { _ = station.hear(.worker(.report(report)), at: .milliseconds(460)) }
      return state(lead(&station, 5))?.workers[0].freeAt
    }
    #expect(try freeAt(reportsLast: true) == 0)
    #expect(try freeAt(reportsLast: false) ?? 0 > 0)
  }

  @Test func whatLostDevicesOfferedIsDroppedAndTheirNextOffersAreTaken() throws {
    var station = station()
    for device in 0..<3 { _ = station.hear(offer(device), at: .milliseconds(50)) }
    let effects = station.hear(.peers(.devicesLost([0, 2])), at: .milliseconds(60))
    #expect(
      effects.records
        == [0, 2].map { device in
          .taskDropped(TaskID(device: DeviceID(device), number: 0), batch: nil, reason: "its device is lost")
        })
    #expect(effects.outbound.isEmpty)
    #expect(state(lead(&station))?.tasks.map(\.id.device.number) == [1])
    #expect(station.hear(.peers(.devicesReturned([0, 2])), at: .milliseconds(90)).records.isEmpty)
    #expect(station.hear(offer(0, 7), at: .milliseconds(95)).rejections.isEmpty)
    #expect(state(lead(&station, 2))?.tasks.map(\.id.number).sorted() == [0, 7])
  }

  @Test func openPlansOfTheLostAreForgotten() throws {
    var station = station()
    for device in 0..<4 { _ = station.hear(offer(device), at: .milliseconds(50)) }
    let frame = try #require(state(lead(&station)))
    _ = answer(&station, frame, by: DynamicBatching(BatchingOptions()))
    let backlog = try #require(state(lead(&station, 2))).workers.map(\.queue.backlog)
    #expect(backlog == [2, 2])
    _ = station.hear(.peers(.workerLost(0)), at: .milliseconds(190))
    _ = station.hear(.peers(.workerReturned(0)), at: .milliseconds(191))
    _ = station.hear(
      .peers(.devicesLost([DeviceID(0), DeviceID(1), DeviceID(2), DeviceID(3)])), at: .milliseconds(192))
    let after = try #require(state(lead(&station, 3))).workers.map(\.queue)
    #expect(after.map(\.backlog) == [0, 0] && after[0].batchLimit == nil && after[1].batchLimit != nil)
  }

  /// The frame whose edge lies at a step has its bandwidth, the one before has not; the record is made at the edge.
  @Test func bandwidthStepsAtTheFrameEdge() throws {
    var station = station(steps: [
      (from: .milliseconds(200), bandwidth: Hertz(5e6)), (from: .milliseconds(201), bandwidth: Hertz(1e7)),
    ])
    for (frame, bandwidth, isNoticed) in [(1, 1e7, false), (2, 5e6, true), (3, 1e7, true), (4, 1e7, false)] {
      #expect(state(lead(&station, frame))?.bandwidth.value == bandwidth)
      let edge = Instant.milliseconds(100 * frame)
      let records = station.hear(.fired(.edge(FrameID(frame)), planned: edge), at: edge).records
      #expect(records.contains(.faultNoticed(kind: "bandwidth")) == isNoticed)
    }
  }

  /// A device that resumes has the tasks that one which never stopped has from then on: numbers, instants and images.
  @Test func aResumedDeviceGoesOnWhereItWouldBe() throws {
    for seed in 0..<50 as Range<UInt64> {
      let group = DeviceGroup(
        name: "hand", count: 1, requiredAccuracy: 0.9, deadline: .milliseconds(100), arrivals: .poisson(rate: 10),
        channel: ChannelModel(.snr(from: Decibels(10), to: Decibels(10))))
      func tasks(from start: Instant, resumes: Bool) -> [String] {
        var device = Device(
          DeviceConfiguration(
            id: 0, group: group, seed: seed, duration: .seconds(3), featureBytes: 1000, labels: Array(0...99),
            quantum: .milliseconds(5), resumes: resumes))
        var effects = device.hear(.started, at: start)
        var tasks: [String] = []
        while let (_, at) = effects.timers.first(where: { $0.timer == .arrival }) {
          effects = device.hear(.fired(.arrival, planned: at), at: at)
          for case .computeFeature(let task, let sample) in effects.outbound {
            tasks.append("\(task.number) at \(at.nanoseconds) shows \(sample)")
          }
        }
        return tasks
      }
      let whole = tasks(from: .start, resumes: false)
      let resumed = tasks(from: .milliseconds(1200), resumes: true)
      #expect(!resumed.isEmpty && resumed.count < whole.count && Array(whole.suffix(resumed.count)) == resumed)
    }
  }

  /// Batches that start at or behind a step run at its speed; each change is noticed once.
  @Test func theEngineStepsWithTheBatchThatStarts() throws {
    var worker = EdgeWorker(
      WorkerConfiguration(
        capability: WorkerCapability(
          worker: 0, name: "w0", engine: "hand", isPaced: true, instances: 1, maxBatch: 1, accuracies: [0.9]),
        featureBytes: [[10]],
        speed: [PlannedFault(.engine(worker: "w0", factor: 0.5), at: .milliseconds(20), for: .milliseconds(20))]
          .engineSpeed(of: "w0")))
    for (number, start, speed, isNoticed) in [
      (0, 19, 1.0, false), (1, 20, 0.5, true), (2, 30, 0.5, false), (3, 40, 1, true),
    ] {
      let task = TaskID(device: 0, number: number)
      let member = BatchPlan.Member(
        task: task, entry: 1, exit: 1, featureBytes: 10, uploadEnd: .milliseconds(start), completion: .milliseconds(99))
      let id = BatchID(number)
      let plan = BatchPlan(id: id, frame: 0, worker: 0, instance: 0, start: .milliseconds(start), members: [member])
      _ = worker.hear(.downlink(.plan(plan)), at: .milliseconds(start - 2))
      let chunk = FeatureChunk(
        task: task, batch: id, sample: 0, offset: 0, total: 10,
        payload: FeaturePayload(storage: nil, offset: 0, count: 10))
      _ = worker.hear(.chunk(chunk), at: .milliseconds(start - 1))
      let started = worker.hear(
        .fired(.batchStarts(id), planned: .milliseconds(start)), at: .milliseconds(start))
      let jobs = started.outbound.compactMap { if case .run(let job) = $0 { job } else { nil } }
      #expect(jobs.map(\.speed) == [speed])
      #expect(started.records.contains(.faultNoticed(kind: "engine")) == isNoticed)
      _ = worker.hear(.engine(.ended(id, instance: 0)), at: .milliseconds(start + 1))
    }
  }
}
