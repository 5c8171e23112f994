import EdgeModel
import TraceLog

/// The blocks of one engine instance, in the order of their starts.
struct InstanceSweep: Sendable {
  enum Fault: Sendable {
    case endsBeforeItStarts
    case startsBefore(Placed<BlockRun>)
  }
  /// The block that ended last.
  private var latest: Placed<BlockRun>?

  /// What is wrong with `block`, whose start is not before that of any block before it.
  mutating func take(_ block: Placed<BlockRun>) -> [Fault] {
    var faults: [Fault] = []
    if block.value.end < block.value.start { faults.append(.endsBeforeItStarts) }
    if let latest, block.value.start < latest.value.end { faults.append(.startsBefore(latest)) }
    if block.value.end >= latest?.value.end ?? block.value.end { latest = block }
    return faults
  }
}
