import Allocation
import EdgeModel
import Glibc
import PlainJSON
import Units

/// Reads an array of instances of `offramp allocate` from standard input and prints the policy's answers as that command
/// does, but with the median CPU time of `rounds` as `solve_us`.
///
/// A round goes through all instances, so that no call finds caches and branches as the same instance left them.
@MainActor func answer(policy name: String, rounds: Int) throws {
  let policy = try PolicyCatalog.entry(named: name).make(PolicyOptions())
  let frames = try AllocationInstances(utf8: standardInput()).instances.map(\.frame)
  var milliseconds = Array(repeating: [Double](), count: frames.count)
  for _ in 0..<rounds {
    for (index, frame) in frames.enumerated() { milliseconds[index].append(measure(policy, frame).milliseconds) }
  }
  let answers = zip(frames, milliseconds).map { frame, samples in
    let median = Duration.nanoseconds(Int64(samples.sorted()[rounds / 2] * 1e6))
    return AllocationAnswer(policy.allocate(frame, budget: .unlimited), to: frame, solveTime: median).json
  }
  print(JSON.array(answers).pretty, terminator: "")
}

private func standardInput() -> [UInt8] {
  var bytes: [UInt8] = []
  var chunk = Array<UInt8>(repeating: 0, count: 1 << 16)
  while true {
    let count = read(STDIN_FILENO, &chunk, chunk.count)
    guard count > 0 else { return bytes }
    bytes += chunk[..<count]
  }
}
