import EdgeModel
import EdgeSimulation
import Nodes
import Testing
import TraceAnalysis
import TraceLog
import Units

/// One fault at a time, to the nanosecond.
struct FaultCaseTests {
  private let latency = FaultBench.latency
  private func first(_ run: Run) throws -> RunDescription.Fault { try #require(run.description.faults.first) }

  /// The first look at which nothing was heard for longer than the patience.
  private func look(after heard: Instant) -> Instant {
    var look = Instant.start
    while look - heard <= PeerLiveness.patience { look = look + PeerLiveness.beat }
    return look
  }
  /// When the base station heard a worker last, before it was killed at an instant of the beats' grid.
  private func lastHeard(_ worker: WorkerID, killed: Instant, in run: Run) -> Instant {
    let reports = run.records(of: "base-station").filter { entry in
      if case .batchReported(_, worker, _) = entry.record { entry.at <= killed + latency } else { false }
    }
    return max(killed - PeerLiveness.beat + latency, reports.map(\.at).max() ?? .start)
  }

  // MARK: Nodes that go

  @Test func aKilledWorkersWorkGoesToTheOther() throws {
    let (run, verdict) = try FaultBench(PlannedFault(.kill(node: "w0"), at: .seconds(1))).run()
    let (fault, noticed) = (try first(run), look(after: lastHeard(0, killed: .seconds(1), in: run)))
    #expect(fault.effect == .seconds(1) && fault.noticed == noticed && fault.noticedBy == "base-station")
    #expect(verdict.reasons == [])
    #expect(run.completed(by: 0, from: .start, to: .seconds(1)) > 20)
    #expect(run.completed(by: 0, from: .seconds(1), to: .seconds(7)) == 0)
    let grants = run.journeys.compactMap(\.grant)
    #expect(grants.contains { $0.value.grant.worker == 0 && $0.instant > .seconds(1) && $0.instant < noticed })
    #expect(!grants.contains { $0.value.grant.worker == 0 && $0.instant >= noticed })
    // All that arrive from then on, the other answers.
    let later = run.journeys.filter { $0.offer.map { $0.instant >= noticed } ?? false }
    #expect(later.count > 200 && later.allSatisfy { $0.outcome == .completed })
    let lost = run.journeys.filter { $0.outcome == .lost }
    #expect(lost.count > 50 && lost.allSatisfy { $0.cause == "no answer from worker 0, w0 died" })
    #expect(run.records(of: "w0").allSatisfy { $0.at <= .seconds(1) })
  }

  @Test func aStoppedWorkerSaysGoodbye() throws {
    let (run, verdict) = try FaultBench(PlannedFault(.stop(node: "w1"), at: .seconds(1))).run()
    let fault = try first(run)
    #expect(fault.effect == .seconds(1) && fault.noticed == .seconds(1) + latency)
    #expect(verdict.reasons == [])
    #expect(run.records(of: "w1").contains { $0.at == .seconds(1) && $0.record == .stopped(cause: "SIGTERM") })
    #expect(
      run.records(of: "base-station").contains { $0.record == .peerLost(node: "w1", cause: "goodbye") })
  }

