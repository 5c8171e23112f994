import EdgeModel
import PlainJSON
import Testing
import Units

@testable import Allocation

/// Workers of several engine instances, tasks of several models: every policy with planned batches, over many seeds.
@Suite struct InstancesAndModelsTests {
  private static let policies = PolicyCatalog.entries.filter { !$0.hasOpenPlans }
  private static func allocate(_ frame: FrameState, _ entry: PolicyEntry) -> FrameAllocation {
    entry.make(PolicyOptions(budget: SearchBudget(nodes: 2000))).allocate(frame, budget: SearchBudget(nodes: 2000))
  }

  @Test(arguments: 0..<300) func everyPromiseHolds(seed: Int) {
    var frames = RandomFrames(seed: UInt64(seed))
    let frame = frames.instancesAndModels()
    for entry in Self.policies {
      let allocation = Self.allocate(frame, entry)
      let check = FeasibilityCheck(allocation, of: frame)
      #expect(check.isFeasible, "\(entry.name), seed \(seed): \(check.violations.first ?? "")")
    }
  }

  /// A worker of n instances is n workers: one batch at a time each, and the same answer.
  @Test(arguments: 0..<200) func anInstanceIsAsGoodAsAWorker(seed: Int) {
    var frames = RandomFrames(seed: UInt64(seed))
    var together = frames.small(tasks: 8)
    let free = (0..<frames.whole(2, 3)).map { _ in frames.chance(0.5) ? 0 : frames.uniform(0, 0.05) }
    together.workers[0].instancesFreeAt = free
    var apart = together
    apart.workers = free.enumerated().map { number, free in
      var worker = together.workers[0]
      (worker.id, worker.freeAt) = (WorkerID(number), free)
      return worker
    }
    for entry in Self.policies {
      let (one, other) = (Self.allocate(together, entry), Self.allocate(apart, entry))
      #expect(one.scheduledCount == other.scheduledCount, "\(entry.name)")
      #expect(one.batches.map { WorkerID($0.instance) } == other.batches.map(\.worker), "\(entry.name)")
      #expect(one.batches.map(\.start) == other.batches.map(\.start), "\(entry.name)")
    }
  }

  /// Where all tasks are of one model, whichever, the others' latencies do not matter.
  @Test(arguments: 0..<100) func theOnlyModelIsAskedAlone(seed: Int) {
    var frames = RandomFrames(seed: UInt64(seed))
    let plain = frames.small(tasks: 8)
    var further = plain
    further.workers[0].profile = LatencyProfile(blocks: [BlockProfile(latency: .linear(alpha: 1, beta: 1))])
    further.workers[0].furtherProfiles = [plain.workers[0].profile]
    for index in further.tasks.indices { further.tasks[index].model = 1 }
    for entry in Self.policies {
      #expect(Self.allocate(plain, entry) == Self.allocate(further, entry), "\(entry.name)")
    }
  }

  /// Everybody of a light frame is served, whatever model is his: the parts share cell and instances.
  @Test func aLightFrameServesEveryModel() {
    var frame = FrameState(
      frame: 7, bandwidth: Hertz(2e7),
      workers: [
        WorkerState(profile: LatencyProfile(blocks: [BlockProfile(latency: .linear(alpha: 1e-4, beta: 1e-3))]))
      ],
      tasks: (0..<9).map { number in
        FrameTask(
          id: TaskID(device: 0, number: number), model: ModelID(number % 3), feature: Bits(1e5),
          uplink: .spectralEfficiency(4), deadline: 0.5, requirement: .exit(1))
      })
    frame.workers[0].furtherProfiles = [frame.workers[0].profile, frame.workers[0].profile]
    for entry in Self.policies where !["no-batching", "conventional"].contains(entry.name) {
      let allocation = Self.allocate(frame, entry)
      #expect(allocation.scheduledCount == 9 && allocation.batches.count == 3, "\(entry.name)")
      #expect(FeasibilityCheck(allocation, of: frame).isFeasible)
    }
  }

  /// A worker without a model gets none of its tasks; where no worker has it, its tasks are refused.
  @Test(arguments: 0..<100) func nobodyRunsAModelHeHasNot(seed: Int) {
    var frames = RandomFrames(seed: UInt64(seed))
    var frame = frames.instancesAndModels()
    for index in frame.workers.indices {
      if frame.workers[index].furtherProfiles.isEmpty { continue }
      frame.workers[index].furtherProfiles[0] = LatencyProfile(blocks: [])
    }
    for entry in Self.policies {
      let allocation = Self.allocate(frame, entry)
      #expect(FeasibilityCheck(allocation, of: frame).isFeasible, "\(entry.name)")
      let refused = Set(allocation.refusals.map(\.task))
      for task in frame.tasks where task.model == 1 { #expect(refused.contains(task.id), "\(entry.name)") }
    }
  }

  @Test(arguments: 0..<200) func framesAndAnswersReadBack(seed: Int) throws {
    var frames = RandomFrames(seed: UInt64(seed))
    var frame = frames.instancesAndModels()
    // Ids of an instance are indices; a frame read back is written the same again.
    for index in frame.tasks.indices { frame.tasks[index].id = TaskID(device: 0, number: index) }
    let written = InstanceWriter(frame).json
    let read = try AllocationInstance(json: written).frame
    #expect(InstanceWriter(read).json == written)
    #expect(read.tasks.map(\.model) == frame.tasks.map(\.model))
    for entry in Self.policies {
      let allocation = Self.allocate(read, entry)
      let answer = AllocationAnswer(allocation, to: read, solveTime: .zero).json
      let heard = try AllocationAnswer.allocation(utf8: answer.pretty.utf8, of: read)
      #expect(heard.batches.map(\.instance) == allocation.batches.map(\.instance), "\(entry.name)")
      let check = FeasibilityCheck(heard, of: read)
      #expect(check.isFeasible, "\(entry.name), seed \(seed): \(check.violations.first ?? "")")
    }
  }
}

extension RandomFrames {
  /// K ≤ 8 tasks of up to 3 models on up to 3 workers of up to 3 instances, some of which have not every model.
  fileprivate mutating func instancesAndModels() -> FrameState {
    var frame = chance(0.5) ? severalWorkers(tasks: 8) : small(tasks: 8)
    frame.frame = FrameID(whole(0, 5))
    let hasAccuracy = frame.workers[0].profile.blocks.contains { $0.accuracy != nil }
    let models = whole(1, 3)
    let least = frame.workers.map(\.profile.blocks.count).min() ?? 1
    for index in frame.workers.indices {
      frame.workers[index].instancesFreeAt = (0..<whole(1, 3)).map { _ in chance(0.5) ? 0 : uniform(0, 0.05) }
      frame.workers[index].furtherProfiles = (1..<models).map { _ in
        if index > 0, chance(0.3) { return LatencyProfile(blocks: []) }
        let profile = profile(depth: whole(least, 4), sizes: frame.tasks.count)
        return hasAccuracy ? withAccuracies(profile) : profile
      }
    }
    for index in frame.tasks.indices {
      frame.tasks[index].model = ModelID(whole(0, models - 1))
      // An exit that every model has.
      if case .exit(let exit) = frame.tasks[index].requirement {
        frame.tasks[index].requirement = .exit(min(exit, least))
      }
      frame.tasks[index].entry = 1
    }
    return frame
  }
}
