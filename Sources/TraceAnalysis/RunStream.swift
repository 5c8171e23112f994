public import EdgeModel
public import TraceLog
import Units

/// A run judged while it happens: records in, summary and verdict out, and nothing kept of what is over.
///
/// Records come in the order of their instants, all on the base station's clock, with nothing missing: those of a
/// simulation. The rules are `TraceAudit`'s, the figures `SummaryTally`'s, the limits `Verdict`'s, as for a run that is
/// loaded from its traces, and what comes out is the same; beyond 100,000 values percentiles come from a histogram,
/// within 0.05 %.
///
/// A batch is judged when it ends. A task is judged, counted and forgotten when it has been over for a while: it has
/// ended at its device, no worker holds its feature, no batch it is in is open. A record about it that comes later yet is
/// a violation, since nobody can judge it any more. Memory is therefore that of the tasks, batches and grants of the last
/// seconds, and of a few numbers for each device.
public struct RunStream: Sendable {
  /// How long the base station, a link or a worker may go on about a task that has ended, besides two frames.
  private static let afterlife = Duration.seconds(1)
  /// The same for a feature that has left its device and did not come in: it may be lost.
  private static let longestFlight = Duration.seconds(10)
  /// Blocks of an instance that are kept to be put in the order of their starts.
  private static let disorder = 8
  /// Rules of a worker that are remembered: it may not have heard of the last ones.
  private static let rememberedRules = 1024

  private let description: RunDescription
  private var traces: [TraceOutline]
  private var sequences: [TraceSequence]
  private var counts: [Int]
  private var table = JourneyTable()
  private var audit: TraceAudit
  private var tally: SummaryTally
  private var conclusion: Conclusion
  private var blocks: [TraceAudit.Instance: [Placed<BlockRun>]] = [:]
  /// Tasks that ended and batches that were planned, with the instant when they may be over.
  private var ended = ExpiryQueue<TaskID>()
  private var planned = ExpiryQueue<BatchID>()
  private let patience: Duration
  private var nextLook = Instant.start

  /// A run without planned faults, whose nodes are the description's, in its order. At most `exact` values of a sample are kept one by one.
  public init(_ description: RunDescription, exact: Int = 100_000) {
    precondition(description.faults.isEmpty, "what faults explain is known when the run is over")
    self.description = description
    traces = description.nodes.map { node in
      var trace = TraceOutline(file: "\(node.name).jsonl", node: node.name)
      trace.role = node.role
      return trace
    }
    sequences = traces.map { TraceSequence(file: $0.file) }
    counts = traces.map { _ in 0 }
    audit = TraceAudit(
      RunOutline(description: description, traces: traces, workers: []), keeping: Verdict.printed,
      isWhole: { role in description.nodes.contains { $0.role == role } })
    tally = SummaryTally(description, keeping: exact)
    conclusion = Conclusion(description: description, traces: traces)
    patience = Self.afterlife + description.frame * 2
  }

  /// Tasks and batches that are not over: what memory goes with.
  public var alive: Int { table.journeys.count + table.batches.count }

  /// The next record, written by the node with this index in the description. `instant` never goes back.
  public mutating func take(_ record: TraceRecord, from node: Int, at instant: Instant) {
    if instant >= nextLook { retire(at: instant) }
    let place = RecordPlace(trace: node, sequence: counts[node])
    counts[node] += 1
    for fault in sequences[node].take(record, numbered: place.sequence) { audit.violate(.sequence, fault) }
    traces[node].take(record)
    switch record {
    // Nothing of a frame is needed later.
    case .frameStarted(_, let edge): tally.add(edge: edge, firedAt: instant)
    case .frameAllocated(let summary): tally.add(summary)
    default: table.take(record, at: instant, place: place)
    }
    follow(record, at: instant, place)
    if !table.strays.isEmpty { reportStrays(place) }
  }

  private mutating func reportStrays(_ place: RecordPlace) {
    for task in table.takeStrays() {
      audit.violate(
        .tasks,
        "\(audit.name(task)): a record came more than \(patience) after it had ended, \(audit.name(place))")
    }
  }

  /// What a record starts or ends besides its task.
  private mutating func follow(_ record: TraceRecord, at instant: Instant, _ place: RecordPlace) {
    switch record {
    case .taskEnded(let task, _): ended.add(task, at: instant + patience)
    case .taskGranted(let grant, _, _, _): audit.take(grant, at: place)
    case .openPlanned(let plan): audit.take(plan)
    case .batchPlanned(let plan): planned.add(plan.id, at: max(instant, plan.start) + patience)
    case .batchStarted(let batch, _, _, _, let size, _) where size == 0: end(batch)
    case .blockRan(let run): take(Placed(value: run, instant: instant, place: place))
    case .batchEnded(let batch, _): end(batch)
    case .workerReady: audit.outline.workers = table.workers
    default: break
    }
  }