  @Test func aStoppedEmulatorConcludesItsTasks() throws {
    let (run, verdict) = try FaultBench(PlannedFault(.stop(node: "devices-0"), at: .seconds(2))).run()
    #expect(try first(run).noticed == .seconds(2) + latency && verdict.reasons == [])
    let own = run.journeys.filter { $0.id.device.number < 3 }
    #expect(
      own.filter { $0.cause == "SIGTERM" }.count > 3 && own.allSatisfy { $0.ending?.instant ?? .start <= .seconds(2) })
    #expect(run.journeys.contains { $0.id.device.number >= 3 && $0.ending?.instant ?? .start > .seconds(5) })
  }

  @Test func withoutItsBaseStationEverybodyEnds() throws {
    let (run, verdict) = try FaultBench(PlannedFault(.kill(node: "base-station"), at: .seconds(1))).run()
    let fault = try first(run)
    #expect(verdict.reasons == [] && fault.effect == .seconds(1))
    for node in ["w0", "w1", "devices-0", "devices-1"] {
      let records = run.records(of: node)
      let lost = try #require(records.first { $0.record == .peerLost(node: "base-station", cause: "silent") })
      #expect(records.contains { $0.at == lost.at && $0.record == .stopped(cause: "base-station fell silent") })
      // The last word was a beat or a grant or plan of the last frame before.
      #expect(lost.at == .seconds(3) || lost.at == .seconds(3.25))
    }
    #expect(run.journeys.contains { $0.cause == "base-station fell silent" })
    #expect(run.journeys.allSatisfy { $0.ending?.instant ?? .start <= .seconds(3.25) })
  }

  @Test func aStoppedBaseStationTakesEverybodyAlong() throws {
    let (run, verdict) = try FaultBench(PlannedFault(.stop(node: "base-station"), at: .seconds(1))).run()
    #expect(verdict.reasons == [])
    for node in ["w0", "w1", "devices-0", "devices-1"] {
      #expect(
        run.records(of: node).contains { $0.at == .seconds(1) + latency && $0.record == .stopped(cause: "SIGTERM") })
    }
    #expect(run.journeys.allSatisfy { $0.ending?.instant ?? .start <= .seconds(1) + latency })
  }

  @Test func whenAllDevicesAreGoneTheRunEnds() throws {
    let (run, verdict) = try FaultBench(
      PlannedFault(.kill(node: "devices-0"), at: .seconds(1)), PlannedFault(.kill(node: "devices-1"), at: .seconds(1.5))
    ).run()
    #expect(verdict.reasons == [])
    let causes = Set(run.journeys.filter { $0.outcome == .lost }.map(\.cause))
    #expect(causes == ["devices-0 died", "devices-1 died"])
    let end = try #require(run.records(of: "base-station").last)
    #expect(end.at == .seconds(3.5) || end.at == .seconds(3.75))
  }

  // MARK: Nodes that stand still

  @Test func aShortPauseIsOnlyLate() throws {
    let (run, verdict) = try FaultBench(
      PlannedFault(.pause(node: "w0", for: .milliseconds(500)), at: .seconds(1))
    ).run()
    let fault = try first(run)
    #expect(verdict.reasons == [] && fault.effect == .seconds(1) && fault.noticed == nil)
    let records = run.records(of: "w0")
    #expect(!records.contains { .seconds(1) <= $0.at && $0.at < .seconds(1.5) })
    #expect(records.count { $0.at == .seconds(1.5) } > 10)
    let lateness = records.compactMap { entry in
      if case .loopStatistics(let statistics) = entry.record { statistics.latenessMax } else { nil }
    }
    #expect(lateness.count == 1 && lateness[0] > .milliseconds(400) && lateness[0] <= .milliseconds(500))
    #expect(verdict.notes.contains { $0.contains("upload errors around planned faults") })
    #expect(run.completed(by: 0, from: .seconds(2), to: .seconds(5)) > 50)
  }

  @Test func aLongPauseIsNoticedAndForgiven() throws {
    let (run, verdict) = try FaultBench(PlannedFault(.pause(node: "w0", for: .seconds(3)), at: .seconds(1))).run()
    #expect(verdict.reasons == [])
    #expect(try first(run).noticed == look(after: lastHeard(0, killed: .seconds(1), in: run)))
    let returned = run.records(of: "base-station").filter { $0.record == .peerReturned(node: "w0") }
    #expect(returned.map(\.at) == [Instant.seconds(4) + latency])
    #expect(run.completed(by: 0, from: .seconds(4.2), to: .seconds(6)) > 30)
  }

  // MARK: Nodes that come back

  @Test func aRestartedEmulatorKeepsItsNumbers() throws {
    let (whole, _) = try FaultBench().run()
    let (run, verdict) = try FaultBench(
      PlannedFault(.restart(node: "devices-1", after: .seconds(1)), at: .seconds(2))
    ).run()
    #expect(verdict.reasons == [])
    #expect(
      run.records(of: "base-station").contains {
        $0.at == .seconds(3) + latency && $0.record == .peerLost(node: "devices-1", cause: "started again")
      })
    let generated = { (run: Run) in
      run.journeys.compactMap { journey in
        journey.offer.map { "\(journey.id.device.number)/\(journey.id.number) at \($0.value.task.generated)" }
      }
    }
    // The same tasks as if nothing had happened, without those that arrived while the emulator was gone.
    let missing = Set(generated(whole)).subtracting(generated(run))
    #expect(Set(generated(run)).isSubset(of: generated(whole)) && missing.count == 3 * 20)
    #expect(run.records(of: "devices-1", part: 2).first?.at == .seconds(3))
    #expect(run.journeys.contains { $0.cause == "devices-1 died" })
    #expect(run.journeys.filter { $0.id.device == 5 && $0.id.number > 70 }.allSatisfy { $0.outcome == .completed })
  }

  @Test func theLoneWorkerComesBack() throws {
    let (run, verdict) = try FaultBench(
      PlannedFault(.restart(node: "w0", after: .seconds(2.5)), at: .seconds(1)), workers: 1
    ).run()
    #expect(verdict.reasons == [])
    #expect(run.completed(by: 0, from: .start, to: .seconds(0.8)) > 30)
    #expect(run.completed(by: 0, from: .seconds(1), to: .seconds(3.5)) == 0)
    #expect(run.completed(by: 0, from: .seconds(3.5), to: .seconds(6)) > 100)
    // Between the notice and the return there is nobody to be granted to.
    #expect(run.journeys.contains { $0.refusal?.value == .workerBusy })
  }

  // MARK: Steps

  @Test func theBandwidthHalvesFromTheRightFrame() throws {
    let (run, verdict) = try FaultBench(
      PlannedFault(.bandwidth(factor: 0.5), at: .seconds(2.95), for: .seconds(1))
    ).run()
    let fault = try first(run)
    #expect(verdict.reasons == [])
    #expect(fault.effect == .seconds(3) && fault.noticed == .seconds(3) && fault.noticedBy == "base-station")
    for frame in run.frames {
      guard let summary = frame.summary?.value else { continue }
      #expect(summary.bandwidth.value == ((30..<40).contains(frame.frame.number) ? 1e7 : 2e7))
      #expect(summary.bandwidthGranted.value <= summary.bandwidth.value * (1 + 1e-9))
    }
    // An audit that did not know of the step would not see grants of more than half.
    var unaware = run.description
    unaware.bandwidth = Hertz(1e7)
    unaware.faults = []
    #expect(TraceAudit(Run(description: unaware, traces: run.traces)).violations.contains { $0.kind == .bandwidth })
  }

  @Test func theEngineSlowsDownByItsFactor() throws {
    let (run, verdict) = try FaultBench(
      PlannedFault(.engine(worker: "w0", factor: 0.4), at: .seconds(2), for: .seconds(1)), workers: 1
    ).run()
    #expect(verdict.reasons == [])
    var slow = 0
    for batch in run.batches {
      guard let start = batch.start?.instant else { continue }
      let isSlow = .seconds(2) <= start && start < .seconds(3)
      slow += isSlow ? 1 : 0
      for block in batch.blocks.map(\.value) {
        let held = Double((block.end - block.start).inNanoseconds)
        let expected = Double(block.expected.inNanoseconds)
        #expect(abs(held - (isSlow ? expected / 0.4 : expected)) <= 1)
      }
    }
    #expect(slow > 5)
    let fault = try first(run)
    let firstSlow = run.batches.compactMap { $0.start?.instant }.filter { $0 >= .seconds(2) }.min()
    #expect(fault.effect == firstSlow && fault.noticedBy == "w0")
  }

  // MARK: Links

  @Test func whatIsLostNeverArrives() throws {
    let (run, verdict) = try FaultBench(
      PlannedFault(.loss(.deviceWorker, share: 1), at: .seconds(2), for: .seconds(1))
    ).run()
    #expect(verdict.reasons == [])
    for journey in run.journeys {
      guard let upload = journey.upload, let last = upload.value.sent.last else { continue }
      if .seconds(2) <= last, last < .seconds(3) {
        #expect(journey.receipt == nil && [.expired, .lost].contains(journey.outcome))
      }
      if last < .seconds(1.9) || last >= .seconds(3.1) { #expect(journey.outcome == .completed) }
    }
    #expect(run.journeys.count { $0.outcome == .expired || $0.outcome == .lost } > 50)
  }

  @Test func aDelayIsAddedToEachMessage() throws {
    let delay = Duration.milliseconds(7)
    let (run, verdict) = try FaultBench(
      PlannedFault(.delay(.deviceStation, by: delay), at: .seconds(2), for: .seconds(1))
    ).run()
    #expect(verdict.reasons == [])
    var received: [TaskID: Instant] = [:]
    for (at, record) in run.records(of: "devices-0") {
      if case .grantReceived(let task, _) = record { received[task] = at }
    }
    var delayed = 0
    for journey in run.journeys {
      guard let grant = journey.grant, let arrival = received[journey.id] else { continue }
      let isDelayed = .seconds(2) <= grant.instant && grant.instant < .seconds(3)
      delayed += isDelayed ? 1 : 0
      #expect(arrival == grant.instant + latency + (isDelayed ? delay : .zero))
    }
    #expect(delayed > 20)
  }

  // MARK: Clocks

  /// A jump ahead is measured to the microsecond, and the run is as good as any.
  @Test func theFitFollowsAClockThatJumps() throws {
    let (run, verdict) = try FaultBench(
      PlannedFault(.clock(node: "w0", step: .milliseconds(3)), at: .seconds(3)),
      PlannedFault(.clock(node: "devices-1", step: .milliseconds(4)), at: .seconds(2))
    ).run()
    #expect(verdict.reasons == [])
    for (node, step) in [("w0", -3e6), ("devices-1", -4e6)] {
      let fit = try #require(run.description.clocks.first { $0.node == node }?.fit)
      #expect(fit.method == .probes && abs(fit.offset) < 1000 && fit.steps.count == 1)
      #expect(abs(try #require(fit.steps.first).offset - step) < 1000)
      #expect(try #require(fit.bound) < .milliseconds(1))
    }
    // Its uploads begin early by as much, as its own clock has it.
    let early = run.journeys.compactMap { journey -> Duration? in
      guard journey.id.device.number >= 3, let start = journey.uploadStart, start.value > .seconds(2.2) else {
        return nil
      }
      return start.instant - (journey.grant?.value.grant.uploadStart ?? .start)
    }
    #expect(early.count > 100 && early.allSatisfy { $0 < .milliseconds(-3.9) && $0 > .milliseconds(-4.1) })
  }

  /// A clock that is set back stands still, and the verdict says how little is known of its times then.
  @Test func aClockSetBackIsSaidToBeUncertain() throws {
    let (run, verdict) = try FaultBench(
      PlannedFault(.clock(node: "w0", step: .milliseconds(-3)), at: .seconds(3))
    ).run()
    #expect(verdict.reasons.count == 1 && verdict.reasons[0].hasPrefix("clock of w0: bound is 3."))
    #expect(TraceAudit(run).violations == [])
  }
}

extension Duration {
  fileprivate static func seconds(_ seconds: Double) -> Duration { .nanoseconds(Int64((seconds * 1e9).rounded())) }
  fileprivate static func milliseconds(_ milliseconds: Double) -> Duration { .seconds(milliseconds / 1e3) }
}
