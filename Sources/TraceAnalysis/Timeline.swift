import EdgeModel
public import Foundation
import TraceLog
import Units

/// A run as the Perfetto UI shows it: nodes as processes; frames, allocations, tasks with their uploads and results,
/// batches and blocks (named block × batch size) as slices; one flow per granted task from its offer through upload,
/// blocks and exit to its result.
public struct Timeline: Sendable {
  private let run: Run
  public init(_ run: Run) { self.run = run }

  /// Writes `timeline.perfetto.json` to `url`. O(records log records) time, one MB of memory besides the run.
  public func write(to url: URL) throws(RunError) {
    var drawing = TimelineDrawing(run, try ChromeTraceWriter(url))
    try drawing.draw()
  }
}

/// The drawing of one timeline.
private struct TimelineDrawing {
  private typealias Track = ChromeTraceWriter.Track
  /// A flow's point: on a slice of `track`.
  private struct Point {
    var track: Track
    var instant: Instant
  }
  private static let rowsPerDevice = 64

  private let run: Run
  private var writer: ChromeTraceWriter
  private var named: Set<Track> = []
  /// Rows are numbered behind the processes: the UI takes a row with its process's number for a main thread, and puts it
  /// above all others.
  private let firstThread: Int
  /// Each journey's points, in the order in which they are drawn.
  private var points: [[Point]]

  init(_ run: Run, _ writer: ChromeTraceWriter) {
    self.run = run
    self.writer = writer
    points = Array(repeating: [], count: run.journeys.count)
    firstThread = 1 + run.traces.count
  }

  mutating func draw() throws(RunError) {
    var named: Set<Int> = []
    for index in run.traces.indices where named.insert(process(of: index)).inserted {
      try writer.nameProcess(process(of: index), run.traces[index].node)
    }
    try drawFaults()
    try drawFrames()
    try drawTasks()
    try drawBatches()
    try drawFlows()
    try writer.close()
  }

  /// The parts of a restarted node are one process.
  private func process(of trace: Int) -> Int {
    1 + (run.traces.firstIndex { $0.node == run.traces[trace].node } ?? trace)
  }
  /// A process's rows stand in the order of `thread`, which counts from 0.
  private mutating func track(_ process: Int, _ thread: Int, _ name: @autoclosure () -> String) throws(RunError)
    -> Track
  {
    let track = Track(process: process, thread: firstThread + thread)
    if named.insert(track).inserted { try writer.nameTrack(track, name()) }
    return track
  }

  // MARK: Faults

  /// Faults at their node, or at the base station where they are nobody's: a slice from effect to end, and a mark where
  /// somebody noticed it later. What goes on at one time has rows of its own, or the UI would draw one inside the other.
  private mutating func drawFaults() throws(RunError) {
    var lanes: [Int: TrackLanes] = [:]
    let faults = run.description.faults.filter { $0.effect != nil }
    for fault in faults.sorted(by: { ($0.effect ?? .start) < ($1.effect ?? .start) }) {
      guard let effect = fault.effect,
        let trace = run.traces.firstIndex(where: { $0.node == fault.plan.node ?? run.baseStation?.node })
      else { continue }
      let process = process(of: trace)
      let end = max(effect, fault.plan.end(before: run.description.faultsEnd))
      let last = max(end, fault.noticed ?? effect) + .nanoseconds(1)
      let lane = lanes[process, default: TrackLanes(most: Self.rowsPerDevice)].lane(from: effect, to: last)
      let track = try track(process, Self.faultRow + lane, lane == 0 ? "faults" : "faults, row \(lane + 1)")
      var arguments = "\"planned_ns\":\(fault.plan.at.nanoseconds)"
      if let noticed = fault.noticed { arguments += ",\"noticed_ns\":\(noticed.nanoseconds)" }
      if let by = fault.noticedBy { arguments += ",\"noticed_by\":\(ChromeTraceWriter.quoted(by))" }
      if end > effect {
        try writer.slice(fault.plan.description, "fault", on: track, from: effect, to: end, arguments: arguments)
      } else {
        try writer.mark(fault.plan.description, "fault", on: track, at: effect, arguments: arguments)
      }
      guard let noticed = fault.noticed, noticed > effect else { continue }
      try writer.mark(
        "noticed by \(fault.noticedBy ?? "somebody")", "fault", on: track, at: noticed,
        arguments: "\"after_ms\":\(text((noticed - effect).inMilliseconds))")
    }
  }
  /// Behind all devices' rows.
  private static let faultRow = 10_000 * rowsPerDevice

  // MARK: Base station

