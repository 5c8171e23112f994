import Allocation
import EdgeModel
import Testing
import Units

/// Each reason of the contract, and their order.
@Suite struct RefusalReasonTests {
  private func task(
    _ number: Int, bits: Double = 100_000, deadline: Double = 0.1,
    _ requirement: FrameTask.Requirement = .exit(1)
  ) -> FrameTask {
    FrameTask(
      id: TaskID(device: 0, number: number), feature: Bits(bits), uplink: .spectralEfficiency(1), deadline: deadline,
      requirement: requirement)
  }
  private func frame(_ tasks: [FrameTask], freeAt: Double = 0, maxBatch: Int? = nil) -> FrameState {
    let block = BlockProfile(latency: .linear(alpha: 0.001, beta: 0.01), accuracy: 0.9)
    return FrameState(
      bandwidth: .megahertz(10),
      workers: [
        WorkerState(freeAt: freeAt, maxBatch: maxBatch, profile: LatencyProfile(blocks: [block, block]))
      ], tasks: tasks)
  }
  private func reasons(_ frame: FrameState) -> [RefusalReason] {
    ExitAwareShelfPacking().allocate(frame, budget: .unlimited).refusals.map(\.reason)
  }

  @Test func noExitIsAccurateEnough() {
    #expect(reasons(frame([task(0, deadline: 0, .accuracy(0.95))])) == [.accuracy])
  }
  @Test func infeasibleAlone() { #expect(reasons(frame([task(0, deadline: 0.02)], freeAt: 1)) == [.deadline]) }
  @Test func anUploadOfExactlyTheDeadlineIsFeasible() { #expect(reasons(frame([task(0, deadline: 0.021)])) == []) }
  @Test func infeasibleFromWhenTheWorkerIsFree() { #expect(reasons(frame([task(0)], freeAt: 0.095)) == [.workerBusy]) }
  @Test func theBatchIsFull() {
    #expect(reasons(frame([task(0), task(1)], maxBatch: 1)) == [.batchLimit])
  }
  @Test func theCellIsFull() {
    #expect(reasons(frame([task(0, bits: 500_000), task(1, bits: 500_000)])) == [.bandwidth])
  }
  @Test func aTaskThatMustRunAllBlocksHasItsOwnReason() {
    let answer = BestShelfPacking().allocate(frame([task(0, deadline: 0.025)]), budget: .unlimited)
    #expect(answer.refusals.map(\.reason) == [.deadline])
  }
  @Test func noTasksIsAnEmptyAllocation() {
    let answer = ExitAwareShelfPacking().allocate(frame([]), budget: .unlimited)
    #expect(answer.batches.isEmpty && answer.refusals.isEmpty)
  }
}
