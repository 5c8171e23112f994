import EdgeModel
import TraceLog

/// Invariant 4.
extension TraceAudit {
  mutating func checkOrder(_ journey: TaskJourney) {
    var task: String { name(journey.id) }
    if let offer = journey.offer, let upload = journey.uploadStart, upload.instant < offer.value.task.generated {
      violate(.order, "\(task) was uploaded before it was generated, \(name(upload.place))")
    }
    if let receipt = journey.receipt {
      if let upload = journey.uploadStart {
        check(receipt, after: upload) { "\($0.name(journey.id)): its feature came before its upload" }
      }
      if let upload = journey.upload, let last = upload.value.sent.last {
        let sent = Placed(value: last, instant: last, place: upload.place)
        check(receipt, after: sent) { "\($0.name(journey.id)): its feature came before its last chunk left" }
      }
    }
    guard let exit = journey.exit else { return }
    if let receipt = journey.receipt {
      check(exit, after: receipt) { "\($0.name(journey.id)): it left before its feature came" }
    } else if outline.traces[exit.place.trace].isOrderly {
      violate(.order, "\(task): it left without its feature having come, \(name(exit.place))")
    }
    if let ending = journey.ending, ending.value.answer != nil {
      check(ending, after: exit) { "\($0.name(journey.id)): its result came before it left its batch" }
    }
  }

  mutating func checkOrder(_ batch: BatchJourney, _ journeys: [TaskJourney], indexOf: (TaskID) -> Int?) {
    guard let start = batch.start else { return }
    let missing = Set(start.value.missing)
    for member in batch.plan?.value.members ?? [] where !missing.contains(member.task) {
      guard let index = indexOf(member.task), let receipt = journeys[index].receipt else {
        violate(
          .order,
          "batch \(batch.id.number) started with \(name(member.task)), whose feature never came, \(name(start.place))")
        continue
      }
      check(start, after: receipt) {
        "batch \(batch.id.number) started before the feature of \($0.name(member.task)) came"
      }
    }
    for index in batch.exits {
      guard let exit = journeys[index].exit, exit.value.batch == batch.id,
        let block = batch.blocks.first(where: { $0.value.block == exit.value.answer.exit })
      else { continue }
      let end = Placed(value: 0, instant: block.value.end, place: block.place)
      check(exit, after: end) { "\($0.name(journeys[index].id)): it left before its exit's block ended" }
    }
    guard let block = batch.blocks.first else { return }
    let first = Placed(value: 0, instant: block.value.start, place: block.place)
    check(first, after: start) { _ in "batch \(batch.id.number): its first block ran before it started" }
  }

  private mutating func check<Later, Earlier>(
    _ later: Placed<Later>, after earlier: Placed<Earlier>, _ message: (Self) -> String
  ) {
    guard later.instant < earlier.instant - bound(later.place, earlier.place) else { return }
    let difference = earlier.instant - later.instant
    violate(.order, "\(message(self)), by \(difference), \(name(later.place)), \(name(earlier.place))")
  }
}

extension Run {
  /// Where `task` is in `journeys`. O(log tasks).
  func index(of task: TaskID) -> Int? {
    var (low, high) = (0, journeys.count)
    while low < high {
      let middle = (low + high) / 2
      if journeys[middle].id < task { low = middle + 1 } else { high = middle }
    }
    return low < journeys.count && journeys[low].id == task ? low : nil
  }
}
