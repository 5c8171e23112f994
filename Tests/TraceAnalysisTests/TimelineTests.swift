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
