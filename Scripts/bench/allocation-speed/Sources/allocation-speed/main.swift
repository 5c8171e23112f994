// Measures the policies: time, search nodes and loss against the optimum. One core, release build:
//   swift run -c release --package-path Scripts/bench/allocation-speed allocation-speed
//     [losses] [speed] [slotted] [policies] [workers] [objectives]
// or, for Scripts/bench/allocation, answers instances on standard input and times each:
//   … allocation-speed answers POLICY ROUNDS < INSTANCES.json
import Allocation
import EdgeModel
import Glibc
import Units

struct Sample {
  var scheduled: Int
  var nodes: Int
  var milliseconds: Double
}

/// CPU time of this thread [ms]: what the policy takes of one core, whatever else the machine does.
func threadTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) * 1e-6
}

func measure(_ policy: any AllocationPolicy, _ frame: FrameState) -> Sample {
  let begin = threadTime()
  let answer = policy.allocate(frame, budget: .unlimited)
  let time = threadTime() - begin
  precondition(FeasibilityCheck(answer, of: frame).isFeasible, "\(answer.policy) made an infeasible answer")
  return Sample(scheduled: answer.scheduledCount, nodes: answer.searchNodes, milliseconds: time)
}

func rounded(_ value: Double, _ digits: Int = 3) -> Double {
  let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
  return (value * scale).rounded() / scale
}

struct Distribution: Sendable {
  var name: String
  var count: Int
  var draw: @Sendable (inout RandomFrames) -> FrameState
}

let distributions = [
  Distribution(name: "small, as in the tests", count: 5000) { $0.small() },
  Distribution(name: "K=60 N=8, base", count: 1000) { $0.benchmark(tasks: 60, blocks: 8) },
  Distribution(name: "K=20 N=4", count: 1000) { $0.benchmark(tasks: 20, blocks: 4) },
  Distribution(name: "K=40 N=4", count: 1000) { $0.benchmark(tasks: 40, blocks: 4) },
  Distribution(name: "K=40 N=4, 20 MHz", count: 1000) { $0.benchmark(tasks: 40, blocks: 4, bandwidth: 2e7) },
  Distribution(name: "K=60 N=8, 20 MHz", count: 1000) { $0.benchmark(tasks: 60, blocks: 8, bandwidth: 2e7) },
  Distribution(name: "K=60 N=8, alpha 1 ms, beta 1 ms", count: 200) {
    $0.benchmark(tasks: 60, blocks: 8, alpha: 0.001)
  },
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

@MainActor func reportLosses() {
  print("| distribution | frames | optimum | exit-aware loses | tree-search ms: median, worst | nodes: median, worst |")
  print("| --- | --- | --- | --- | --- | --- |")
  for distribution in distributions {
    var frames = RandomFrames(seed: 1)
    var (optimum, served) = (0, 0)
    var samples: [Sample] = []
    for _ in 0..<distribution.count {
      let frame = distribution.draw(&frames)
      samples.append(measure(TreeSearch(budget: .unlimited), frame))
      optimum += samples[samples.count - 1].scheduled
      served += measure(ExitAwareShelfPacking(), frame).scheduled
    }
    let times = samples.map(\.milliseconds).sorted()
    let nodes = samples.map(\.nodes).sorted()
    print(
      "| \(distribution.name) | \(distribution.count) | \(rounded(Double(optimum) / Double(distribution.count), 1)) "
        + "| \(rounded(100 * Double(optimum - served) / Double(optimum))) % "
        + "| \(rounded(times[times.count / 2])), \(rounded(times[times.count - 1])) "
        + "| \(nodes[nodes.count / 2]), \(nodes[nodes.count - 1]) |")
  }
}

@MainActor func reportSpeed() {
  print("| policy | K | N | scheduled | ms: median of 7, worst |")
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
      "| \(name), \(rounded(bandwidth / 1e6, 0)) MHz | \(tasks) | 8 | \(samples[3].scheduled) | \(rounded(times[3])), \(rounded(times[6])) |"
    )
  }
}

