import EdgeModel
import TraceLog
import Units

@testable import TraceAnalysis

/// A small run that keeps every invariant, drawn from a seed: two emulators, two workers, tasks of every outcome, growing
/// and shrinking batches, exits by plan and by confidence, and one emulator on another host whose clock is off.
struct SyntheticRun {
  static let accuracies = [0.8, 0.9, 0.97]
  static let bandwidth = Hertz.megahertz(20)
  static let frame = Duration.milliseconds(100)
  static let bytes = 25_000
  static let chunk = 4_096

  struct Node {
    var header: TraceHeader
    var records: [StampedRecord] = []
    /// Of the node's run clock against the base station's.
    var offset: Duration = .zero
  }
  var description: RunDescription
  /// `base-station`, `worker-0`, `worker-1`, `device-0`, `device-1`.
  var nodes: [Node]

  private var random: RandomStream
  private var waiting: [InferenceTask] = []
  private var nextBatch = 0
  private let devices: Int
  private let frames: Int

  /// `frames` of them; 8 devices.
  init(seed: UInt64, frames: Int = 12, devices: Int = 8) {
    random = RandomStream(seed: seed, device: 0, purpose: "synthetic run")
    self.devices = devices
    self.frames = frames
    let names: [(String, TraceHeader.Role)] = [
      ("base-station", .baseStation), ("worker-0", .edgeWorker), ("worker-1", .edgeWorker), ("device-0", .device),
      ("device-1", .device),
    ]
    nodes = names.enumerated().map { index, name in
      Node(
        header: TraceHeader(
          run: "run-\(seed)", node: name.0, role: name.1, host: index == 4 ? "other" : "here", process: 100 + index,
          version: "0.1.0", topologySHA256: "abc", boot: index == 4 ? "boot-2" : "boot-1"))
    }
    description = RunDescription(
      run: "run-\(seed)", topology: "synthetic", topologySHA256: "abc", seed: seed,
      duration: Self.frame * frames, isSimulated: true, version: "0.1.0", bandwidth: Self.bandwidth, frame: Self.frame,
      lead: .milliseconds(20), guardTime: .milliseconds(5), policy: "equal-share", fallback: "equal-share",
      accuracies: Self.accuracies)
    // Members that come too late for their batch are more than 5 ms late.
    description.limits.uploadError = .milliseconds(10)
    description.groups = [
      .init(name: "camera", firstDevice: 0, count: devices / 2, requiredAccuracy: 0.75, deadline: .milliseconds(300)),
      .init(
        name: "lidar, \"fast\"", firstDevice: DeviceID(devices / 2), count: devices - devices / 2,
        requiredAccuracy: 0.85, deadline: .milliseconds(190)),
    ]
    description.nodes = nodes.map { node in
      RunDescription.Node(name: node.header.node, role: node.header.role, host: node.header.host)
    }
    for device in 0..<devices { description.nodes[3 + device % 2].devices.append(DeviceID(device)) }
    description.ends = names.map { .init(node: $0.0, status: 0, isPlanned: true) }
    nodes[4].offset = .nanoseconds(Int64.random(in: -40_000_000...40_000_000, using: &random))
    generate()
  }

  /// The traces as their nodes wrote them, each on its own clock.
  var traces: [NodeTrace] {
    nodes.map { node in
      let own = ClockFit(
        method: .sameHost, offset: Double(node.offset.inNanoseconds), drift: 0, bound: .zero)
      return NodeTrace(
        node: node.header.node,
        records: node.records.map {
          StampedRecord(
            sequence: $0.sequence, instant: own.corrected($0.instant), record: $0.record.corrected(by: own))
        })
    }
  }
  var run: Run { Run(description: description, traces: traces) }
  var judged: (summary: RunSummary, verdict: Verdict) { RunAnalysis.judge(run) }

  /// The bytes of each trace file.
  var files: [(name: String, bytes: [UInt8])] {
    traces.map { trace in
      var encoder = TraceEncoder()
      let lines = trace.records.flatMap { encoder.encode($0.record, sequence: $0.sequence, at: $0.instant) }
      return (trace.file, lines)
    }
  }

  // MARK: Edits