  private mutating func take(_ block: Placed<BlockRun>) {
    let instance = TraceAudit.Instance(trace: block.place.trace, instance: block.value.instance)
    var waiting = blocks.removeValue(forKey: instance) ?? []
    let place = waiting.lastIndex { ($0.value.start, $0.value.end) <= (block.value.start, block.value.end) }
    waiting.insert(block, at: place.map { $0 + 1 } ?? 0)
    if waiting.count > Self.disorder { audit.take(waiting.removeFirst()) }
    blocks[instance] = waiting
  }

  /// Nothing more is to come of this batch.
  private mutating func end(_ id: BatchID) {
    guard let index = table.batches.index(of: id) else { return }
    let batch = table.batches[index]
    table.batches.remove(id)
    table.tellMembers(of: batch)
    let journeys = table.journeys
    audit.judge(batch, journeys.values) { journeys.index(of: $0) }
    tally.add(batch, table.workers)
  }

  // MARK: What is over

  /// Judges and forgets what has been over for long enough.
  private mutating func retire(at now: Instant) {
    nextLook = now + max(description.frame, .milliseconds(10))
    audit.sweepUplink(before: now - description.frame)
    audit.forgetRules(butLast: Self.rememberedRules)
    while let batch = planned.popDue(at: now) {
      guard let index = table.batches.index(of: batch), table.batches[index].start == nil else { continue }
      if isAbandoned(batchAt: index) { end(batch) } else { planned.add(batch, at: now + patience) }
    }
    while let task = ended.popDue(at: now) {
      guard let index = table.journeys.index(of: task) else { continue }
      if isOver(taskAt: index, at: now) { retire(task, index) } else { ended.add(task, at: now + patience) }
    }
  }

  private mutating func retire(_ task: TaskID, _ index: Int) {
    conclusion.conclude(&table.journeys[index])
    audit.judge(table.journeys[index])
    tally.add(table.journeys[index])
    table.retire(task)
  }

  /// A plan that its worker never heard of.
  private func isAbandoned(batchAt index: Int) -> Bool {
    for member in table.batches[index].plan?.value.members ?? [] {
      guard let index = table.journeys.index(of: member.task) else { continue }
      if table.journeys[index].ending == nil || table.journeys[index].isHeld { return false }
    }
    return true
  }

  private func isOver(taskAt index: Int, at now: Instant) -> Bool {
    guard let ended = table.journeys[index].ending?.instant, !table.journeys[index].isHeld else { return false }
    if let batch = table.journeys[index].batch, table.batches.index(of: batch) != nil { return false }
    let isOnItsWay = table.journeys[index].upload != nil && table.journeys[index].receipt == nil
    return !isOnItsWay || now >= ended + Self.longestFlight
  }

  // MARK: The run's end

  /// Judges what is left, and the whole.
  public consuming func finish() -> (summary: RunSummary, verdict: Verdict) {
    conclude()
    var outline = audit.outline
    let summary = tally.summary(outline)
    outline.traces.sort { Run.rank($0.role, $0.node, $0.part) < Run.rank($1.role, $1.node, $1.part) }
    return (summary, Verdict(outline, summary, audit.log, FairSamples(summary)))
  }

  private mutating func conclude() {
    audit.outline.traces = traces
    conclusion = Conclusion(description: description, traces: traces)
    for (node, trace) in traces.enumerated() where counts[node] == 0 {
      audit.violate(.sequence, "\(trace.node) left no trace")
    }
    if !traces.indices.contains(where: { traces[$0].role == .baseStation && counts[$0] > 0 }) {
      audit.violate(.sequence, "there is no base station's trace")
    }
    for batch in table.batches.indices.map({ table.batches[$0].id }).sorted() { end(batch) }
    for task in table.journeys.indices.map({ table.journeys[$0].id }).sorted() {
      if let index = table.journeys.index(of: task) { retire(task, index) }
    }
    for instance in blocks.keys.sorted(by: { ($0.trace, $0.instance) < ($1.trace, $1.instance) }) {
      for block in blocks[instance] ?? [] { audit.take(block) }
    }
    audit.sweepUplink(before: .distantFuture)
    audit.checkDevices()
  }
}

extension TaskJourney {
  /// Its feature is in at a worker, which has said nothing of what became of it.
  fileprivate var isHeld: Bool { receipt != nil && exit == nil && drop == nil }
}
