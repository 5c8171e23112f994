import EdgeModel
import Nodes
import Testing
import TraceLog
import Units

/// One device and hand-made events.
struct DeviceTests {
  static let bytes = 10_000

  /// Tasks at 10, 20 and 30 ms, to be answered within 200 ms.
  private func device(_ number: Int = 0, arrivals: [Int] = [10, 20, 30]) -> Device {
    let group = DeviceGroup(
      name: "hand", count: 8, requiredAccuracy: 0.9, deadline: .milliseconds(200), arrivals: .replay(file: "arrivals"),
      channel: ChannelModel(.snr(from: Decibels(10), to: Decibels(10))), transmitPower: Watts(2), computePower: Watts(3)
    )
    return Device(
      DeviceConfiguration(
        id: DeviceID(number), group: group, seed: 1, duration: .seconds(1), featureBytes: Self.bytes,
        labels: [4, 5, 6],
        quantum: .milliseconds(5), replayed: arrivals.map(Instant.milliseconds)))
  }
  private let task = TaskID(device: 0, number: 0)

  /// 10,000 bytes in 50 ms from 100 ms on: chunks of 1,024 bytes, one every 5.12 ms.
  private func grant(for task: TaskID, start: Int = 100, end: Int = 150) -> UplinkGrant {
    UplinkGrant(
      task: task, frame: 1, batch: 7, worker: 2, bandwidth: Hertz(1e6), rate: BitRate(1.6e6),
      uploadStart: .milliseconds(start), uploadEnd: .milliseconds(end), exit: 2)
  }
  private func answer(_ task: TaskID, exit: Int = 2) -> Device.Inbound {
    .result(.answer(TaskAnswer(task: task, exit: exit, predicted: 4, confidence: 0.8), batch: 7))
  }
  /// A device whose first task is offered.
  private func offering() -> Device {
    var device = device()
    _ = device.hear(.started, at: .start)
    _ = device.hear(.fired(.arrival, planned: .milliseconds(10)), at: .milliseconds(10))
    _ = device.hear(.featureReady(task, nil, took: .milliseconds(1)), at: .milliseconds(11))
    return device
  }
  private func chunks(_ effects: Effects<Device>) -> [FeatureChunk] {
    effects.outbound.compactMap { message in
      if case .chunk(let chunk, _) = message { chunk } else { nil }
    }
  }
  private func nextChunk(_ effects: Effects<Device>) -> (index: Int, at: Instant)? {
    for case (.chunk(_, let index), let at) in effects.timers { return (index, at) }
    return nil
  }

  // MARK: A task's way