  /// Numbers a node's records anew and corrects its footer.
  mutating func resequence(_ node: Int) {
    for index in nodes[node].records.indices {
      nodes[node].records[index].sequence = index
      if case .traceClosed = nodes[node].records[index].record {
        nodes[node].records[index].record = .traceClosed(records: index)
      }
    }
  }
  /// Finds the first record of any node that `isWanted`.
  func find(_ isWanted: (TraceRecord) -> Bool) -> (node: Int, index: Int)? {
    for node in nodes.indices {
      if let index = nodes[node].records.firstIndex(where: { isWanted($0.record) }) { return (node, index) }
    }
    return nil
  }
  /// Changes the first record for which `change` gives another; false where there is none.
  @discardableResult
  mutating func replace(_ change: (StampedRecord) -> StampedRecord?) -> Bool {
    for node in nodes.indices {
      for index in nodes[node].records.indices {
        guard let changed = change(nodes[node].records[index]) else { continue }
        nodes[node].records[index] = changed
        return true
      }
    }
    return false
  }
  /// Removes the first record that `isWanted`, leaving no gap.
  @discardableResult
  mutating func remove(_ isWanted: (TraceRecord) -> Bool) -> Bool {
    guard let (node, index) = find(isWanted) else { return false }
    nodes[node].records.remove(at: index)
    resequence(node)
    return true
  }

  // MARK: Generation

  private mutating func generate() {
    for node in nodes.indices { open(node) }
    for number in 1...frames {
      let edge = Instant.start + Self.frame * number
      offer(before: edge)
      allocate(FrameID(number), edge)
    }
    let end = Instant.start + Self.frame * (frames + 2)
    for task in waiting { refuse(task, FrameID(frames + 1), at: end - .milliseconds(50)) }
    for node in nodes.indices { close(node, at: end) }
  }

  private mutating func add(_ record: TraceRecord, to node: Int, at instant: Instant) {
    nodes[node].records.append(StampedRecord(sequence: 0, instant: instant, record: record))
  }

  private mutating func open(_ node: Int) {
    let start = Instant.start - .seconds(2)
    add(.traceOpened(nodes[node].header), to: node, at: start)
    add(.runStarted(monotonic: 5_000_000_000), to: node, at: start)
    if node == 1 || node == 2 {
      let capability = WorkerCapability(
        worker: WorkerID(node - 1), name: "worker-\(node - 1)", engine: "replay", isPaced: true, instances: 1,
        maxBatch: 16, accuracies: Self.accuracies)
      add(.workerReady(capability), to: node, at: start)
    }
    guard node == 4 else { return }
    for index in 0..<400 {
      let sent = start + (Self.frame * (frames + 4) + .seconds(2)) / 400 * index
      let there = Duration.microseconds(Int64.random(in: 40...400, using: &random))
      let back = Duration.microseconds(Int64.random(in: 40...400, using: &random))
      // Probes stay as their node wrote them, so the offset is put in here.
      let offset = nodes[node].offset
      add(
        .clockProbe(sent: sent + offset, peer: sent + there, received: sent + there + back + offset), to: node,
        at: sent + there + back)
    }
  }

  private mutating func close(_ node: Int, at end: Instant) {
    let statistics = LoopStatistics(
      timers: 100, latenessMedian: .microseconds(60), latenessP99: .microseconds(400), latenessMax: .milliseconds(1),
      events: 1_000, busy: .milliseconds(30), cpu: .milliseconds(50), steal: 0.01)
    add(.loopStatistics(statistics), to: node, at: end)
    nodes[node].records = nodes[node].records.enumerated().sorted {
      ($0.element.instant, $0.offset) < ($1.element.instant, $1.offset)
    }.map(\.element)
    add(.traceClosed(records: 0), to: node, at: end)
    resequence(node)
  }

  private func node(of task: TaskID) -> Int { 3 + task.device.number % 2 }

  private mutating func offer(before edge: Instant) {
    for device in 0..<devices where random.uniform() < 0.7 {
      let id = TaskID(device: DeviceID(device), number: taskCount(device))
      let generated = edge - .microseconds(Int64.random(in: 30_000...80_000, using: &random))
      let group = description.groups[device < devices / 2 ? 0 : 1]
      let task = InferenceTask(
        id: id, generated: generated, deadline: generated + group.deadline, requiredAccuracy: group.requiredAccuracy,
        feature: .bytes(Self.bytes), entry: device % 4 == 3 ? 2 : 1)
      waiting.append(task)
      counts[device, default: 0] += 1
      add(
        .taskOffered(
          task, group: group.name, sample: Int.random(in: 0..<500, using: &random), label: label(of: id),
          stem: .milliseconds(2)), to: node(of: id), at: generated + .milliseconds(2))
    }
  }
  private var counts: [Int: Int] = [:]
  private func taskCount(_ device: Int) -> Int { counts[device] ?? 0 }
  private func label(of task: TaskID) -> Int { (task.device.number * 7 + task.number) % 10 }

