import EdgeModel
import Glibc
import Units

/// What a topology's faults do to a run's processes, step by step.
struct ProcessFaults {
  enum Action: Hashable {
    case signal(Int32)
    /// The process is started again.
    case start
  }
  struct Step: Hashable {
    var at: Instant
    var node: String
    var action: Action
    /// Whose step it is, in the order of the topology.
    var fault: Int
    /// A fault takes effect with its first step.
    var isFirst: Bool
  }
  /// Those to come, in the order of time; of two at one instant the topology's first goes first.
  private(set) var steps: ArraySlice<Step>

  init(_ faults: [PlannedFault]) {
    let all = faults.enumerated().flatMap { Self.steps(of: $1, number: $0) }
    steps =
      all.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)[...]
  }

  private static func steps(of fault: PlannedFault, number: Int) -> [Step] {
    func step(_ node: String, _ action: Action, after time: Duration? = nil) -> Step {
      Step(at: fault.at + (time ?? .zero), node: node, action: action, fault: number, isFirst: time == nil)
    }
    switch fault.kind {
    case .kill(let node): return [step(node, .signal(SIGKILL))]
    case .stop(let node): return [step(node, .signal(SIGTERM))]
    case .pause(let node, let time):
      return [step(node, .signal(SIGSTOP)), step(node, .signal(SIGCONT), after: time)]
    case .restart(let node, let time): return [step(node, .signal(SIGKILL)), step(node, .start, after: time)]
    case .bandwidth, .engine, .loss, .delay, .clock: return []
    }
  }

  /// The next step, once its instant has come.
  mutating func popDue(at now: Instant) -> Step? {
    guard let first = steps.first, first.at <= now else { return nil }
    return steps.popFirst()
  }
  /// Puts off a step that cannot be made yet.
  mutating func postpone(_ step: Step, until instant: Instant) {
    var step = step
    step.at = instant
    let index = steps.firstIndex { $0.at > instant } ?? steps.endIndex
    steps.insert(step, at: index)
  }
}