  private mutating func drawFrames() throws(RunError) {
    for frame in run.frames {
      if let edge = frame.edge {
        let track = try track(process(of: edge.place.trace), 0, "frames")
        let lateness = (edge.instant - edge.value).inMilliseconds
        try writer.slice(
          "frame \(frame.frame.number)", "frame", on: track, from: edge.value, to: edge.value + run.description.frame,
          arguments: "\"edge_lateness_ms\":\(text(lateness))")
      }
      if let summary = frame.summary {
        let track = try track(process(of: summary.place.trace), 1, "allocations")
        let value = summary.value
        try writer.slice(
          "allocate \(frame.frame.number)", "allocation", on: track, from: summary.instant - value.solve,
          to: summary.instant,
          arguments:
            "\"policy\":\(ChromeTraceWriter.quoted(value.policy)),\"offers\":\(value.offers),\"granted\":\(value.granted),"
            + "\"deferred\":\(value.deferred),\"refused\":\(value.refused),\"fallback\":\(value.fallback)")
      }
    }
  }

  // MARK: Devices

  /// One row per device, and more where it has several tasks at a time. A task's slice holds its stem, upload and result.
  private mutating func drawTasks() throws(RunError) {
    var lanes: [DeviceID: TrackLanes] = [:]
    let order = run.journeys.indices.filter { run.journeys[$0].offer != nil }.sorted { first, second in
      (generated(first), first) < (generated(second), second)
    }
    for index in order {
      let journey = run.journeys[index]
      guard let offer = journey.offer else { continue }
      let start = offer.value.task.generated
      let end = Self.end(of: journey, from: offer)
      let device = journey.id.device.number
      let lane = lanes[journey.id.device, default: TrackLanes(most: Self.rowsPerDevice)].lane(from: start, to: end)
      let track = try track(
        process(of: offer.place.trace), device * Self.rowsPerDevice + lane, Self.name(of: device, journey.group, lane))
      try draw(journey, index, on: track, from: start, to: end)
    }
  }
  private static func name(of device: Int, _ group: String, _ lane: Int) -> String {
    if lane > 0 { return "device \(device), row \(lane + 1)" }
    return group.isEmpty ? "device \(device)" : "device \(device), \(group)"
  }
  private func generated(_ index: Int) -> Instant { run.journeys[index].offer?.value.task.generated ?? .start }

  private static func end(of journey: TaskJourney, from offer: Placed<TaskJourney.Offer>) -> Instant {
    let known = [
      offer.instant, journey.ending?.instant, journey.uploadStart?.instant, journey.upload?.instant,
      journey.receipt?.instant, offer.value.task.generated + offer.value.stem,
    ]
    return known.compactMap { $0 }.max() ?? offer.instant
  }

  private mutating func draw(
    _ journey: TaskJourney, _ index: Int, on track: Track, from start: Instant, to end: Instant
  ) throws(RunError) {
    let id = "\(journey.id.device.number)/\(journey.id.number)"
    var arguments = "\"outcome\":\"\(journey.outcome.rawValue)\",\"group\":\(ChromeTraceWriter.quoted(journey.group))"
    if !journey.cause.isEmpty { arguments += ",\"cause\":\(ChromeTraceWriter.quoted(journey.cause))" }
    if let latency = journey.latency { arguments += ",\"latency_ms\":\(text(latency.inMilliseconds))" }
    if let exit = journey.answer?.exit { arguments += ",\"exit\":\(exit)" }
    try writer.slice(
      "task \(id) \(journey.outcome.rawValue)", "task", on: track, from: start, to: end, arguments: arguments)
    points[index].append(Point(track: track, instant: start))
    if let stem = journey.offer?.value.stem, stem > .zero {
      try writer.slice("stem", "stem", on: track, from: start, to: start + stem)
    }
    var inside = start + (journey.offer?.value.stem ?? .zero)
    if let upload = journey.uploadStart {
      let from = max(inside, upload.instant)
      let to = max(from, min(end, journey.receipt?.instant ?? journey.upload?.instant ?? end))
      var arguments = ""
      if let grant = journey.grant?.value.grant {
        arguments = "\"bandwidth_hz\":\(text(grant.bandwidth.value)),\"planned_end_ns\":\(grant.uploadEnd.nanoseconds)"
        if let receipt = journey.receipt {
          arguments += ",\"late_ms\":\(text((receipt.instant - grant.uploadEnd).inMilliseconds))"
        }
      }
      try writer.slice("upload \(id)", "upload", on: track, from: from, to: to, arguments: arguments)
      points[index].append(Point(track: track, instant: from))
      inside = to
    }
    guard journey.result != nil else { return }
    // The way back is drawn from the exit; its slice must not be empty, or no flow could end on it.
    let from = min(max(inside, journey.exit?.instant ?? inside), Instant(nanoseconds: end.nanoseconds - 1))
    try writer.slice("result \(id)", "result", on: track, from: max(from, start), to: end)
    points[index].append(Point(track: track, instant: max(from, start)))
  }

  // MARK: Workers

