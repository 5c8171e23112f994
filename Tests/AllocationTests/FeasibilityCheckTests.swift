import Allocation
import EdgeModel
import Testing
import Units

/// Every promise, broken on purpose, is seen.
@Suite struct FeasibilityCheckTests {
  private let frame: FrameState = {
    let block = BlockProfile(latency: .linear(alpha: 0.001, beta: 0.01))
    return FrameState(
      bandwidth: .megahertz(10), length: 0.1, guardTime: 0.005,
      workers: [WorkerState(freeAt: 0.01, maxBatch: 3, profile: LatencyProfile(blocks: [block, block]))],
      tasks: (0..<4).map {
        FrameTask(
          id: TaskID(device: 0, number: $0), feature: Bits(100_000), uplink: .spectralEfficiency(1), deadline: 0.1,
          requirement: .exit(1 + $0 % 2))
      })
  }()
  private var valid: FrameAllocation { ExitAwareShelfPacking().allocate(frame, budget: .unlimited) }

  private func expect(_ violation: String, after change: (inout FrameAllocation) -> Void) {
    var answer = valid
    #expect(FeasibilityCheck(answer, of: frame).violations == [])
    #expect(answer.scheduledCount == 3)
    change(&answer)
    let violations = FeasibilityCheck(answer, of: frame).violations
    #expect(violations.contains { $0.contains(violation) }, "\(violations)")
  }

  @Test func aTaskNamedTwice() { expect("named twice") { $0.refusals.append($0.refusals[0]) } }
  @Test func aTaskNotNamed() { expect("not named") { $0.refusals = [] } }
  @Test func aStranger() {
    expect("not in the frame") { $0.refusals[0].task = TaskID(device: 9, number: 9) }
  }
  @Test func anotherWorker() { expect("worker 7 is not in the frame") { $0.batches[0].worker = 7 } }
  @Test func anInstanceThatIsNone() { expect("no instance -1") { $0.batches[0].instance = -1 } }
  @Test func tooMuchBandwidth() { expect("exceeded") { $0.batches[0].members[0].bandwidth = .megahertz(9) } }
  /// So much that the upload takes no time, and no instant has it.
  @Test func moreThanTheCellInNoTime() {
    expect("more than the cell") { answer in
      answer.batches[0].members[0].bandwidth = Hertz(1e20)
      answer.batches[0].members[0].rate = BitRate(1e20)
      answer.batches[0].members[0].uploadStart = answer.batches[0].members[0].uploadEnd
    }
  }
  @Test func tooLittleRate() { expect("cannot send") { $0.batches[0].members[0].rate = BitRate(1e6) } }
  @Test func tooMuchRate() { expect("faster") { $0.batches[0].members[0].rate = BitRate(1e8) } }
  @Test func notANumber() { expect("cannot send") { $0.batches[0].members[0].uploadEnd = .nan } }
  @Test func anEarlierUpload() { expect("before the frame") { $0.batches[0].members[0].uploadStart = -1 } }
  @Test func aLateUpload() { expect("not in by") { $0.batches[0].members[0].uploadEnd = 0.034 } }
  @Test func beyondTheFrame() { expect("beyond the frame") { $0.batches[0].members[0].uploadEnd = 0.2 } }
  @Test func anotherCompletion() { expect("too early") { $0.batches[0].members[0].completion -= 0.001 } }
  @Test func aShallowExit() { expect("asks for exit 2") { $0.batches[0].members[0].exit = 1 } }
  @Test func anExitThatIsNone() { expect("of 2 blocks") { $0.batches[0].members[0].exit = 3 } }
  @Test func anotherEntry() { expect("enters at 2") { $0.batches[0].members[0].entry = 2 } }
  @Test func wrongSizes() { expect("entering is") { $0.batches[0].entering[1] += 1 } }
  @Test func wrongOrder() { expect("deepest exit first") { $0.batches[0].members.reverse() } }
  @Test func aLateStart() { expect("misses its deadline") { $0.batches[0].start += 0.05 } }
  @Test func anEarlyStart() { expect("free only after") { $0.batches[0].start = 0.009 } }
  @Test func twoBatchesAtOnce() {
    expect("two batches at once") { answer in
      var second = answer.batches[0]
      second.members.removeFirst()
      second.entering = [2, 1]
      answer.batches[0].members.removeLast(2)
      answer.batches.append(second)
    }
  }
  @Test func tooManyMembers() {
    var narrow = frame
    narrow.workers[0].maxBatch = 2
    #expect(FeasibilityCheck(valid, of: narrow).violations.contains { $0.contains("more than w0 takes") })
  }

  // MARK: Heads

  /// The same frame with heads, in a batch of 3 of whom 2 go on: 1 ms and 2 ms a row.
  private var headed: FrameState {
    var frame = frame
    frame.workers[0].profile.blocks[0].head = .linear(alpha: 0.001, beta: 0)
    frame.workers[0].profile.blocks[1].head = .linear(alpha: 0.002, beta: 0)
    return frame
  }

  @Test func headsOnAllRowsOrOnLeaversButNothingElse() throws {
    let frame = headed
    var answer = ExitAwareShelfPacking().allocate(frame, budget: .unlimited)
    #expect(FeasibilityCheck(answer, of: frame, headRows: .entering).violations == [])
    #expect(FeasibilityCheck(answer, of: frame, headRows: .leaving).violations.contains { $0.contains("too late") })
    let batch = try #require(answer.batches.first)
    #expect(batch.entering[0] == 3)
    let going = batch.entering[1]
    // What the note's heads save: those who go on do not pass the first exit's head.
    for index in batch.members.indices { answer.batches[0].members[index].completion -= Double(going) * 0.001 }
    #expect(FeasibilityCheck(answer, of: frame).violations == [])
    #expect(FeasibilityCheck(answer, of: frame, headRows: .entering).violations.contains { $0.contains("too early") })

    for change in [-0.0005, 0.0005] {
      var between = answer
      between.batches[0].members[0].completion += change
      #expect(!FeasibilityCheck(between, of: frame).isFeasible)
    }
    var mixed = answer
    mixed.batches[0].members[0].completion = batch.members[0].completion
    #expect(!FeasibilityCheck(mixed, of: frame).isFeasible)
  }

  @Test func headsInBlocksLeaveNoChoice() {
    var frame = headed
    let before = ExitAwareShelfPacking().allocate(frame, budget: .unlimited)
    frame.workers[0].profile = frame.workers[0].profile.withHeadsInBlocks
    #expect(ExitAwareShelfPacking().allocate(frame, budget: .unlimited) == before)
    let slotted = SlottedTreeSearch().allocate(frame, budget: .unlimited)
    #expect(FeasibilityCheck(slotted, of: frame, headRows: .entering).violations == [])
    #expect(FeasibilityCheck(slotted, of: headed, headRows: .entering).violations == [])
  }
}