  @Test func tasksAreNumberedFromZeroAndKeepTheirInstants() {
    var device = device(3)
    var effects = device.hear(.started, at: .start)
    for number in 0..<3 {
      let planned = Instant.milliseconds(10 * (number + 1))
      #expect(effects.timers.contains { $0.timer == .arrival && $0.at == planned })
      // Late by 3 ms: the task is generated when it was planned.
      effects = device.hear(.fired(.arrival, planned: planned), at: planned + .milliseconds(3))
      guard case .computeFeature(let id, let sample)? = effects.outbound.first else { return #expect(Bool(false)) }
      #expect(id == TaskID(device: 3, number: number))
      #expect((0..<3).contains(sample))
      let ready = device.hear(.featureReady(id, nil, took: .milliseconds(1)), at: planned + .milliseconds(4))
      guard case .uplink(.offer(let offer))? = ready.outbound.first else { return #expect(Bool(false)) }
      #expect(offer.generated == planned && offer.deadline == planned + .milliseconds(200))
      #expect(offer.feature == .bytes(Self.bytes) && offer.entry == 1 && offer.requiredAccuracy == 0.9)
    }
    #expect(!effects.timers.contains { $0.timer == .arrival })
  }

  @Test func uploadLeavesInChunksAndTheAnswerEndsTheTask() {
    var device = offering()
    let granted = device.hear(.downlink(.grant(grant(for: task))), at: .milliseconds(90))
    #expect(granted.records == [.grantReceived(task, frame: 1)])
    #expect(granted.timers.map(\.at) == [.milliseconds(100)])
    let started = device.hear(.fired(.uploadStarts(task), planned: .milliseconds(100)), at: .milliseconds(100))
    #expect(started.records == [.uploadStarted(task, planned: .milliseconds(100))])
    var sent: [FeatureChunk] = []
    var (effects, instants) = (started, [Instant]())
    while let (index, at) = nextChunk(effects) {
      effects = device.hear(.fired(.chunk(task, index), planned: at), at: at)
      #expect(chunks(effects).count == 1)
      sent += chunks(effects)
      instants.append(at)
    }
    #expect(sent.map(\.offset) == Array(stride(from: 0, to: Self.bytes, by: 1024)))
    #expect(sent.reduce(0) { $0 + $1.payload.count } == Self.bytes)
    #expect(sent.allSatisfy { $0.total == Self.bytes && $0.batch == 7 && $0.task == task })
    #expect(instants.last == .milliseconds(150))
    #expect(
      effects.records == [
        .uploadEnded(task, planned: .milliseconds(150), bytes: Self.bytes, chunkBytes: 1024, sent: instants)
      ])
    let end = device.hear(answer(task), at: .milliseconds(180))
    // 3 W for 1 ms and 2 W for 50 ms.
    guard case .taskEnded(task, let ending)? = end.records.first else { return #expect(Bool(false)) }
    #expect(ending.outcome == .completed && abs(ending.energy.value - 0.103) < 1e-12)
    guard case .uplink(.settled(task, .completed))? = end.outbound.first else { return #expect(Bool(false)) }
  }

  @Test func aLateUploadCatchesUp() {
    var device = offering()
    _ = device.hear(.downlink(.grant(grant(for: task))), at: .milliseconds(90))
    // The loop was away from 100 to 126 ms: five chunks are due, at 105.12, 110.24 … 125.6 ms.
    let started = device.hear(.fired(.uploadStarts(task), planned: .milliseconds(100)), at: .milliseconds(126))
    guard let first = nextChunk(started) else { return #expect(Bool(false)) }
    #expect(first.at < .milliseconds(126))
    let caughtUp = device.hear(.fired(.chunk(task, 0), planned: first.at), at: .milliseconds(126))
    #expect(chunks(caughtUp).map(\.offset) == [0, 1024, 2048, 3072, 4096])
    guard let next = nextChunk(caughtUp) else { return #expect(Bool(false)) }
    #expect(next.index == 5 && next.at == .start + .microseconds(130_720))
    // And from there to beyond the end: the rest at once, and one record.
    let rest = device.hear(.fired(.chunk(task, 5), planned: next.at), at: .milliseconds(400))
    #expect(chunks(rest).count == 5 && nextChunk(rest) == nil)
    guard case .uploadEnded(_, _, _, _, let sent)? = rest.records.first else { return #expect(Bool(false)) }
    #expect(sent == Array(repeating: .milliseconds(126), count: 5) + Array(repeating: .milliseconds(400), count: 5))
  }

  @Test func theDeadlineItselfIsInTime() {
    for (now, outcome) in [
      (Instant.milliseconds(210), Outcome.completed), (.milliseconds(210) + .nanoseconds(1), .late),
    ] {
      var device = offering()
      _ = device.hear(.downlink(.grant(grant(for: task))), at: .milliseconds(90))
      #expect(device.hear(answer(task), at: now).ends == [task: outcome])
    }
  }

  // MARK: What can go wrong

  @Test func grantsThatNoTaskWaitsForAreRejected() {
    var device = offering()
    let unknown = TaskID(device: 0, number: 9)
    #expect(device.hear(.downlink(.grant(grant(for: unknown))), at: .milliseconds(80)).isOnlyRejection)
    let backwards = grant(for: task, start: 150, end: 149)
    #expect(device.hear(.downlink(.grant(backwards)), at: .milliseconds(80)).isOnlyRejection)
    #expect(device.hear(.downlink(.grant(grant(for: task))), at: .milliseconds(80)).rejections == [])
    #expect(device.hear(.downlink(.grant(grant(for: task))), at: .milliseconds(81)).isOnlyRejection)
    _ = device.hear(answer(task), at: .milliseconds(160))
    #expect(device.hear(.downlink(.grant(grant(for: task))), at: .milliseconds(170)).isOnlyRejection)
  }

  @Test func aGrantBeforeTheOfferIsRejected() {
    var device = offering()
    _ = device.hear(.fired(.arrival, planned: .milliseconds(20)), at: .milliseconds(20))
    let second = TaskID(device: 0, number: 1)
    #expect(device.hear(.downlink(.grant(grant(for: second))), at: .milliseconds(21)).isOnlyRejection)
  }

  @Test func aTaskEndsOnce() {
    let ends: [(Device.Inbound, Outcome)] = [
      (answer(task), .completed), (.downlink(.refused(task, .bandwidth)), .refused),
      (.result(.dropped(task, .expired, reason: "not in")), .expired),
      (.result(.dropped(task, .lost, reason: "engine")), .lost),
    ]
    for (first, outcome) in ends {
      for (second, _) in ends {
        var device = offering()
        #expect(device.hear(first, at: .milliseconds(100)).ends == [task: outcome])
        #expect(device.hear(second, at: .milliseconds(110)).isOnlyRejection)
        let patience = device.hear(.fired(.patienceEnds(task), planned: .milliseconds(1210)), at: .milliseconds(1210))
        #expect(patience.records.isEmpty && patience.outbound.isEmpty)
      }
    }
  }

  @Test func anUploadStopsWhenItsTaskEnds() {
    var device = offering()
    _ = device.hear(.downlink(.grant(grant(for: task))), at: .milliseconds(90))
    let started = device.hear(.fired(.uploadStarts(task), planned: .milliseconds(100)), at: .milliseconds(100))
    _ = device.hear(.result(.dropped(task, .expired, reason: "not in")), at: .milliseconds(101))
    guard let (index, at) = nextChunk(started) else { return #expect(Bool(false)) }
    let chunk = device.hear(.fired(.chunk(task, index), planned: at), at: at)
    #expect(chunk.outbound.isEmpty && chunk.timers.isEmpty && chunk.records.isEmpty)
  }

  @Test func patienceEndsWhatNobodyAnswers() {
    var device = device()
    _ = device.hear(.started, at: .start)
    let arrived = device.hear(.fired(.arrival, planned: .milliseconds(10)), at: .milliseconds(10))
    #expect(arrived.timers.contains { $0.timer == .patienceEnds(task) && $0.at == .milliseconds(1210) })
    _ = device.hear(.featureReady(task, nil, took: .zero), at: .milliseconds(11))
    let end = device.hear(.fired(.patienceEnds(task), planned: .milliseconds(1210)), at: .milliseconds(1210))
    #expect(end.ends == [task: .lost])
  }

  /// Every task ever generated is recorded, also where the stem is so slow that patience ends first.
  @Test func aTaskThatEndsBeforeItsFeatureIsReadyIsRecorded() {
    var device = device()
    _ = device.hear(.started, at: .start)
    _ = device.hear(.fired(.arrival, planned: .milliseconds(10)), at: .milliseconds(10))
    let end = device.hear(.fired(.patienceEnds(task), planned: .milliseconds(1210)), at: .milliseconds(1210))
    guard case .taskOffered(let offer, _, _, _, _)? = end.records.first else { return #expect(Bool(false)) }
    #expect(offer.id == task && end.records.count == 2 && end.ends == [task: .lost])
    let late = device.hear(.featureReady(task, nil, took: .seconds(2)), at: .milliseconds(2010))
    #expect(late.records.isEmpty && late.outbound.isEmpty)
  }

  @Test func stopConcludesEverythingOnce() {
    var device = offering()
    _ = device.hear(.downlink(.grant(grant(for: task))), at: .milliseconds(15))
    for number in 1...2 {
      let planned = Instant.milliseconds(10 + 10 * number)
      _ = device.hear(.fired(.arrival, planned: planned), at: planned)
    }
    let stopped = device.hear(.stopped(cause: "somebody asked"), at: .milliseconds(40))
    let offered = stopped.records.compactMap { record in
      if case .taskOffered(let task, _, _, _, _) = record { task.id.number } else { nil }
    }
    // The first was offered before.
    #expect(offered == [1, 2])
    #expect(stopped.records.count == 5 && stopped.ends.count == 3 && stopped.ends.values.allSatisfy { $0 == .lost })
    #expect(stopped.isFinished)
  }

  @Test func aDeviceIsFinishedWhenItsLastTaskHasEnded() {
    var device = device(arrivals: [10])
    #expect(!device.hear(.started, at: .start).isFinished)
    #expect(!device.hear(.fired(.arrival, planned: .milliseconds(10)), at: .milliseconds(10)).isFinished)
    #expect(!device.hear(.featureReady(task, nil, took: .zero), at: .milliseconds(10)).isFinished)
    #expect(device.hear(.downlink(.refused(task, .deadline)), at: .milliseconds(90)).isFinished)
    var idle = self.device(arrivals: [])
    #expect(idle.hear(.started, at: .start).isFinished)
  }

  // MARK: Many in one process

  @Test func anEmulatorPassesEventsToTheDeviceTheyName() {
    var emulator = DeviceEmulator([device(2, arrivals: [10]), device(5, arrivals: [20])])
    let started = emulator.hear(.started, at: .start)
    #expect(started.timers.map(\.at) == [.milliseconds(10), .milliseconds(20)])
    let second = emulator.hear(.fired(started.timers[1].timer, planned: .milliseconds(20)), at: .milliseconds(20))
    guard case .computeFeature(let task, _)? = second.outbound.first else { return #expect(Bool(false)) }
    #expect(task == TaskID(device: 5, number: 0))
    let stranger = TaskID(device: 3, number: 0)
    #expect(emulator.hear(.downlink(.refused(stranger, .deadline)), at: .milliseconds(30)).isOnlyRejection)
    let refused = emulator.hear(.downlink(.refused(task, .deadline)), at: .milliseconds(30))
    #expect(refused.ends == [task: .refused] && !refused.isFinished)
    #expect(emulator.hear(.stopped(cause: "enough"), at: .milliseconds(31)).isFinished)
  }
}
