import Allocation
import EdgeModel
import PlainJSON
import Testing
import Units

/// What an external scheduler receives says all that the policy was told.
@Suite struct InstanceWriterTests {
  @Test(arguments: 0..<400) func readingBackGivesTheSameFrame(seed: Int) throws {
    var random = RandomFrames(seed: UInt64(seed))
    let frame = random.asTheStationHasThem()
    let text = AllocationInstance(frame).json.line
    #expect(try AllocationInstance(json: try JSON(text)).frame == inWordsOfFormat1(frame), "\(text)")
  }

  /// What format 1 has words for: tasks numbered by their index, tables non-decreasing, heads as tables.
  private func inWordsOfFormat1(_ frame: FrameState) -> FrameState {
    var copy = frame
    for index in copy.tasks.indices { copy.tasks[index].id.number = index }
    for worker in copy.workers.indices {
      copy.workers[worker].id = WorkerID(worker)
      if copy.workers.count == 1 { copy.workers[worker].name = "w0" }
      let largest = max(1, min(copy.workers[worker].maxBatch ?? .max, frame.tasks.count))
      for block in copy.workers[worker].profile.blocks.indices {
        let profile = copy.workers[worker].profile.blocks[block]
        copy.workers[worker].profile.blocks[block].latency = profile.latency.monotone
        copy.workers[worker].profile.blocks[block].head =
          profile.head == .zero ? .zero : .table(profile.head.monotoneTable(upTo: largest))
      }
    }
    return copy
  }

  @Test func whatNobodyCouldScheduleIsNotSent() throws {
    var random = RandomFrames(seed: 1)
    var frame = random.asTheStationHasThem()
    while frame.tasks.count < 4 { frame = random.asTheStationHasThem() }
    frame.tasks[1].deadline = -0.001
    frame.tasks[2].uplink = .spectralEfficiency(0)
    let ids = AllocationInstance(frame).json["tasks"]?.array?.map { $0["id"]?.integer }
    #expect(ids == frame.tasks.indices.filter { $0 != 1 && $0 != 2 })
  }

  /// A batch limit beyond the table would be refused by whoever reads it.
  @Test func theBatchLimitIsWithinTheTable() throws {
    let frame = FrameState(
      bandwidth: Hertz(1e6),
      workers: [
        WorkerState(maxBatch: 8, profile: LatencyProfile(blocks: [BlockProfile(latency: .table([0.01, 0.02]))]))
      ],
      tasks: (0..<5).map {
        FrameTask(
          id: TaskID(device: 0, number: $0), feature: Bits(1000), uplink: .spectralEfficiency(1), deadline: 1,
          requirement: .exit(1))
      })
    let read = try AllocationInstance(json: AllocationInstance(frame).json).frame
    #expect(read.workers[0].maxBatch == 2)
  }
}

extension RandomFrames {
  /// Small frames with what a base station adds: several devices, several workers, a frame number, weights, entries.
  mutating func asTheStationHasThem() -> FrameState {
    var frame = small()
    frame.frame = FrameID(whole(0, 1000))
    for index in frame.tasks.indices {
      // A device's tasks are numbered from 0, so numbers repeat from device to device.
      frame.tasks[index].id = TaskID(device: DeviceID(whole(0, 3) * 100 + index), number: whole(0, 2))
      if chance(0.3) { frame.tasks[index].uplink = .signalToNoise(uniform(1e6, 1e9)) }
      if chance(0.3) { frame.tasks[index].weight = uniform(0.1, 3) }
      if chance(0.3) { frame.tasks[index].served = Double(whole(1, 9)) }
      if case .exit(let exit) = frame.tasks[index].requirement, chance(0.2) {
        frame.tasks[index].entry = whole(1, exit)
      }
    }
    frame.tasks.sort { $0.id < $1.id }
    if chance(0.2) { frame.slot = 0.001 }
    if chance(0.2) { frame.resourceBlock = Hertz(180_000) }
    if chance(0.5) {
      for number in 1...whole(1, 2) {
        var worker = frame.workers[0]
        worker.id = WorkerID(number)
        worker.name = "w\(number)"
        worker.freeAt = uniform(0, 0.05)
        if chance(0.5) { worker.maxBatch = whole(1, 4) }
        frame.workers.append(worker)
      }
    }
    return frame
  }
}