@MainActor func reportSlotted() {
  print("| K | N | block | slot | frames | slotted | tree-search | ms: median, worst | nodes: median, worst |")
  print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
  for (tasks, blocks, resourceBlock, slot, count) in [
    (20, 4, 180e3, 0.0005, 1000), (40, 4, 180e3, 0.0005, 1000), (60, 4, 180e3, 0.0005, 1000),
    (20, 8, 180e3, 0.0005, 1000), (40, 8, 180e3, 0.0005, 1000), (60, 8, 180e3, 0.0005, 1000),
    (60, 8, nil, 0.0005, 1000), (60, 8, 180e3, 0.000_01, 200),
  ] as [(Int, Int, Double?, Double, Int)] {
    var frames = RandomFrames(seed: 4)
    var samples: [Sample] = []
    var linear = 0
    for _ in 0..<count {
      let frame = frames.slottedBenchmark(tasks: tasks, blocks: blocks, resourceBlock: resourceBlock, slot: slot)
      samples.append(measure(SlottedTreeSearch(budget: .unlimited), frame))
      linear += measure(TreeSearch(), frame).scheduled
    }
    let times = samples.map(\.milliseconds).sorted()
    let nodes = samples.map(\.nodes).sorted()
    let scheduled = samples.reduce(0) { $0 + $1.scheduled }
    print(
      "| \(tasks) | \(blocks) | \(resourceBlock.map { "\(rounded($0 / 1e3, 0)) kHz" } ?? "–") "
        + "| \(rounded(slot * 1e3)) ms | \(count) | \(rounded(Double(scheduled) / Double(count), 1)) "
        + "| \(rounded(Double(linear) / Double(count), 1)) "
        + "| \(rounded(times[count / 2])), \(rounded(times[count - 1])) | \(nodes[count / 2]), \(nodes[count - 1]) |")
  }
}

@MainActor func reportPolicies() {
  print("| policy | tasks scheduled per frame | ms: median, worst | K = 1,000,000: scheduled, status, ms |")
  print("| --- | --- | --- | --- |")
  for entry in PolicyCatalog.entries {
    let policy = entry.make(PolicyOptions())
    var frames = RandomFrames(seed: 3)
    let samples = (0..<300).map { _ in measure(policy, frames.benchmark(tasks: 60, blocks: 8)) }
    let times = samples.map(\.milliseconds).sorted()
    let scheduled = samples.reduce(0) { $0 + $1.scheduled }
    let million = frames.benchmark(tasks: 1_000_000, blocks: 8)
    let begin = threadTime()
    let answer = policy.allocate(million, budget: .unlimited)
    let time = threadTime() - begin
    print(
      "| \(entry.name) | \(rounded(Double(scheduled) / 300, 2)) | \(rounded(times[150])), \(rounded(times[299])) "
        + "| \(answer.scheduledCount), \(answer.status), \(rounded(time, 0)) |")
  }
}

@MainActor func reportDivisionLosses() {
  print("| policy | frames | best division | loses | worker after worker loses |")
  print("| --- | --- | --- | --- | --- |")
  for name in [ExitAwareShelfPacking.name, TreeSearch.name, BestShelfPacking.name, EqualShare.name] {
    guard let policy = try? PolicyCatalog.entry(named: name).make(PolicyOptions()) else { continue }
    var frames = RandomFrames(seed: 1)
    var (served, simple, possible) = (0, 0, 0)
    for _ in 0..<5000 {
      let frame = frames.severalWorkers()
      served += measure(policy, frame).scheduled
      simple += WorkerAfterWorker(policy: policy).scheduled(of: frame)
      possible += ExhaustiveWorkers(
        frame, runsAllBlocks: name == BestShelfPacking.name, isEqualShare: name == EqualShare.name
      ).most()
    }
    func loss(_ count: Int) -> Double { rounded(100 * Double(possible - count) / Double(possible)) }
    print("| \(name) | 5000 | \(rounded(Double(possible) / 5000, 2)) | \(loss(served)) % | \(loss(simple)) % |")
  }
}

@MainActor func reportWorkers() {
  print("| policy | K | W | scheduled per frame | worker after worker | one worker | ms: median, worst | times one's |")
  print("| --- | --- | --- | --- | --- | --- | --- | --- |")
  let names = [ExitAwareShelfPacking.name, TreeSearch.name, BestShelfPacking.name, EqualShare.name]
  for (tasks, workers, bandwidth, count) in [
    (60, 2, 1e8, 200), (60, 4, 1e8, 200), (60, 4, 4e8, 200), (1000, 2, 1e8, 20), (1000, 4, 1e8, 20), (1000, 4, 1e9, 20),
  ] {
    for name in names {
      guard let policy = try? PolicyCatalog.entry(named: name).make(PolicyOptions()) else { continue }
      var frames = RandomFrames(seed: 4)
      var (samples, alone): ([Sample], [Sample]) = ([], [])
      var simple = 0
      for _ in 0..<count {
        var frame = frames.benchmark(tasks: tasks, blocks: 8, workers: workers, bandwidth: bandwidth)
        samples.append(measure(policy, frame))
        simple += WorkerAfterWorker(policy: policy).scheduled(of: frame)
        frame.workers = [frame.workers[0]]
        alone.append(measure(policy, frame))
      }
      func mean(_ sum: Int) -> Double { rounded(Double(sum) / Double(count), 2) }
      let times = samples.map(\.milliseconds).sorted()
      let timesAlone = alone.map(\.milliseconds).sorted()
      print(
        "| \(name), \(rounded(bandwidth / 1e6, 0)) MHz | \(tasks) | \(workers) "
          + "| \(mean(samples.reduce(0) { $0 + $1.scheduled })) | \(mean(simple)) "
          + "| \(mean(alone.reduce(0) { $0 + $1.scheduled })) "
          + "| \(rounded(times[count / 2])), \(rounded(times[count - 1])) "
          + "| \(rounded(times[count / 2] / timesAlone[count / 2], 1)) |")
    }
  }
}

