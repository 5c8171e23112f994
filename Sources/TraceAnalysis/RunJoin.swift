import EdgeModel
import TraceLog

/// Walks through all traces once and puts together what they say of each task, batch and frame.
struct RunJoin {
  private(set) var journeys: [TaskJourney]
  private(set) var batches: [BatchJourney]
  private(set) var frames: [FrameJourney]
  private(set) var workers: [WorkerTrace]
  /// In the trace's order.
  private(set) var openPlans: [Placed<OpenPlan>] = []

  init(description: RunDescription, traces: [NodeTrace], outlines: [TraceOutline]) {
    var table = JourneyTable()
    for (index, trace) in traces.enumerated() {
      for stamped in trace.records {
        let place = RecordPlace(trace: index, sequence: stamped.sequence)
        table.take(stamped.record, at: stamped.instant, place: place)
        if case .openPlanned(let plan) = stamped.record {
          openPlans.append(Placed(value: plan, instant: stamped.instant, place: place))
        }
      }
    }
    // Nothing was removed, so every place is taken, in the order in which they came.
    (journeys, batches, frames) = (table.journeys.values, table.batches.values, table.frames.values)
    workers = table.workers
    let conclusion = Conclusion(description: description, traces: outlines)
    for index in journeys.indices {
      if let batch = journeys[index].batch.flatMap(table.batches.index(of:)).map({ batches[$0] }) {
        let id = journeys[index].id
        journeys[index].wasIn(batch, as: batch.plan?.value.members.first { $0.task == id })
      }
      conclusion.conclude(&journeys[index])
    }
    sort()
  }

  private mutating func sort() {
    let order = journeys.indices.sorted { journeys[$0].id < journeys[$1].id }
    var newIndex = [Int](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { newIndex[old] = new }
    journeys = order.map { journeys[$0] }
    for index in batches.indices { batches[index].exits = batches[index].exits.map { newIndex[$0] } }
    batches.sort { $0.id < $1.id }
    frames.sort { $0.frame < $1.frame }
  }
}
