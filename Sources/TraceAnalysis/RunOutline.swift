import EdgeModel
import TraceLog
import Units

/// What rules must know of a run to judge one of its tasks or batches.
struct RunOutline: Sendable {
  var description: RunDescription
  /// In the order of `RecordPlace.trace`.
  var traces: [TraceOutline]
  var workers: [WorkerTrace]

  /// "NODE.jsonl record 17", for messages.
  func name(_ place: RecordPlace) -> String { "\(traces[place.trace].file) record \(place.sequence)" }

  /// How far corrected times of these two may be wrong against each other.
  func bound(_ first: RecordPlace, _ second: RecordPlace) -> Duration {
    if first.trace == second.trace { return .zero }
    return (traces[first.trace].clock.bound ?? .zero) + (traces[second.trace].clock.bound ?? .zero)
  }

  /// Accuracy of each exit of the model that answers this device, on the worker of this trace; empty where unknown.
  func accuracies(for device: DeviceID, ofWorker trace: Int) -> [Double] {
    if let further = description.group(of: device)?.model.number, further > 0 {
      return further <= description.furtherAccuracies.count ? description.furtherAccuracies[further - 1] : []
    }
    let own = workers.first { $0.trace == trace }?.capability.accuracies ?? []
    return own.isEmpty ? description.accuracies : own
  }
}