  private mutating func allocate(_ frame: FrameID, _ edge: Instant) {
    let decided = edge - .milliseconds(19)
    var granted: [[InferenceTask]] = [[], []]
    var deferred: [InferenceTask] = []
    var refused = 0
    let offers = waiting.count
    for task in waiting {
      let draw = random.uniform()
      if draw < 0.75 {
        granted[Int.random(in: 0...1, using: &random)].append(task)
      } else if draw < 0.9 && task.generated > edge - .milliseconds(150) {
        deferred.append(task)
        add(.taskDeferred(task.id, frame: frame, reason: .bandwidth), to: 0, at: decided)
      } else {
        refused += 1
        refuse(task, frame, at: decided)
      }
    }
    waiting = deferred
    let count = granted[0].count + granted[1].count
    let summary = FrameSummary(
      frame: frame, policy: "equal-share", offers: offers, granted: count, deferred: deferred.count, refused: refused,
      bandwidth: Self.bandwidth, bandwidthGranted: count > 0 ? Self.bandwidth : .zero, solve: .microseconds(140),
      searchNodes: 0, status: .feasible, fallback: false)
    add(.frameAllocated(summary), to: 0, at: decided)
    add(.frameStarted(frame, edge: edge), to: 0, at: edge + .microseconds(Int64.random(in: 10...200, using: &random)))
    for worker in 0...1 where !granted[worker].isEmpty {
      runBatch(granted[worker], worker, frame, edge, share: 1 / Double(count))
    }
  }

  private mutating func refuse(_ task: InferenceTask, _ frame: FrameID, at instant: Instant) {
    add(.taskRefused(task.id, frame: frame, reason: .deadline), to: 0, at: instant)
    let ending = TaskEnding(outcome: .refused, cause: "deadline", energy: Joules(0.002))
    add(.taskEnded(task.id, ending), to: node(of: task.id), at: instant + .milliseconds(1))
  }

  private mutating func runBatch(
    _ tasks: [InferenceTask], _ worker: Int, _ frame: FrameID, _ edge: Instant, share: Double
  ) {
    let uploadEnd = edge + .milliseconds(50)
    let start = edge + .milliseconds(55)
    let rate = BitRate(Double(Self.bytes) * 8 / 0.05)
    var members: [BatchPlan.Member] = []
    for task in tasks {
      let rule: ExitRule = random.uniform() < 0.3 ? .confidence(threshold: 0.9) : .assigned
      let first = 1 + (Self.accuracies.firstIndex { $0 >= task.requiredAccuracy } ?? 0)
      members.append(
        BatchPlan.Member(
          task: task.id, entry: task.entry, exit: max(task.entry, Int.random(in: first...3, using: &random)),
          rule: rule,
          featureBytes: Self.bytes, uploadEnd: uploadEnd, completion: edge + .milliseconds(80)))
    }
    let plan = BatchPlan(
      id: BatchID(nextBatch), frame: frame, worker: WorkerID(worker), start: start, members: members)
    nextBatch += 1
    add(.batchPlanned(plan), to: 0, at: edge - .milliseconds(19))
    add(.planReceived(plan.id, planned: start), to: 1 + worker, at: edge - .milliseconds(18))
    var missing: Set<TaskID> = []
    for member in plan.members {
      let grant = UplinkGrant(
        task: member.task, frame: frame, batch: plan.id, worker: WorkerID(worker), bandwidth: Self.bandwidth * share,
        rate: rate, uploadStart: edge, uploadEnd: uploadEnd, exit: member.exit)
      add(
        .taskGranted(grant, entry: member.entry, spectralEfficiency: 3.2, completion: member.completion), to: 0,
        at: edge - .milliseconds(19))
      let isLate = random.uniform() < 0.05
      if isLate { missing.insert(member.task) }
      upload(member.task, grant, plan, isLate: isLate)
    }
    execute(plan, missing: missing, worker)
  }

