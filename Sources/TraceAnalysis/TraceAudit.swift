import EdgeModel
import TraceLog
import Units

/// Checks a run against every invariant of the contract. Docs/Traces.md says them in words.
///
/// Each rule judges one task, one batch or one record and knows nothing of how they came together, so that a run is
/// judged by the same rules whether it is loaded (`init(_: Run)`) or streamed (`RunStream`).
///
/// A trace that ends without a footer may lack its node's last 100 ms. Checks that need a record to be there are
/// therefore made only where the trace that should hold it is whole; the missing footer itself is judged by `Verdict`.
public struct TraceAudit: Sendable {
  /// In the order they were found.
  public var violations: [Violation] { log.kept }
  private(set) var log: ViolationLog
  var outline: RunOutline
  /// Whether every trace that a task or batch could be in is whole.
  let isBaseStationWhole: Bool
  let areWorkersWhole: Bool
  let areDevicesWhole: Bool

  /// Of each device.
  var tasksOfDevice: [DeviceID: (generated: Int, ended: Int)] = [:]
  /// Rules that open plans gave a worker, each once for as long as it held.
  var rules: [WorkerID: [BatchingRule]] = [:]
  var uplink: UplinkSweep
  var instances: [Instance: InstanceSweep] = [:]

  /// An engine instance: its worker's trace, and its number there.
  struct Instance: Hashable, Sendable {
    var trace: Int
    var instance: Int
  }

  /// Of a loaded run. O(records log records).
  public init(_ run: Run) {
    func isWhole(_ role: TraceHeader.Role) -> Bool {
      run.traces.allSatisfy { ($0.role ?? role) != role || $0.isOrderly } && run.traces.contains { $0.role == role }
    }
    self.init(run.outline, keeping: .max, isWhole: isWhole)
    checkSequences(of: run)
    for index in run.journeys.indices { judge(run.journeys[index]) }
    checkDevices()
    for journey in run.journeys {
      if let grant = journey.grant { take(grant.value.grant, at: grant.place) }
    }
    sweepUplink(before: .distantFuture)
    for plan in run.openPlans { take(plan.value) }
    checkOverlaps(of: run)
    for batch in run.batches { judge(batch, run.journeys, indexOf: run.index(of:)) }
  }

  /// Of nothing yet. At most `most` violations of each kind are kept, the others counted.
  init(_ outline: RunOutline, keeping most: Int, isWhole: (TraceHeader.Role) -> Bool) {
    self.outline = outline
    log = ViolationLog(keeping: most)
    isBaseStationWhole = isWhole(.baseStation)
    areWorkersWhole = isWhole(.edgeWorker)
    areDevicesWhole = isWhole(.device)
    uplink = UplinkSweep { outline.description.bandwidth(at: $0).value }
  }

  /// All that one task's records must keep.
  mutating func judge(_ journey: TaskJourney) {
    let ended = isEnded(journey)
    Self.count(&tasksOfDevice[journey.id.device, default: (0, 0)], generated: journey.offer != nil, ended: ended)
    checkEnds(journey)
    checkOutcome(journey)
    checkPacing(journey)
    checkOrder(journey)
  }

  private static func count(_ tasks: inout (generated: Int, ended: Int), generated: Bool, ended: Bool) {
    tasks.generated += generated ? 1 : 0
    tasks.ended += ended ? 1 : 0
  }

  /// All that one batch's records must keep, and its members' in it. `indexOf` says where a task is in `journeys`.
  mutating func judge(_ batch: BatchJourney, _ journeys: [TaskJourney], indexOf: (TaskID) -> Int?) {
    checkStart(batch)
    if batch.plan != nil {
      checkSizes(batch, journeys)
    } else if isBaseStationWhole, let block = batch.blocks.first {
      violate(.sizes, "batch \(batch.id.number) ran, but nobody planned or formed it, \(name(block.place))")
    }
    for index in batch.exits { checkExit(journeys[index], in: batch) }
    checkForming(batch, journeys, indexOf: indexOf)
    checkOrder(batch, journeys, indexOf: indexOf)
  }

  mutating func violate(_ kind: Violation.Kind, _ message: String) { log.add(kind, message) }
  func name(_ task: TaskID) -> String { "task \(task.device.number)/\(task.number)" }
  func name(_ place: RecordPlace) -> String { outline.name(place) }
  func bound(_ first: RecordPlace, _ second: RecordPlace) -> Duration { outline.bound(first, second) }
}
