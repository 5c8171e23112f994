import Allocation
import EdgeModel
import Testing
import Units

/// What grants and batches look like, on frames small enough to follow by hand.
@Suite struct BatchShapeTests {
  private func task(_ number: Int, bits: Double, exit: Int, entry: Int = 1, snr: Double? = nil) -> FrameTask {
    FrameTask(
      id: TaskID(device: 0, number: number), feature: Bits(bits),
      uplink: snr.map { .signalToNoise($0) } ?? .spectralEfficiency(1), deadline: 1, requirement: .exit(exit),
      entry: entry)
  }
  private func frame(
    _ tasks: [FrameTask], freeAt: [Double] = [0], guardTime: Double = 0, maxBatch: Int? = nil
  ) -> FrameState {
    let block = BlockProfile(latency: .linear(alpha: 0.001, beta: 0.01))
    return FrameState(
      bandwidth: .megahertz(10), guardTime: guardTime,
      workers: freeAt.enumerated().map { index, freeAt in
        WorkerState(
          id: WorkerID(index), name: "w\(index)", freeAt: freeAt, maxBatch: maxBatch,
          profile: LatencyProfile(blocks: [block, block, block]))
      }, tasks: tasks)
  }
  private func allocate(_ policy: some AllocationPolicy, _ frame: FrameState) -> FrameAllocation {
    let answer = policy.allocate(frame, budget: .unlimited)
    #expect(FeasibilityCheck(answer, of: frame).violations == [])
    return answer
  }

  @Test func uploadsEndTogetherAndFillTheCell() throws {
    let frame = frame([task(0, bits: 100_000, exit: 1), task(1, bits: 300_000, exit: 3)])
    let batch = try #require(allocate(ExitAwareShelfPacking(), frame).batches.first)
    #expect(batch.members.map(\.task.number) == [1, 0])
    #expect(batch.members.map(\.bandwidth.value) == [7.5e6, 2.5e6])
    #expect(batch.members.allSatisfy { $0.uploadEnd == 0.04 })
    #expect(batch.entering == [2, 1, 1])
    #expect(abs(batch.members[1].completion - 0.052) < 1e-12)
  }
  @Test func aBusyWorkerStretchesTheUploads() throws {
    let frame = frame([task(0, bits: 100_000, exit: 1)], freeAt: [0.05], guardTime: 0.01)
    let batch = try #require(allocate(ExitAwareShelfPacking(), frame).batches.first)
    #expect(abs(batch.members[0].uploadEnd - 0.04) < 1e-12)
    #expect(abs(batch.members[0].bandwidth.value - 2.5e6) < 1e-3)
    #expect(abs(batch.start - 0.05) < 1e-12)
  }
  @Test func emptyFeaturesNeedNoBandwidth() throws {
    for policy in PolicyCatalog.entries.map({ $0.make(PolicyOptions()) }) {
      let answer = policy.allocate(frame([task(0, bits: 0, exit: 1)]), budget: .unlimited)
      #expect(answer.batches.first?.start ?? 0 == 0)
      #expect(answer.granted.map(\.bandwidth.value) == [0])
    }
  }
  @Test func equalSharesEndOneAfterAnother() throws {
    let frame = frame([task(0, bits: 100_000, exit: 1), task(1, bits: 300_000, exit: 3)])
    let batch = try #require(allocate(EqualShare(), frame).batches.first)
    #expect(batch.members.map(\.bandwidth.value) == [5e6, 5e6])
    #expect(batch.members.map(\.uploadEnd) == [0.06, 0.02])
    #expect(batch.start == 0.06)
  }
  @Test func batchingAloneRunsAllBlocks() throws {
    let frame = frame([task(0, bits: 0, exit: 1), task(1, bits: 0, exit: 2)])
    let batch = try #require(allocate(BestShelfPacking(), frame).batches.first)
    #expect(batch.entering == [2, 2, 2])
    #expect(batch.members.map(\.exit) == [3, 3])
  }
  @Test func laterEntriesShortenTheBatchAndCancelTheClaimToBeBest() throws {
    let frame = frame([task(0, bits: 0, exit: 3, entry: 3), task(1, bits: 0, exit: 3)])
    let answer = allocate(BestShelfPacking(), frame)
    #expect(answer.batches[0].entering == [1, 1, 2])
    #expect(answer.status == .feasible)
  }
  @Test func fixedTransmitPowerIsPlannedWithTheLeastEfficiency() {
    let frame = frame((0..<5).map { task($0, bits: 100_000, exit: 1, snr: 1e7) })
    let answer = allocate(ExitAwareShelfPacking(), frame)
    #expect(answer.scheduledCount == 5)
    #expect(abs((answer.batches.first?.start ?? 0) - 0.05) < 1e-9)
  }
  @Test func severalWorkersShareTheCellOverTime() {
    let frame = frame((0..<5).map { task($0, bits: 100_000, exit: 2) }, freeAt: [0.01, 0], maxBatch: 2)
    let answer = allocate(ExitAwareShelfPacking(), frame)
    #expect(answer.batches.map(\.worker.number) == [1, 0])
    #expect(answer.scheduledCount == 4)
    #expect(answer.refusals.map(\.reason) == [.batchLimit])
  }
}
