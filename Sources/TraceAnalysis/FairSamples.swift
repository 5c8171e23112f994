import EdgeModel
import TraceLog
import Units

/// What the limits are held against: a run's punctuality without the samples that planned faults spoilt on purpose.
///
/// Left out are
/// - uploads of an emulator, or to a worker, that overlap a pause of it or its first `recovery` behind; all uploads
///   around a pause of the base station, which grants and plans too late meanwhile;
/// - uploads while a link on their way takes longer, and of nodes whose clock has stepped;
/// - frame edges and fallbacks around a pause of the base station.
struct FairSamples {
  /// How long a node that goes on may take to catch up.
  static let recovery = Duration.milliseconds(500)

  private(set) var uploadError: Percentiles?
  private(set) var frameEdgeLateness: Percentiles?
  private(set) var fallbackFrames: Int
  private(set) var frames: Int
  /// One line for each kind of sample that was left out.
  private(set) var notes: [String] = []

  /// Those of a run without faults.
  init(_ summary: RunSummary) {
    uploadError = summary.whole.uploadError
    frameEdgeLateness = summary.frameEdgeLateness
    (fallbackFrames, frames) = (summary.fallbackFrames, summary.frames)
  }
  /// O(tasks · faults).
  init(_ run: Run, _ summary: RunSummary) {
    self.init(summary)
    let windows = run.description.faults.compactMap { Window($0, run) }
    guard !windows.isEmpty else { return }
    leaveUploadsOut(run, windows)
    leaveFramesOut(run, windows.filter { $0.node == nil && $0.spoilsFrames })
  }

  private mutating func leaveUploadsOut(_ run: Run, _ windows: [Window]) {
    var nodes: [DeviceID: String] = [:]
    for node in run.description.nodes { for device in node.devices { nodes[device] = node.name } }
    var fair: [Double] = []
    var leftOut = 0
    for journey in run.journeys {
      guard let error = journey.uploadError, let grant = journey.grant?.value.grant, let receipt = journey.receipt
      else {
        continue
      }
      let ends = [nodes[journey.id.device], run.description.name(of: grant.worker)]
      let spoilt = windows.contains { window in
        (window.node == nil || ends.contains(window.node))
          && window.overlaps(grant.uploadStart, max(grant.uploadEnd, receipt.instant))
      }
      if spoilt { leftOut += 1 } else { fair.append(error.inMilliseconds) }
    }
    guard leftOut > 0 else { return }
    uploadError = Percentiles(fair)
    notes.append("\(leftOut) upload errors around planned faults are not held against the limit")
  }

  private mutating func leaveFramesOut(_ run: Run, _ windows: [Window]) {
    var (fair, leftOut) = ([Double](), 0)
    (fallbackFrames, frames) = (0, 0)
    for frame in run.frames {
      let edge = FrameGrid(length: run.description.frame, lead: run.description.lead).start(of: frame.frame)
      if windows.contains(where: { $0.overlaps(edge - run.description.lead, edge) }) {
        leftOut += 1
        continue
      }
      if let edge = frame.edge { fair.append(max(0, (edge.instant - edge.value).inMilliseconds)) }
      if let summary = frame.summary?.value {
        frames += 1
        fallbackFrames += summary.fallback ? 1 : 0
      }
    }
    frameEdgeLateness = Percentiles(fair)
    if leftOut > 0 { notes.append("\(leftOut) frames around planned faults are not held against the limits") }
  }

  /// When which node's samples are spoilt; all nodes' where it is nil.
  private struct Window {
    var node: String?
    var spoilsFrames = false
    var from: Instant
    var end: Instant

    /// nil where a fault spoils nothing that is left in the traces.
    init?(_ fault: RunDescription.Fault, _ run: Run) {
      guard let effect = fault.effect else { return nil }
      from = effect
      switch fault.plan.kind {
      case .pause(let name, let time):
        let isStation = run.description.node(name)?.role == .baseStation
        (node, spoilsFrames) = (isStation ? nil : name, isStation)
        end = effect + time + FairSamples.recovery
      case .delay(let link, let time):
        // What the base station tells its workers has no part in uploads.
        guard link != .stationWorker else { return nil }
        end = (fault.plan.duration.map { effect + $0 } ?? Self.never) + time + FairSamples.recovery
      case .clock(let name, _): (node, end) = (name, Self.never)
      case .kill, .stop, .restart, .bandwidth, .engine, .loss: return nil
      }
    }
    private static let never = Instant(nanoseconds: RecordFields.longest)
    func overlaps(_ start: Instant, _ end: Instant) -> Bool { start <= self.end && end >= from }
  }
}
