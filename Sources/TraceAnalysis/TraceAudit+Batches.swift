import EdgeModel
import TraceLog
import Units

/// Invariant 3.
extension TraceAudit {
  mutating func checkOverlaps(of run: Run) {
    var lanes: [Instance: [Placed<BlockRun>]] = [:]
    for block in run.batches.lazy.flatMap(\.blocks) {
      lanes[Instance(trace: block.place.trace, instance: block.value.instance), default: []].append(block)
    }
    for lane in lanes.keys.sorted(by: { ($0.trace, $0.instance) < ($1.trace, $1.instance) }) {
      let blocks = (lanes[lane] ?? []).sorted { ($0.value.start, $0.value.end) < ($1.value.start, $1.value.end) }
      for block in blocks { take(block) }
    }
  }

  /// The blocks of an instance come in the order of their starts.
  mutating func take(_ block: Placed<BlockRun>) {
    let instance = Instance(trace: block.place.trace, instance: block.value.instance)
    for fault in instances[instance, default: InstanceSweep()].take(block) {
      let what = "block \(block.value.block) of batch \(block.value.batch.number)"
      switch fault {
      case .endsBeforeItStarts: violate(.overlap, "\(what) ends before it starts, \(name(block.place))")
      case .startsBefore(let other):
        violate(
          .overlap,
          "\(what) starts before block \(other.value.block) of batch \(other.value.batch.number) ends on instance "
            + "\(instance.instance), \(name(block.place)), \(name(other.place))")
      }
    }
  }

  mutating func checkStart(_ batch: BatchJourney) {
    guard let start = batch.start else {
      if let block = batch.blocks.first {
        violate(.sizes, "batch \(batch.id.number) ran without having started, \(name(block.place))")
      }
      return
    }
    guard let plan = batch.plan?.value else { return }
    let planned = Set(plan.members.map(\.task))
    for task in start.value.missing where !planned.contains(task) {
      violate(.sizes, "batch \(batch.id.number) misses \(name(task)), which is not in its plan, \(name(start.place))")
    }
    let present = plan.members.count - start.value.missing.count
    if start.value.size != present {
      violate(
        .sizes,
        "batch \(batch.id.number) starts with \(start.value.size) tasks, its plan less the missing has \(present), \(name(start.place))"
      )
    }
    if batch.blocks.contains(where: { $0.value.instance != start.value.instance }) {
      violate(.sizes, "batch \(batch.id.number) runs on several instances, \(name(start.place))")
    }
  }

  /// A member is in every block from its entry to the exit it took, or its planned exit where it gave no answer.
  mutating func checkSizes(_ batch: BatchJourney, _ journeys: [TaskJourney]) {
    guard let plan = batch.plan?.value, !batch.blocks.isEmpty else { return }
    let missing = Set(batch.start?.value.missing ?? [])
    var left: [TaskID: Int] = [:]
    for index in batch.exits { left[journeys[index].id] = journeys[index].exit?.value.answer.exit }
    let present = plan.members.filter { !missing.contains($0.task) }
    let leaving = present.map { left[$0.task] ?? $0.exit }
    var expected = present.map(\.entry).min() ?? 1
    for block in batch.blocks {
      let number = block.value.block
      if number != expected {
        violate(
          .sizes, "batch \(batch.id.number) runs block \(number) where block \(expected) is due, \(name(block.place))")
      }
      expected = number + 1
      let size = zip(present, leaving).count { $0.entry <= number && $1 >= number }
      if block.value.size != size {
        violate(
          .sizes,
          "block \(number) of batch \(batch.id.number) ran with \(block.value.size) tasks, entries and exits leave \(size), \(name(block.place))"
        )
      }
    }
  }

  mutating func checkExit(_ journey: TaskJourney, in batch: BatchJourney) {
    guard let exit = journey.exit, exit.value.batch == batch.id else { return }
    var task: String { name(journey.id) }
    var place: String { name(exit.place) }
    let taken = exit.value.answer.exit
    let member = batch.plan?.value.members.first { $0.task == journey.id }
    if batch.plan != nil && member == nil {
      violate(.exits, "\(task) left batch \(batch.id.number) but is not in its plan, \(place)")
    }
    if batch.start?.value.missing.contains(journey.id) ?? false {
      violate(.exits, "\(task) left batch \(batch.id.number) but was missing at its start, \(place)")
    }
    let planned = member?.exit ?? exit.value.plannedExit
    if taken > planned {
      violate(.exits, "\(task) left at exit \(taken), behind its planned exit \(planned), \(place)")
    }
    if !batch.blocks.contains(where: { $0.value.block == taken }) {
      violate(.exits, "\(task) left at exit \(taken) but batch \(batch.id.number) did not run block \(taken), \(place)")
    }
    checkAccuracy(journey, exit, planned: planned, batch)
  }

  /// An exit rule of confidence may let a task leave earlier; then the exit it was planned for must be good enough.
  private mutating func checkAccuracy(
    _ journey: TaskJourney, _ exit: Placed<TaskJourney.Exit>, planned: Int, _ batch: BatchJourney
  ) {
    guard let required = journey.offer?.value.task.requiredAccuracy else { return }
    var judged = exit.value.answer.exit
    let member = batch.plan?.value.members.first { $0.task == journey.id }
    if case .confidence? = member?.rule { judged = max(judged, planned) }
    // Its rule went with the base station's last records; the promise is all that can be judged.
    if batch.plan == nil && !isBaseStationWhole { judged = max(judged, planned) }
    let accuracies = outline.accuracies(for: journey.id.device, ofWorker: exit.place.trace)
    guard !accuracies.isEmpty else { return }
    guard (1...accuracies.count).contains(judged) else {
      return violate(
        .exits, "\(name(journey.id)) left at exit \(judged), which the model does not have, \(name(exit.place))")
    }
    if !(accuracies[judged - 1] >= required - 1e-9) {
      violate(
        .exits,
        "\(name(journey.id)) left at exit \(judged) of accuracy \(accuracies[judged - 1]) but requires \(required), \(name(exit.place))"
      )
    }
  }
}
