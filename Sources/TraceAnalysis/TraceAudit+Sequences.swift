import EdgeModel
import TraceLog

/// Invariant 5.
extension TraceAudit {
  mutating func checkSequences(of run: Run) {
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
    var sequence = TraceSequence(file: trace.file)
    for stamped in trace.records {
      for fault in sequence.take(stamped.record, numbered: stamped.sequence) { violate(.sequence, fault) }
    }
    if trace.isTorn, let fault = sequence.takeCutLine() { violate(.sequence, fault) }
  }

  private func isSurprising(_ trace: NodeTrace) -> Bool {
    !(outline.description.node(trace.node)?.hasPlannedFault ?? false)
  }
}
