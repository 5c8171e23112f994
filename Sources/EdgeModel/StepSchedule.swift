/// A factor that changes at instants, and is 1 before the first.
public struct StepSchedule: Hashable, Sendable {
  public struct Step: Hashable, Sendable {
    public var from: Instant
    /// Positive; from `from` on.
    public var factor: Double
    public init(from: Instant, factor: Double) {
      self.from = from
      self.factor = factor
    }
  }
  /// In the order of their instants.
  public let steps: [Step]

  /// Of two steps at one instant the later in `steps` holds.
  public init(_ steps: [Step] = []) {
    self.steps = steps.enumerated().sorted { ($0.element.from, $0.offset) < ($1.element.from, $1.offset) }.map(
      \.element)
  }

  /// What faults of one kind on one target make: each holds for its duration, one without until the next or the end.
  /// They do not overlap.
  init(_ faults: [(from: Instant, for: Duration?, factor: Double)]) {
    let ordered = faults.sorted { $0.from < $1.from }
    self.init(
      ordered.flatMap { fault in
        let end = fault.for.map { Step(from: fault.from + $0, factor: 1) }
        return [Step(from: fault.from, factor: fault.factor)] + (end.map { [$0] } ?? [])
      })
  }

  /// O(steps).
  public func factor(at instant: Instant) -> Double { steps.last { $0.from <= instant }?.factor ?? 1 }
}

extension [PlannedFault] {
  /// The cell's bandwidth over time, as a factor.
  public var bandwidthFactor: StepSchedule {
    StepSchedule(
      compactMap { fault in
        if case .bandwidth(let factor) = fault.kind { (fault.at, fault.duration, factor) } else { nil }
      })
  }
  /// The speed of `worker`'s engine over time, as a factor.
  public func engineSpeed(of worker: String) -> StepSchedule {
    StepSchedule(
      compactMap { fault in
        if case .engine(worker, let factor) = fault.kind { (fault.at, fault.duration, factor) } else { nil }
      })
  }
}
