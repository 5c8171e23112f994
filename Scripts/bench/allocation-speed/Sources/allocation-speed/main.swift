// Measures the policies: time, search nodes and loss against the optimum. One core, release build:
//   swift run -c release --package-path Scripts/bench/allocation-speed
import Allocation
import EdgeModel
import Units

struct Sample {
  var scheduled: Int
  var nodes: Int
  var milliseconds: Double
}

func measure(_ policy: any AllocationPolicy, _ frame: FrameState) -> Sample {
  let clock = ContinuousClock()
  let begin = clock.now
  let answer = policy.allocate(frame, budget: .unlimited)
  let time = clock.now - begin
  precondition(FeasibilityCheck(answer, of: frame).isFeasible, "\(answer.policy) made an infeasible answer")
  return Sample(scheduled: answer.scheduledCount, nodes: answer.searchNodes, milliseconds: time / .milliseconds(1))
}

func round(_ value: Double, _ digits: Int = 3) -> Double {
  let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
  return (value * scale).rounded() / scale
}

struct Distribution {
  var name: String
  var count: Int
  var draw: (inout RandomFrames) -> FrameState
}

let distributions = [
  Distribution(name: "small, as in the tests", count: 5000) { $0.small() },
  Distribution(name: "K=60 N=8 of issue 3", count: 1000) { $0.benchmark(tasks: 60, blocks: 8) },
  Distribution(name: "K=20 N=4", count: 1000) { $0.benchmark(tasks: 20, blocks: 4) },
  Distribution(name: "K=40 N=4", count: 1000) { $0.benchmark(tasks: 40, blocks: 4) },
  Distribution(name: "K=40 N=4, 20 MHz", count: 1000) { $0.benchmark(tasks: 40, blocks: 4, bandwidth: 2e7) },
  Distribution(name: "K=60 N=8, 20 MHz", count: 1000) { $0.benchmark(tasks: 60, blocks: 8, bandwidth: 2e7) },
  Distribution(name: "K=60 N=8, alpha 1 ms, beta 1 ms", count: 200) { $0.benchmark(tasks: 60, blocks: 8, alpha: 0.001) },
  Distribution(name: "K=60 N=8, alpha 0.1 ms, beta 2 ms", count: 1000) {
    $0.benchmark(tasks: 60, blocks: 8, alpha: 0.0001, beta: 0.002)
  },
  Distribution(name: "K=60 N=8, deadlines U[10, 40] ms", count: 1000) {
    $0.benchmark(tasks: 60, blocks: 8, deadlines: 0.01...0.04)
  },
  Distribution(name: "K=60 N=8, deadlines all 50 ms", count: 1000) {
    $0.benchmark(tasks: 60, blocks: 8, deadlines: 0.05...0.05)
  },
  Distribution(name: "K=60 N=8, half leave last", count: 1000) {
    $0.benchmark(tasks: 60, blocks: 8, lastExitShare: 0.5)
  },
]

print("| distribution | frames | optimum | exit-aware loses | tree-search ms: median, worst | nodes: median, worst |")
print("| --- | --- | --- | --- | --- | --- |")
for distribution in distributions {
  var frames = RandomFrames(seed: 1)
  var (optimum, served) = (0, 0)
  var samples: [Sample] = []
  for _ in 0..<distribution.count {
    let frame = distribution.draw(&frames)
    samples.append(measure(TreeSearch(), frame))
    optimum += samples[samples.count - 1].scheduled
    served += measure(ExitAwareShelfPacking(), frame).scheduled
  }
  let times = samples.map(\.milliseconds).sorted()
  let nodes = samples.map(\.nodes).sorted()
  print(
    "| \(distribution.name) | \(distribution.count) | \(round(Double(optimum) / Double(distribution.count), 1)) "
      + "| \(round(100 * Double(optimum - served) / Double(optimum))) % "
      + "| \(round(times[times.count / 2])), \(round(times[times.count - 1])) "
      + "| \(nodes[nodes.count / 2]), \(nodes[nodes.count - 1]) |")
}

print("\n| policy | K | N | scheduled | ms: median of 7, worst |")
print("| --- | --- | --- | --- | --- |")
for (name, tasks, bandwidth) in [
  (ExitAwareShelfPacking.name, 1_000, 1e8), (ExitAwareShelfPacking.name, 1_000, 1e9), (EqualShare.name, 1_000, 1e8),
  (BestShelfPacking.name, 1_000, 1e8), (BestShelfPacking.name, 100_000, 1e8), (BestShelfPacking.name, 100_000, 1e10),
  (ExitAwareShelfPacking.name, 1_000_000, 1e9), (BestShelfPacking.name, 1_000_000, 1e9),
] {
  guard let policy = try? PolicyCatalog.entry(named: name).make(PolicyOptions()) else { continue }
  var frames = RandomFrames(seed: 2)
  var samples: [Sample] = []
  for _ in 0..<7 { samples.append(measure(policy, frames.benchmark(tasks: tasks, blocks: 8, bandwidth: bandwidth))) }
  let times = samples.map(\.milliseconds).sorted()
  print(
    "| \(name), \(round(bandwidth / 1e6, 0)) MHz | \(tasks) | 8 | \(samples[3].scheduled) | \(round(times[3])), \(round(times[6])) |")
}