  private mutating func upload(_ task: TaskID, _ grant: UplinkGrant, _ plan: BatchPlan, isLate: Bool) {
    let node = node(of: task)
    let count = (Self.bytes + Self.chunk - 1) / Self.chunk
    let delay = Duration.microseconds(Int64.random(in: 0...30, using: &random))
    let sent = (0..<count).map { index in
      grant.uploadStart + delay + .seconds(Double(index * Self.chunk) * 8 / grant.rate.value)
    }
    add(.grantReceived(task, frame: grant.frame), to: node, at: grant.uploadStart - .milliseconds(18))
    add(.uploadStarted(task, planned: grant.uploadStart), to: node, at: grant.uploadStart + delay)
    add(
      .uploadEnded(task, planned: grant.uploadEnd, bytes: Self.bytes, chunkBytes: Self.chunk, sent: sent), to: node,
      at: grant.uploadEnd)
    let error = isLate ? 6_000 : Int64.random(in: -300...300, using: &random)
    add(
      .featureReceived(task, batch: plan.id, bytes: Self.bytes, planned: grant.uploadEnd), to: 1 + grant.worker.number,
      at: grant.uploadEnd + .microseconds(error))
  }

  private mutating func execute(_ plan: BatchPlan, missing: Set<TaskID>, _ worker: Int) {
    let node = 1 + worker
    let started = plan.start + .microseconds(15)
    var rows = plan.members.filter { !missing.contains($0.task) }
    add(
      .batchStarted(
        plan.id, frame: plan.frame, instance: 0, planned: plan.start, size: rows.count, missing: missing.sorted()),
      to: node, at: started)
    for task in missing.sorted() {
      let dropped = plan.start + .milliseconds(2)
      add(.taskDropped(task, batch: plan.id, reason: "too late for its batch"), to: node, at: dropped)
      let ending = TaskEnding(outcome: .expired, cause: "too late for its batch", energy: Joules(0.003))
      add(.taskEnded(task, ending), to: self.node(of: task), at: dropped + .milliseconds(1))
    }
    var now = started + .microseconds(20)
    for block in (rows.map(\.entry).min() ?? 1)...max(1, plan.depth) where !rows.isEmpty {
      let size = rows.count { $0.entry <= block }
      let expected = Duration.milliseconds(1) + .microseconds(200) * size
      let end = now + expected + .microseconds(10)
      add(
        .blockRan(
          BlockRun(
            batch: plan.id, instance: 0, block: block, size: size, start: now, end: end, expected: expected,
            computed: expected * 0.5)), to: node, at: end)
      now = end + .microseconds(10)
      let leaving = rows.filter { member in
        var leaves = member.exit == block
        if case .confidence = member.rule, member.entry <= block, random.uniform() < 0.2 { leaves = true }
        return leaves
      }
      for member in leaving { leave(member, block, plan, node, at: end + .microseconds(5)) }
      rows.removeAll { member in leaving.contains { $0.task == member.task } }
    }
    add(.batchEnded(plan.id, instance: 0), to: node, at: now)
    add(.batchReported(plan.id, worker: WorkerID(worker), ended: now), to: 0, at: now + .milliseconds(1))
  }

  private mutating func leave(
    _ member: BatchPlan.Member, _ exit: Int, _ plan: BatchPlan, _ node: Int, at instant: Instant
  ) {
    let isRight = random.uniform() < Self.accuracies[exit - 1]
    let answer = TaskAnswer(
      task: member.task, exit: exit, predicted: (label(of: member.task) + (isRight ? 0 : 1)) % 10, confidence: 0.93)
    add(.taskExited(answer, batch: plan.id, plannedExit: member.exit), to: node, at: instant)
    let result = instant + .microseconds(Int64.random(in: 500...2_000, using: &random))
    let device = self.node(of: member.task)
    var deadline = Instant.start
    for stamped in nodes[device].records {
      if case .taskOffered(let task, _, _, _, _) = stamped.record, task.id == member.task { deadline = task.deadline }
    }
    let ending = TaskEnding(outcome: result <= deadline ? .completed : .late, answer: answer, energy: Joules(0.004))
    add(.taskEnded(member.task, ending), to: device, at: result)
  }
}
