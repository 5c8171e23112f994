import EdgeModel
import Nodes
import Testing
import Units
import Wire

@testable import EdgeSimulation

/// Links carry messages at their rate, in order, and know how large they are.
struct LinkTests {
  /// First come, first served, against the sum written out: a message leaves when it and all before it have, never before
  /// it was sent.
  @Test(arguments: 0..<100)
  func aQueueIsFirstComeFirstServed(seed: Int) {
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "link")
    // 8 ns a byte.
    let link = SimulatedLink(latency: .nanoseconds(Int.random(in: 0...9000, using: &random)), rate: BitRate(1e9))
    var queue = LinkQueue(link)
    var now = Instant.start
    var left = Int64(0)
    for _ in 0..<200 {
      now = now + .nanoseconds(Int.random(in: 0...4000, using: &random))
      let bytes = Int.random(in: 0...400, using: &random)
      left = max(left, now.nanoseconds) + Int64(8 * bytes)
      #expect(queue.send(at: now, bytes: bytes) == Instant(nanoseconds: left) + link.latency)
    }
  }
  @Test func withoutARateNothingWaits() {
    var queue = LinkQueue(SimulatedLink(latency: .microseconds(100)))
    for at in [0, 0, 5, 5, 900] {
      #expect(queue.send(at: .milliseconds(at), bytes: 1_000_000) == .milliseconds(at) + .microseconds(100))
    }
  }

  @Test func aLinkThatBecomesFasterLetsNobodyOvertake() {
    var queue = LinkQueue(SimulatedLink(latency: .milliseconds(50)))
    #expect(queue.send(at: .milliseconds(1), bytes: 1) == .milliseconds(51))
    queue.link.latency = .zero
    #expect(queue.send(at: .milliseconds(2), bytes: 1) == .milliseconds(51))
    #expect(queue.send(at: .milliseconds(60), bytes: 1) == .milliseconds(60))
  }

  /// Both directions, and each pair of processes, have a queue of their own.
  @Test func pairsAndDirectionsDoNotWaitForEachOther() {
    let link = SimulatedLink(latency: .zero, rate: BitRate(8e6))
    var links = LinkQueues(
      SimulatedLinks(deviceStation: link, stationWorker: link, deviceWorker: link), emulators: 2, workers: 2)
    let result = TaskResult.dropped(TaskID(device: 0, number: 0), .lost, reason: "")
    // A microsecond a byte.
    let alone = Instant.start + .microseconds(result.wireBytes)
    #expect(links.result(result, from: 0, to: 0, at: .start) == alone)
    #expect(links.result(result, from: 0, to: 1, at: .start) == alone)
    #expect(links.result(result, from: 1, to: 0, at: .start) == alone)
    #expect(links.result(result, from: 0, to: 0, at: .start) == alone + .microseconds(result.wireBytes))
    let chunk = FeatureChunk(
      task: TaskID(device: 0, number: 0), batch: 0, sample: 0, offset: 0, total: 500,
      payload: FeaturePayload(storage: nil, offset: 0, count: 500))
    #expect(links.chunk(chunk, from: 0, to: 0, at: .start) == .start + .microseconds(chunk.wireBytes))
  }

  /// What the simulation charges for a message is what the live testbed sends.
  @Test func messagesAreAsLargeAsOnTheWire() {
    let id = TaskID(device: 3, number: 4)
    let task = InferenceTask(
      id: id, generated: .start, deadline: .milliseconds(9), requiredAccuracy: 0.5, feature: .bytes(100))
    #expect(DeviceUplink.offer(task).wireBytes == EmulatorToStation.offers([task]).encoded.count)
    #expect(
      DeviceUplink.settled(id, .late).wireBytes
        == EmulatorToStation.settled([SettledTask(task: id, outcome: .late)]).encoded.count)
    let grant = UplinkGrant(
      task: id, frame: 1, batch: 2, worker: 0, bandwidth: Hertz(1), rate: BitRate(1), uploadStart: .start,
      uploadEnd: .start, exit: 1)
    #expect(DeviceDownlink.grant(grant).wireBytes == StationToEmulator.grants([grant]).encoded.count)
    #expect(
      DeviceDownlink.refused(id, .deadline).wireBytes
        == StationToEmulator.refusals([RefusedTask(task: id, reason: .deadline)]).encoded.count)
    let chunk = FeatureChunk(
      task: id, batch: 2, sample: 5, offset: 0, total: 900, payload: FeaturePayload(storage: nil, offset: 0, count: 300)
    )
    #expect(chunk.wireBytes == EmulatorToWorker.chunk(chunk).encoded.count + 300)
    let answer = TaskAnswer(task: id, exit: 1, predicted: 2, confidence: 0.5)
    #expect(
      TaskResult.answer(answer, batch: 2).wireBytes
        == WorkerToEmulator.answers([BatchAnswer(answer: answer, batch: 2)]).encoded.count)
    #expect(
      TaskResult.dropped(id, .lost, reason: "why").wireBytes
        == WorkerToEmulator.dropped(id, .lost, reason: "why").encoded.count)
    for count in 0...3 {
      let members = (0..<count).map {
        BatchPlan.Member(
          task: TaskID(device: 0, number: $0), exit: 1, featureBytes: 9, uploadEnd: .start, completion: .start)
      }
      let plan = BatchPlan(id: 1, frame: 1, worker: 0, start: .start, members: members)
      #expect(WorkerDownlink.plan(plan).wireBytes == StationToWorker.plan(plan).encoded.count)
      let open = OpenPlan(
        id: 1, frame: 1, worker: 0, rule: BatchingRule(maxBatch: 4, queueDelay: .zero),
        members: members.map { OpenPlan.Member($0) })
      #expect(WorkerDownlink.open(open).wireBytes == StationToWorker.open(open).encoded.count)
      let report = BatchReport(
        batch: 1, worker: 0, instance: 0, started: .start, ended: .start, size: count, answered: members.map(\.task))
      #expect(WorkerUplink.report(report).wireBytes == WorkerToStation.report(report).encoded.count)
    }
    #expect(wireHeader == EmulatorToStation.finished.encoded.count)
    #expect(wireHeader + 2 == StationToWorker.stop(cause: "").encoded.count)
  }
}
