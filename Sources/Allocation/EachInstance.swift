import EdgeModel

/// A policy for workers of one engine instance, on workers of several: each instance is a worker to it.
///
/// Latencies are those with all instances at work, so whatever runs beside a batch, its promises hold. Frames whose
/// workers have one instance each go to the policy as they are. O(instances) more than the policy.
struct EachInstance: AllocationPolicy {
  let policy: any AllocationPolicy

  func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    if frame.workers.allSatisfy({ $0.instancesFreeAt.count == 1 }) { return policy.allocate(frame, budget: budget) }
    let places = frame.workers.indices.flatMap { worker in
      frame.workers[worker].instancesFreeAt.indices.map { (worker: worker, instance: $0) }
    }
    var split = frame
    split.workers = places.enumerated().map { number, place in
      var worker = frame.workers[place.worker]
      worker.id = WorkerID(number)
      worker.name += "#\(place.instance)"
      worker.freeAt = worker.instancesFreeAt[place.instance]
      return worker
    }
    var allocation = policy.allocate(split, budget: budget)
    for index in allocation.batches.indices {
      let place = places[allocation.batches[index].worker.number]
      allocation.batches[index].worker = frame.workers[place.worker].id
      allocation.batches[index].instance = place.instance
    }
    return allocation
  }

  /// For one task an instance that is free later is of no use beside one that is free earlier.
  func schedules(onlyTaskOf frame: FrameState, budget: SearchBudget) -> Bool {
    var frame = frame
    for index in frame.workers.indices where frame.workers[index].instancesFreeAt.count > 1 {
      frame.workers[index].freeAt = frame.workers[index].freeAt
    }
    return policy.schedules(onlyTaskOf: frame, budget: budget)
  }
}
