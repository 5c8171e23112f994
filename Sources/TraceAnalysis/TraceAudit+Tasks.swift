import EdgeModel
import TraceLog
import Units

/// Invariant 1.
extension TraceAudit {
  /// Every device ended what it generated.
  mutating func checkDevices() {
    for (device, count) in tasksOfDevice.sorted(by: { $0.key < $1.key }) where count.generated != count.ended {
      violate(.tasks, "device \(device.number): \(count.generated) tasks generated, \(count.ended) ended")
    }
  }

  /// Ends that the device wrote, and those that its death or the run's interruption explains.
  func isEnded(_ journey: TaskJourney) -> Bool {
    if journey.ending != nil { return true }
    guard let offer = journey.offer else { return false }
    return !outline.traces[offer.place.trace].isOrderly || outline.description.interruption != nil
  }

  mutating func checkEnds(_ journey: TaskJourney) {
    for place in journey.repeats {
      violate(.tasks, "\(name(journey.id)) is said again what is said once, \(name(place))")
    }
    if journey.offer == nil {
      if let ending = journey.ending {
        violate(.tasks, "\(name(journey.id)) ended but was never generated, \(name(ending.place))")
      } else if areDevicesWhole,
        let place = journey.exit?.place ?? journey.receipt?.place ?? journey.grant?.place ?? journey.refusal?.place
      {
        violate(.tasks, "\(name(journey.id)) is known to others but was never generated, \(name(place))")
      }
    } else if !isEnded(journey), let offer = journey.offer {
      violate(.tasks, "\(name(journey.id)) has no end, \(name(offer.place))")
    }
  }

  mutating func checkOutcome(_ journey: TaskJourney) {
    guard let ending = journey.ending, let offer = journey.offer else { return }
    var task: String { name(journey.id) }
    var place: String { name(ending.place) }
    let isAnswered = ending.value.answer != nil
    switch ending.value.outcome {
    case .completed, .late:
      guard isAnswered else {
        return violate(.outcomes, "\(task) is \(ending.value.outcome) without a result, \(place)")
      }
      let isInTime = ending.instant <= offer.value.task.deadline
      if isInTime != (ending.value.outcome == .completed) {
        let side = isInTime ? "by" : "after"
        violate(.outcomes, "\(task) is \(ending.value.outcome) but its result came \(side) its deadline, \(place)")
      }
      checkAnswer(journey, ending)
    case .refused:
      if let grant = journey.grant {
        violate(.outcomes, "\(task) is refused but was granted, \(place), \(name(grant.place))")
      }
    case .expired:
      if journey.grant == nil && isBaseStationWhole {
        violate(.outcomes, "\(task) is expired but was never granted, \(place)")
      }
    case .lost:
      if ending.value.cause.isEmpty { violate(.outcomes, "\(task) is lost without a cause, \(place)") }
    }
  }

  private mutating func checkAnswer(_ journey: TaskJourney, _ ending: Placed<TaskEnding>) {
    var task: String { name(journey.id) }
    var place: String { name(ending.place) }
    if journey.grant == nil && isBaseStationWhole {
      violate(.tasks, "\(task) has a result but was never granted, \(place)")
    }
    guard let exit = journey.exit else {
      if areWorkersWhole { violate(.tasks, "\(task) has a result but no worker gave it, \(place)") }
      return
    }
    guard let answer = ending.value.answer else { return }
    if answer.exit != exit.value.answer.exit || answer.predicted != exit.value.answer.predicted {
      violate(.outcomes, "\(task) has another result than its worker gave, \(place), \(name(exit.place))")
    }
  }
}
