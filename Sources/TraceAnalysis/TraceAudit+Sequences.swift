import EdgeModel
import TraceLog

/// Invariant 5.
extension TraceAudit {
  mutating func checkSequences() {
    for trace in run.traces { checkSequence(trace) }
    for node in run.description.nodes where !run.traces.contains(where: { $0.node == node.name }) {
      violate(.sequence, "\(node.name) left no trace")
    }
    if run.baseStation == nil { violate(.sequence, "there is no base station's trace") }
  }

  private mutating func checkSequence(_ trace: NodeTrace) {
    for bad in trace.badLines { violate(.sequence, "\(trace.file):\(bad.line): \(bad.message)") }
    // A node that was killed at once leaves an empty file, and a killed one may leave a cut line.
    guard !trace.records.isEmpty else {
      if !trace.isTorn && isSurprising(trace) { violate(.sequence, "\(trace.file): the trace is empty") }
      return
    }
    if trace.header == nil { violate(.sequence, "\(trace.file): the first record is no traceOpened") }
    var expected = 0
    for (index, stamped) in trace.records.enumerated() {
      if stamped.sequence != expected {
        violate(.sequence, gap(in: trace, expected: expected, found: stamped.sequence))
      }
      expected = stamped.sequence + 1
      if case .traceClosed(let count) = stamped.record {
        if count != stamped.sequence {
          violate(.sequence, "\(trace.file) record \(stamped.sequence): the footer counts \(count) records before it")
        }
        if index != trace.records.count - 1 || trace.isTorn {
          violate(.sequence, "\(trace.file) record \(stamped.sequence): records follow the footer")
        }
      }
      if case .traceOpened = stamped.record, index > 0 {
        violate(.sequence, "\(trace.file) record \(stamped.sequence): a second traceOpened")
      }
    }
  }

  private func isSurprising(_ trace: NodeTrace) -> Bool {
    !(run.description.node(trace.node)?.hasPlannedFault ?? false)
  }

  private func gap(in trace: NodeTrace, expected: Int, found: Int) -> String {
    found > expected
      ? "\(trace.file): a gap, records \(expected) to \(found - 1) are missing"
      : "\(trace.file): record \(found) stands where \(expected) is due"
  }
}
