import EdgeModel
import TraceLog
import Units

/// Adds up the figures of some of a run's tasks, in any order.
struct FiguresTally: Sendable {
  private var outcomes: [Outcome: Int] = [:]
  private var answered = 0
  private var right = 0
  /// Answered at exit n, at `exits[n - 1]`.
  private var exits: [Int] = []
  private var latency: SampleTally
  private var uploadError: SampleTally
  private var energy = ExactSum()
  private struct Device {
    var generated = 0
    var completed = 0
    mutating func add(generated: Int, completed: Int) {
      self.generated += generated
      self.completed += completed
    }
  }
  private var devices: [DeviceID: Device] = [:]

  /// Samples keep up to `most` values one by one.
  init(keeping most: Int) {
    latency = SampleTally(keeping: most)
    uploadError = SampleTally(keeping: most)
  }

  mutating func add(_ journey: TaskJourney) {
    outcomes[journey.outcome, default: 0] += 1
    devices[journey.id.device, default: Device()].add(generated: 1, completed: journey.outcome == .completed ? 1 : 0)
    if let ending = journey.ending { energy.add(ending.value.energy.value) }
    if let error = journey.uploadError { uploadError.add(error.inMilliseconds) }
    guard journey.isAnswered, let answer = journey.answer else { return }
    answered += 1
    if answer.predicted == journey.offer?.value.label { right += 1 }
    if let latency = journey.latency { self.latency.add(latency.inMilliseconds) }
    guard answer.exit >= 1, answer.exit <= SummaryTally.mostExits else { return }
    if exits.count < answer.exit { exits += Array(repeating: 0, count: answer.exit - exits.count) }
    exits[answer.exit - 1] += 1
  }

  mutating func add(_ other: FiguresTally) {
    for (outcome, count) in other.outcomes { outcomes[outcome, default: 0] += count }
    for (device, count) in other.devices {
      devices[device, default: Device()].add(generated: count.generated, completed: count.completed)
    }
    answered += other.answered
    right += other.right
    if exits.count < other.exits.count { exits += Array(repeating: 0, count: other.exits.count - exits.count) }
    for (index, count) in other.exits.enumerated() { exits[index] += count }
    energy.add(other.energy)
    latency.add(other.latency)
    uploadError.add(other.uploadError)
  }

  /// `exits` of the model.
  func figures(exits count: Int, duration: Duration) -> RunSummary.Figures {
    var figures = RunSummary.Figures()
    figures.generated = outcomes.values.reduce(0, +)
    figures.completed = outcomes[.completed] ?? 0
    figures.late = outcomes[.late] ?? 0
    figures.refused = outcomes[.refused] ?? 0
    figures.expired = outcomes[.expired] ?? 0
    figures.lost = outcomes[.lost] ?? 0
    if duration > .zero { figures.throughput = Double(figures.completed) / duration.inSeconds }
    if figures.generated > 0 { figures.deadlineMet = Double(figures.completed) / Double(figures.generated) }
    if answered > 0 { figures.accuracy = Double(right) / Double(answered) }
    figures.latency = latency.percentiles
    figures.exitShare = (0..<count).map { index in
      answered == 0 || index >= exits.count ? 0 : Double(exits[index]) / Double(answered)
    }
    figures.deviceEnergy = energy.value
    figures.uploadError = uploadError.percentiles
    // Completed of generated, per device that generated anything.
    let shares = devices.sorted { $0.key < $1.key }.map { Double($0.value.completed) / Double($0.value.generated) }
    figures.devices = shares.count
    figures.fairness = RunSummary.Figures.jain(shares)
    return figures
  }
}
