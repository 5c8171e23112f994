import Allocation
import EdgeModel
import ZeroMQTransport

/// Who answers `offramp allocate`: one of our policies, or the user's own scheduler as in a run.
enum FrameAllocator {
  case policy(any AllocationPolicy)
  case scheduler(endpoint: String)

  /// How long a scheduler may take for a frame that nobody waits for.
  private static let patience = Duration.seconds(5)

  /// - Throws: where there is no such policy, it does not know the objective, or an endpoint is too many or too few.
  init(policy: String, objective: Objective, endpoint: String?) throws(CommandFailure) {
    guard policy == ExternalPolicy.name else {
      let entry = try PolicyOption.entry(named: policy, knowing: objective)
      guard endpoint == nil else {
        throw CommandFailure(
          "the policy '\(policy)' has no endpoint", at: "--endpoint", remedy: "leave it out, or say --policy external")
      }
      self = .policy(entry.make(PolicyOptions(objective: objective)))
      return
    }
    guard objective == .throughput else {
      throw CommandFailure(
        "what your scheduler maximises is its own affair", at: "--objective", remedy: "leave it out")
    }
    guard let endpoint else {
      throw CommandFailure(
        "the policy '\(policy)' needs an endpoint", at: "--policy",
        remedy: "say where your scheduler listens, as --endpoint tcp://127.0.0.1:5700")
    }
    self = .scheduler(endpoint: endpoint)
  }

  func answers(to frames: [FrameState]) throws(CommandFailure) -> [AllocationAnswer] {
    switch self {
    case .policy(let policy):
      return frames.map { frame in Self.timed(frame) { policy.allocate(frame, budget: .unlimited) } }
    case .scheduler(let endpoint): return try Self.ask(endpoint, frames)
    }
  }

  /// A run would not use an answer that breaks a promise, so it is an error here.
  private static func ask(_ endpoint: String, _ frames: [FrameState]) throws(CommandFailure) -> [AllocationAnswer] {
    var scheduler: ExternalScheduler
    do throws(NodeFailure) { scheduler = try ExternalScheduler(endpoint: endpoint) } catch {
      throw CommandFailure(lines: [error.description], code: 1)
    }
    var answers: [AllocationAnswer] = []
    for (index, frame) in frames.enumerated() {
      let fault: String
      do throws(ExternalScheduler.Failure) {
        let answer = try timed(frame) { () throws(ExternalScheduler.Failure) in
          try scheduler.allocate(frame, within: patience)
        }
        answers.append(answer)
        guard let broken = FeasibilityCheck(answer.allocation, of: frame).violations.first else { continue }
        fault = "its answer: \(broken)"
      } catch { fault = error.description }
      let place = frames.count == 1 ? endpoint : "\(endpoint), instance \(index)"
      throw CommandFailure(
        "no allocation: \(fault)", at: place, remedy: "see Docs/Policies.md, \"Your own scheduler\"")
    }
    return answers
  }

  private static func timed<Failure: Error>(
    _ frame: FrameState, _ allocate: () throws(Failure) -> FrameAllocation
  ) throws(Failure) -> AllocationAnswer {
    let clock = ContinuousClock()
    let start = clock.now
    let allocation = try allocate()
    return AllocationAnswer(allocation, to: frame, solveTime: start.duration(to: clock.now))
  }
}
