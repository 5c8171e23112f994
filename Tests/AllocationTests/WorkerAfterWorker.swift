import Allocation
import EdgeModel

/// The simplest packing of several workers: the first free first, each with as many tasks as the policy finds for it
/// alone, uploads from when those before it end.
struct WorkerAfterWorker {
  let policy: any AllocationPolicy

  func scheduled(of frame: FrameState) -> Int {
    var waiting = frame.tasks
    var uploadStart = 0.0
    for worker in frame.workers.sorted(by: { ($0.freeAt, $0.id) < ($1.freeAt, $1.id) }) {
      // The rest of the frame, as if it began where the uploads may.
      var rest = frame
      rest.length = frame.length.map { $0 - uploadStart }
      rest.workers = [worker]
      rest.workers[0].freeAt = max(0, worker.freeAt - uploadStart)
      rest.tasks = waiting
      for index in rest.tasks.indices { rest.tasks[index].deadline -= uploadStart }
      let members = policy.allocate(rest, budget: .unlimited).batches.flatMap(\.members)
      let taken = Set(members.map(\.task))
      waiting.removeAll { taken.contains($0.id) }
      uploadStart += members.map(\.uploadEnd).max() ?? 0
    }
    return frame.tasks.count - waiting.count
  }
}
