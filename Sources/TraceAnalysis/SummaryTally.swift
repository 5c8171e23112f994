import EdgeModel
import TraceLog
import Units

/// Adds up a run's summary from its tasks, batches and frames, in any order.
struct SummaryTally: Sendable {
  /// Deeper exits are a broken record's, and not counted.
  static let mostExits = 1 << 16

  /// What one exit answered.
  struct Exit: Sendable {
    var tasks = 0
    var right = 0
    var assigned = 0
    var assignedRight = 0
  }
  private struct Group: Sendable {
    var name: String
    /// Its first task.
    var first: TaskID
    var figures: FiguresTally
  }
  private let most: Int
  /// The description's, and behind them those that only the traces know.
  private var groups: [Group]
  private let described: Int
  private var groupIndex: [String: Int] = [:]

  private(set) var exits: [Exit] = []
  private var deepest = 0
  private var firstBlocks = 0
  private var firstBlockRows = 0
  private var frames = 0
  private var fallbackFrames = 0
  private var solve: SampleTally
  private var edgeLateness: SampleTally
  private var pacedLoad: SampleTally

  /// Samples keep up to `most` values one by one.
  init(_ description: RunDescription, keeping most: Int) {
    self.most = most
    groups = description.groups.map {
      Group(name: $0.name, first: TaskID(device: $0.firstDevice, number: 0), figures: FiguresTally(keeping: most))
    }
    described = groups.count
    for (index, group) in groups.enumerated() where groupIndex[group.name] == nil { groupIndex[group.name] = index }
    solve = SampleTally(keeping: most)
    edgeLateness = SampleTally(keeping: most)
    pacedLoad = SampleTally(keeping: most)
  }

  mutating func add(_ journey: TaskJourney) {
    let group = index(of: journey)
    groups[group].figures.add(journey)
    if journey.id < groups[group].first { groups[group].first = journey.id }
    guard let exit = journey.answer?.exit, exit <= Self.mostExits else { return }
    deepest = max(deepest, exit)
    guard journey.isAnswered, let offer = journey.offer, exit >= 1 else { return }
    while exits.count < exit { exits.append(Exit()) }
    let isRight = journey.answer?.predicted == offer.value.label
    exits[exit - 1].tasks += 1
    exits[exit - 1].right += isRight ? 1 : 0
    guard journey.hasAssignedExit else { return }
    exits[exit - 1].assigned += 1
    exits[exit - 1].assignedRight += isRight ? 1 : 0
  }

  private mutating func index(of journey: TaskJourney) -> Int {
    if let index = groupIndex[journey.group] { return index }
    groupIndex[journey.group] = groups.count
    groups.append(Group(name: journey.group, first: journey.id, figures: FiguresTally(keeping: most)))
    return groups.count - 1
  }

  mutating func add(_ batch: BatchJourney, _ workers: [WorkerTrace]) {
    let isPaced = batch.worker.map { workers[$0].capability.isPaced } ?? false
    for block in batch.blocks {
      if block.value.block == 1 {
        firstBlocks += 1
        firstBlockRows += block.value.size
      }
      guard isPaced else { continue }
      let (computed, expected) = (block.value.computed.inSeconds, block.value.expected.inSeconds)
      pacedLoad.add(
        computed <= expected ? (expected > 0 ? computed / expected : 0) : computed / max(expected, 1e-9))
    }
  }

  mutating func add(_ frame: FrameSummary) {
    frames += 1
    fallbackFrames += frame.fallback ? 1 : 0
    solve.add(Double(frame.solve.inNanoseconds) / 1e3)
  }
  mutating func add(edge: Instant, firedAt instant: Instant) {
    edgeLateness.add(max(0, (instant - edge).inMilliseconds))
  }

  /// What came together, of a run with this outline.
  func summary(_ outline: RunOutline) -> RunSummary {
    let description = outline.description
    let workerExits = outline.workers.map(\.capability.accuracies.count).max() ?? 0
    let count = max(
      description.accuracies.count, workerExits, deepest, description.furtherAccuracies.map(\.count).max() ?? 0)
    var whole = FiguresTally(keeping: most)
    for group in groups { whole.add(group.figures) }
    let named = groups[..<described] + groups[described...].sorted { $0.first < $1.first }
    let loops = outline.traces.compactMap(\.statistics)
    return RunSummary(
      run: description.run, topology: description.topology, policy: description.policy, seed: description.seed,
      duration: description.duration, whole: whole.figures(exits: count, duration: description.duration),
      groups: named.map { group in
        RunSummary.Group(
          name: group.name, figures: group.figures.figures(exits: count, duration: description.duration))
      },
      accuracyPerExit: (0..<count).map { row(exit: $0 + 1, outline) },
      meanBatch: firstBlocks == 0 ? nil : Double(firstBlockRows) / Double(firstBlocks), frames: frames,
      fallbackFrames: fallbackFrames, solve: solve.percentiles,
      loopLateness: loops.map(\.latenessP99.inMilliseconds).max(), frameEdgeLateness: edgeLateness.percentiles,
      pacedLoad: pacedLoad.percentiles?.p99, steal: description.steal ?? loops.map(\.steal).max(),
      faults: description.faults)
  }

  private func row(exit: Int, _ outline: RunOutline) -> RunSummary.ExitAccuracy {
    let tally = exit <= exits.count ? exits[exit - 1] : Exit()
    let described = outline.description.accuracies
    let known = described.isEmpty ? outline.workers.first?.capability.accuracies ?? [] : described
    func share(_ right: Int, of tasks: Int) -> Double? { tasks == 0 ? nil : Double(right) / Double(tasks) }
    var row = RunSummary.ExitAccuracy(exit: exit, tasks: tally.tasks)
    row.live = share(tally.right, of: tally.tasks)
    row.assigned = tally.assigned
    row.assignedLive = share(tally.assignedRight, of: tally.assigned)
    // Exits of several models stand in one row, which no manifest speaks of.
    if outline.description.furtherAccuracies.isEmpty, exit <= known.count { row.manifest = known[exit - 1] }
    if let manifest = row.manifest, tally.assigned > 0 {
      let count = Double(tally.assigned)
      row.tolerance = 3 * (max(0, manifest * (1 - manifest)) / count).squareRoot() + 0.5 / count
    }
    return row
  }
}
