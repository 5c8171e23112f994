import EdgeModel
import Foundation
import PlainJSON
import Testing
import TraceLog

@testable import TraceAnalysis

struct TimelineTests {
  private struct Slice {
    var start: Double
    var end: Double
  }

  @Test(arguments: 0..<8)
  func flowsPairUpAndSlicesNest(seed: Int) throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let run = SyntheticRun(seed: UInt64(seed)).run
    let url = URL(filePath: temporary.path).appending(path: "timeline.perfetto.json")
    try Timeline(run).write(to: url)
    let events = try #require(try JSON(utf8: temporary.read("timeline.perfetto.json"))["traceEvents"]?.array)
    let processes = events.filter { $0["name"]?.string == "process_name" }.compactMap { $0["args"]?["name"]?.string }
    #expect(processes == ["base-station", "worker-0", "worker-1", "device-0", "device-1"])
    let slices = try slicesPerTrack(events)
    for (_, slices) in slices { expectNesting(slices) }
    // The UI takes such a row for a main thread, and puts it above all others.
    let mainThreads = events.filter { $0["name"]?.string == "thread_name" && $0["pid"]?.integer == $0["tid"]?.integer }
    #expect(mainThreads.isEmpty)
    try expectFlows(events, slices, granted: run.journeys.count { $0.uploadStart != nil })
  }

  /// On a loaded engine answers leave together with those of later blocks, or when the next batch has begun: rows nest all
  /// the same.
  @Test(arguments: 0..<8, [5, 500_000])
  func answersMayLeaveLate(seed: Int, microseconds: Int) throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    var run = SyntheticRun(seed: UInt64(seed)).run
    var moved = 0
    for batch in run.batches {
      guard let end = batch.blocks.last?.value.end else { continue }
      for (number, index) in batch.exits.enumerated() {
        moved += run.journeys[index].exit.map { $0.instant < end } == true ? 1 : 0
        run.journeys[index].exit?.instant = end + .microseconds(microseconds + number)
      }
    }
    #expect(moved > 0)
    try Timeline(run).write(to: URL(filePath: temporary.path).appending(path: "timeline.perfetto.json"))
    let events = try #require(try JSON(utf8: temporary.read("timeline.perfetto.json"))["traceEvents"]?.array)
    let slices = try slicesPerTrack(events.filter { $0["cat"]?.string == "exit" })
    #expect(!slices.isEmpty)
    for (_, slices) in slices { expectNesting(slices) }
  }

  /// Faults of every kind at random instants, several of a node's at a time: each is there once, those on one row never
  /// overlap, and whoever noticed later has a mark.
  @Test(arguments: 0..<40)
  func faultsNestAndSayWhoNoticed(seed: Int) throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    var run = SyntheticRun(seed: 1).run
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "faults on a timeline")
    let nodes = ["base-station", "worker-0", "worker-1", "device-0"]
    let faults = (0..<Int.random(in: 1...12, using: &random)).map { _ in randomFault(nodes, &random) }
    run.description.faults = faults
    try Timeline(run).write(to: URL(filePath: temporary.path).appending(path: "timeline.perfetto.json"))
    let all = try #require(try JSON(utf8: temporary.read("timeline.perfetto.json"))["traceEvents"]?.array)
    let events = all.filter { $0["cat"]?.string == "fault" }
    for (_, slices) in try slicesPerTrack(events) {
      let sorted = slices.sorted { $0.start < $1.start }
      for (first, second) in zip(sorted, sorted.dropFirst()) { #expect(first.end <= second.start + 1e-6) }
    }
    let drawn = faults.filter { $0.effect != nil }
    let (notices, marks) = (events.filter(isNotice), events.filter { !isNotice($0) })
    #expect(marks.compactMap { $0["name"]?.string }.sorted() == drawn.map(\.plan.description).sorted())
    let later = drawn.filter { fault in fault.noticed.map { $0 > fault.effect ?? .start } ?? false }
    #expect(notices.count == later.count)
    for fault in drawn {
      let own = marks.filter { $0["args"]?["planned_ns"]?.integer == Int(fault.plan.at.nanoseconds) }
      #expect(own.contains { $0["args"]?["noticed_by"]?.string == fault.noticedBy })
      let start = Double(fault.effect?.nanoseconds ?? 0) / 1e3
      #expect(own.contains { abs(($0["ts"]?.double ?? -1) - start) < 1e-3 })
    }
  }

  private func isNotice(_ event: JSON) -> Bool { event["name"]?.string?.hasPrefix("noticed by ") ?? false }

  private func randomFault(_ nodes: [String], _ random: inout RandomStream) -> RunDescription.Fault {
    let node = nodes[Int.random(in: 0..<4, using: &random)]
    let time = Duration.milliseconds(Int.random(in: 1...2000, using: &random))
    let kinds: [PlannedFault.Kind] = [
      .kill(node: node), .stop(node: node), .pause(node: node, for: time), .restart(node: node, after: time),
      .bandwidth(factor: 0.5), .engine(worker: nodes[1], factor: 0.5), .loss(.deviceWorker, share: 0.1),
      .delay(.stationWorker, by: time), .clock(node: node, step: time),
    ]
    let at = Instant(seconds: 2 * random.uniform())
    let lasts = random.uniform() < 0.5 ? Duration.milliseconds(Int.random(in: 1...900, using: &random)) : nil
    let plan = PlannedFault(kinds[Int.random(in: 0..<9, using: &random)], at: at, for: lasts)
    guard random.uniform() < 0.9 else { return RunDescription.Fault(plan) }
    let effect = at + .microseconds(Int.random(in: 0...5000, using: &random))
    let isNoticed = random.uniform() < 0.6
    return RunDescription.Fault(
      plan, effect: effect, noticed: isNoticed ? effect + .milliseconds(Int.random(in: 0...2500, using: &random)) : nil,
      noticedBy: isNoticed ? "base-station" : nil)
  }

  private func track(_ event: JSON) -> String { "\(event["pid"]?.integer ?? -1)/\(event["tid"]?.integer ?? -1)" }

  private func slicesPerTrack(_ events: [JSON]) throws -> [String: [Slice]] {
    var slices: [String: [Slice]] = [:]
    for event in events where event["ph"]?.string == "X" {
      let start = try #require(event["ts"]?.double)
      let length = try #require(event["dur"]?.double)
      #expect(length >= 0)
      slices[track(event), default: []].append(Slice(start: start, end: start + length))
    }
    return slices
  }

  /// Perfetto draws a row's slices as a stack: each must lie within the one below, or beside it.
  private func expectNesting(_ slices: [Slice]) {
    var open: [Slice] = []
    for slice in slices.sorted(by: { ($0.start, -$0.end) < ($1.start, -$1.end) }) {
      while let last = open.last, last.end <= slice.start + 1e-6 { open.removeLast() }
      if let last = open.last { #expect(slice.end <= last.end + 1e-3) }
      open.append(slice)
    }
  }

  private func expectFlows(_ events: [JSON], _ slices: [String: [Slice]], granted: Int) throws {
    var flows: [Int: [JSON]] = [:]
    for event in events where ["s", "t", "f"].contains(event["ph"]?.string ?? "") {
      flows[try #require(event["id"]?.integer), default: []].append(event)
    }
    #expect(flows.count == granted)
    for (_, points) in flows {
      let phases = points.compactMap { $0["ph"]?.string }
      #expect(phases.first == "s" && phases.last == "f")
      #expect(phases.dropFirst().dropLast().allSatisfy { $0 == "t" })
      let times = points.compactMap { $0["ts"]?.double }
      #expect(times == times.sorted())
      for point in points {
        let time = try #require(point["ts"]?.double)
        let isBound = (slices[track(point)] ?? []).contains { $0.start <= time && time <= $0.end }
        #expect(isBound, "a flow's point must lie on a slice")
      }
    }
  }

  @Test func lanesNeverOverlap() {
    var lanes = TrackLanes()
    func at(_ value: Int64) -> Instant { Instant(nanoseconds: value) }
    #expect(lanes.lane(from: at(0), to: at(10)) == 0)
    #expect(lanes.lane(from: at(5), to: at(8)) == 1)
    #expect(lanes.lane(from: at(8), to: at(20)) == 1)
    #expect(lanes.lane(from: at(10), to: at(20)) == 0)
  }
}
