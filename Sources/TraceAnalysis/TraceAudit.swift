import EdgeModel
import TraceLog
import Units

/// Checks a run's traces against every invariant of the contract. Docs/Traces.md says them in words.
///
/// A trace that ends without a footer may lack its node's last 100 ms. Checks that need a record to be there are
/// therefore made only where the trace that should hold it is whole; the missing footer itself is judged by `Verdict`.
public struct TraceAudit: Sendable {
  public internal(set) var violations: [Violation] = []
  let run: Run
  /// Whether every trace that a task or batch could be in is whole.
  let isBaseStationWhole: Bool
  let areWorkersWhole: Bool
  let areDevicesWhole: Bool

  /// O(records log records).
  public init(_ run: Run) {
    self.run = run
    func isWhole(_ role: TraceHeader.Role) -> Bool {
      run.traces.allSatisfy { ($0.role ?? role) != role || $0.isOrderly } && run.traces.contains { $0.role == role }
    }
    isBaseStationWhole = isWhole(.baseStation)
    areWorkersWhole = isWhole(.edgeWorker)
    areDevicesWhole = isWhole(.device)
    checkSequences()
    checkTasks()
    checkUplink()
    checkBatches()
    checkFormedBatches()
    checkOrder()
  }

  mutating func violate(_ kind: Violation.Kind, _ message: String) {
    violations.append(Violation(kind: kind, message: message))
  }
  func name(_ task: TaskID) -> String { "task \(task.device.number)/\(task.number)" }
  func name(_ place: RecordPlace) -> String { run.name(place) }
  /// How far corrected times of these two may be wrong against each other.
  func bound(_ first: RecordPlace, _ second: RecordPlace) -> Duration {
    if first.trace == second.trace { return .zero }
    return (run.traces[first.trace].clock.bound ?? .zero) + (run.traces[second.trace].clock.bound ?? .zero)
  }
}