  private mutating func drawBatches() throws(RunError) {
    let following = followingBlockEnds()
    for batch in run.batches {
      guard let first = batch.blocks.first, let last = batch.blocks.last else {
        try markEmpty(batch)
        continue
      }
      let process = process(of: first.place.trace)
      let instance = first.value.instance
      let thread = 2 * instance
      let blocks = try track(process, thread, "instance \(instance)")
      let planned =
        batch.plannedStart.map { start in
          "\"planned_start_ns\":\(start.nanoseconds),\"late_ms\":\(text((first.value.start - start).inMilliseconds)),"
        } ?? ""
      try writer.slice(
        "batch \(batch.id.number)", "batch", on: blocks, from: first.value.start, to: last.value.end,
        arguments: "\(planned)\"missing\":\(batch.start?.value.missing.count ?? 0)")
      let missing = Set(batch.start?.value.missing ?? [])
      for block in batch.blocks {
        let run = block.value
        try writer.slice(
          "\(run.block) × \(run.size)", "block", on: blocks, from: run.start, to: run.end,
          arguments: "\"block\":\(run.block),\"size\":\(run.size),\"expected_ms\":\(text(run.expected.inMilliseconds)),"
            + "\"computed_ms\":\(text(run.computed.inMilliseconds))")
        addPoints(of: batch, at: run, on: blocks, missing)
        let leaving = batch.exits.filter { self.run.journeys[$0].exit?.value.answer.exit == run.block }
        let next = following[first.place.trace]?[instance]?[run.end]
        if !leaving.isEmpty { try drawExits(leaving, behind: run, until: next, thread + 1, process) }
      }
    }
  }

  /// By trace and instance: the end of each block that ran, and that of the next one there, of whichever batch.
  private func followingBlockEnds() -> [Int: [Int: [Instant: Instant]]] {
    var ends: [Int: [Int: [Instant]]] = [:]
    for block in run.batches.lazy.flatMap(\.blocks) {
      ends[block.place.trace, default: [:]][block.value.instance, default: []].append(block.value.end)
    }
    return ends.mapValues { instances in
      instances.mapValues { ends in
        let sorted = ends.sorted()
        return Dictionary(zip(sorted, sorted.dropFirst()), uniquingKeysWith: { $1 })
      }
    }
  }

  /// A batch that none came in time for ran no block, and is one of those that one looks for.
  private mutating func markEmpty(_ batch: BatchJourney) throws(RunError) {
    guard let start = batch.start else { return }
    let instance = start.value.instance
    try writer.mark(
      "batch \(batch.id.number): none in time", "batch",
      on: try track(process(of: start.place.trace), 2 * instance, "instance \(instance)"), at: start.instant,
      arguments: "\"missing\":\(start.value.missing.count)")
  }

  private mutating func addPoints(of batch: BatchJourney, at run: BlockRun, on track: Track, _ missing: Set<TaskID>) {
    for member in batch.plan?.value.members ?? [] where member.entry <= run.block && !missing.contains(member.task) {
      guard let index = self.run.index(of: member.task) else { continue }
      let left = self.run.journeys[index].exit?.value.answer.exit ?? member.exit
      if left >= run.block { points[index].append(Point(track: track, instant: run.start)) }
    }
  }

  private mutating func drawExits(
    _ leaving: [Int], behind block: BlockRun, until next: Instant?, _ thread: Int, _ process: Int
  ) throws(RunError) {
    let track = try track(process, thread, "instance \(block.instance) exits")
    let last = leaving.compactMap { run.journeys[$0].exit?.instant }.max() ?? block.end
    // Answers may leave together with those of later blocks, or behind the next batch's first; slices of one track must not
    // overlap.
    let end = max(min(last, next ?? last), Instant(nanoseconds: block.end.nanoseconds + 1_000))
    try writer.slice("exit \(block.block): \(leaving.count)", "exit", on: track, from: block.end, to: end)
    for index in leaving { points[index].append(Point(track: track, instant: block.end)) }
  }

  // MARK: Flows

  /// A flow needs two points, and the UI draws them in order of time.
  private mutating func drawFlows() throws(RunError) {
    for (id, path) in points.enumerated() where path.count > 1 {
      let sorted = path.sorted { $0.instant < $1.instant }
      for (index, point) in sorted.enumerated() {
        let phase: ChromeTraceWriter.FlowPhase = index == 0 ? .start : index == sorted.count - 1 ? .end : .step
        try writer.flow(phase, id: id + 1, on: point.track, at: point.instant)
      }
    }
  }
}

extension PlannedFault {
  /// When it is over by plan, where what has no end of its own lasts until `end`; a clock's step is over at once.
  fileprivate func end(before end: Instant) -> Instant {
    if case .clock = kind { return at }
    return nodeIsBack ?? duration.map { at + $0 } ?? end
  }
}

extension RunDescription {
  /// The run's planned end: what is broken for good is so until then.
  fileprivate var faultsEnd: Instant { .start + duration }
}