/// What tasks count: 1, 2 or 4; anything within a factor of 10; 1 / (1 + what the device was served).
enum Weights: String, CaseIterable {
  case classes = "weighted, 3 classes"
  case distinct = "weighted, all different"
  case fair = "proportional-fair"

  var objective: Objective { self == .fair ? .proportionalFair : .weighted }
  func draw(_ distribution: Distribution, _ frames: inout RandomFrames) -> FrameState {
    let frame = distribution.draw(&frames)
    return switch self {
    case .classes: frames.weighted(frame, .priorityClasses)
    case .distinct: frames.weighted(frame, .distinct)
    case .fair: frames.served(frame)
    }
  }
}

@MainActor func reportObjectives() {
  print("| distribution | objective | frames, proven | nodes: median, 95 %, worst | tree-search ms: median, worst | exit-aware loses | ms: median, worst |")
  print("| --- | --- | --- | --- | --- | --- | --- |")
  let names = ["small", "K=20 N=4", "K=40 N=4", "K=60 N=8, base", "K=60 N=8, 20 MHz", "K=60 N=8, deadlines all"]
  for distribution in distributions + [
    Distribution(name: "K=20 N=4, 20 MHz", count: 1000) { $0.benchmark(tasks: 20, blocks: 4, bandwidth: 2e7) }
  ] where names.contains(where: { distribution.name.hasPrefix($0) }) {
    for weights in Weights.allCases { report(distribution, weights) }
  }
  for tasks in [200, 1000, 100_000, 1_000_000] {
    report(
      Distribution(name: "K=\(tasks) N=8", count: 3) { $0.benchmark(tasks: tasks, blocks: 8) }, .classes)
  }
}

@MainActor func report(_ distribution: Distribution, _ weights: Weights) {
  let objective = weights.objective
  var frames = RandomFrames(seed: 4)
  var (tree, heuristic): ([Sample], [Sample]) = ([], [])
  var losses: [Double] = []
  var proven = 0
  let count = min(distribution.count, distribution.name.hasPrefix("small") ? 5000 : 300)
  for _ in 0..<count {
    let frame = weights.draw(distribution, &frames)
    let (exact, status) = value(TreeSearch(objective: objective), objective, frame, &tree)
    let (found, _) = value(ExitAwareShelfPacking(objective: objective), objective, frame, &heuristic)
    if exact > 0 { losses.append((exact - found) / exact) }
    if status == .optimal { proven += 1 }
  }
  let nodes = tree.map(\.nodes).sorted()
  let (times, quick) = (tree.map(\.milliseconds).sorted(), heuristic.map(\.milliseconds).sorted())
  print(
    "| \(distribution.name) | \(weights.rawValue) | \(count), \(proven) "
      + "| \(nodes[count / 2]), \(nodes[count * 95 / 100]), \(nodes[count - 1]) "
      + "| \(rounded(times[count / 2])), \(rounded(times[count - 1])) "
      + "| \(rounded(100 * losses.reduce(0, +) / Double(losses.count))) % "
      + "| \(rounded(quick[count / 2])), \(rounded(quick[count - 1])) |")
}

@MainActor func value(
  _ policy: any AllocationPolicy, _ objective: Objective, _ frame: FrameState, _ samples: inout [Sample]
) -> (value: Double, status: FrameAllocation.Status) {
  let begin = threadTime()
  let answer = policy.allocate(frame, budget: .unlimited)
  let time = threadTime() - begin
  precondition(FeasibilityCheck(answer, of: frame).isFeasible, "\(answer.policy) made an infeasible answer")
  samples.append(Sample(scheduled: answer.scheduledCount, nodes: answer.searchNodes, milliseconds: time))
  return (objective.value(of: answer, in: frame), answer.status)
}

let chosen = CommandLine.arguments.dropFirst()
if chosen.first == "answers", chosen.count == 3, let rounds = Int(CommandLine.arguments[3]), rounds > 0 {
  try answer(policy: CommandLine.arguments[2], rounds: rounds)
}
if chosen.isEmpty || chosen.contains("losses") { reportLosses() }
if chosen.isEmpty || chosen.contains("speed") { reportSpeed() }
if chosen.isEmpty || chosen.contains("slotted") { reportSlotted() }
if chosen.isEmpty || chosen.contains("policies") { reportPolicies() }
if chosen.isEmpty || chosen.contains("workers") {
  reportDivisionLosses()
  reportWorkers()
}
if chosen.isEmpty || chosen.contains("objectives") { reportObjectives() }
