import Allocation
public import EdgeModel
public import Inference
import Nodes
public import TraceLog

/// The whole testbed in one thread and virtual time: the node values that run live, links with latency and rate,
/// a policy whose answer takes a modelled time, engines that go by their profile and its measured dispersion.
///
/// What happens depends on the setup alone.
public struct Simulation {
  /// What happens next, and to whom; `part` says to which of a node's lives.
  enum Step {
    case baseStation(Event<BaseStation>)
    case worker(Int, part: Int, Event<EdgeWorker>)
    case emulator(Int, part: Int, Event<DeviceEmulator>)
    case fault(FaultStep)
  }

  public let nodes: [SimulatedNode]
  let setup: SimulationSetup
  let emulatorOfDevice: [Int]
  var queue = EventQueue<Step>()
  var baseStation: VirtualLoop<BaseStation>
  var workers: [VirtualLoop<EdgeWorker>]
  var emulators: [VirtualLoop<DeviceEmulator>]
  /// Of each worker's instances, for each model.
  private let engines: [[[SimulatedEngine]]]
  var links: LinkQueues
  /// When the policy, which decides one frame at a time, is through with what was asked of it.
  private var policyIsFree = Instant.start
  /// When each emulator's stem is through with what was asked of it.
  var stemIsFree: [Instant]
  private var running: Int
  /// Planned faults; nil where there are none.
  var faults: FaultDriver?
  let record: (SimulatedNode.Index, Instant, TraceRecord) -> Void

  /// `record` gets each node's trace in order, header and footer included. Throws where a profile does not cover the
  /// model.
  public init(
    _ setup: SimulationSetup, record: @escaping (SimulatedNode.Index, Instant, TraceRecord) -> Void
  ) throws(EngineError) {
    self.setup = setup
    self.record = record
    let shares = setup.emulatorShares
    let nodes = setup.nodes
    self.nodes = nodes
    faults = FaultDriver(setup)
    func loop<N: Node>(_ node: N, _ index: SimulatedNode.Index) -> VirtualLoop<N> {
      VirtualLoop(node, at: index, Self.header(of: nodes[index], setup), record)
    }
    var engines: [[[SimulatedEngine]]] = []
    for (index, worker) in setup.topology.workers.enumerated() {
      var instances: [[SimulatedEngine]] = []
      for instance in 0..<worker.instances { instances.append(try setup.makeEngines(index, instance: instance)) }
      engines.append(instances)
    }
    self.engines = engines
    links = LinkQueues(
      setup.topology.simulation.links, emulators: shares.count, workers: engines.count, faults: setup.topology.faults,
      seed: setup.topology.seed)
    baseStation = loop(setup.makeBaseStation(), 0)
    workers = engines.indices.map { loop(setup.makeWorker($0), 1 + $0) }
    emulators = shares.enumerated().map { loop(setup.makeEmulator($1), 1 + engines.count + $0) }
    emulatorOfDevice = shares.enumerated().flatMap { index, share in share.map { _ in index } }
    stemIsFree = shares.map { _ in .start }
    running = shares.count
  }

  static func header(of node: SimulatedNode, _ setup: SimulationSetup) -> TraceHeader {
    TraceHeader(
      run: setup.run, node: node.name, role: node.role, host: "simulation", process: 0, version: setup.version,
      topologySHA256: setup.topologySHA256, boot: "simulation")
  }

  /// Runs from the start until every node is done; returns how many events the nodes handled. Call it once.
  public mutating func run() -> Int {
    planFaults()
    queue.add(.baseStation(.started), .timer, at: .start)
    for index in workers.indices { queue.add(.worker(index, part: 1, .started), .timer, at: .start) }
    for index in emulators.indices { queue.add(.emulator(index, part: 1, .started), .timer, at: .start) }
    while let (step, now) = queue.pop() { if faults == nil || admits(step, at: now) { perform(step, at: now) } }
    return baseStation.events + workers.reduce(faults?.pastEvents ?? 0) { $0 + $1.events }
      + emulators.reduce(0) { $0 + $1.events }
  }

  mutating func perform(_ step: consuming Step, at now: Instant, isDeferred: Bool = false) {
    switch consume step {
    case .baseStation(let event): stepBaseStation(event, at: now, isDeferred)
    case .worker(let index, _, .stopped(let cause)) where faults != nil:
      conclude(node(ofWorker: index), cause: cause, at: now)
    case .emulator(let index, _, .stopped(let cause)) where faults != nil:
      conclude(node(ofEmulator: index), cause: cause, at: now)
    case .worker(let index, _, let event): stepWorker(index, event, at: now, isDeferred)
    case .emulator(let index, _, let event): stepEmulator(index, event, at: now, isDeferred)
    case .fault(let step): perform(step, at: now)
    }
  }

  // Where a node's own clock is another: what it shows now, and when it will show an instant.

  func reading(of node: Int, at now: Instant) -> Instant { faults?.clocks[node].reading(at: now) ?? now }
  private func instant(when node: Int, shows reading: Instant) -> Instant {
    faults?.clocks[node].instant(showing: reading) ?? reading
  }
  /// Which of its lives a node is in.
  private func part(of node: Int) -> Int { faults?.conditions[node].part ?? 1 }
  func node(ofWorker index: Int) -> Int { 1 + index }
  func node(ofEmulator index: Int) -> Int { 1 + workers.count + index }

  // MARK: One event, and what it causes

  mutating func stepEmulator(
    _ index: Int, _ event: Event<DeviceEmulator>, at now: Instant, _ isDeferred: Bool = false
  ) {
    let node = node(ofEmulator: index)
    guard emulators[index].handle(event, at: reading(of: node, at: now), isDeferred: isDeferred) else { return }
    let part = part(of: node)
    for (timer, reading) in emulators[index].effects.timers {
      let due = max(instant(when: node, shows: reading), now)
      queue.add(.emulator(index, part: part, .fired(timer, planned: reading)), .timer, at: due)
    }
    for message in emulators[index].effects.outbound {
      switch message {
      case .uplink(let uplink): tellBaseStation(.uplink(uplink), at: links.offer(uplink, from: index, at: now))
      case .chunk(let chunk, let worker):
        let arrival = links.chunk(chunk, from: index, to: worker.number, at: now)
        tell(worker: worker.number, .chunk(chunk), at: arrival)
      case .computeFeature(let task, _):
        let stem = setup.topology.simulation.stem
        stemIsFree[index] = max(stemIsFree[index], now) + stem
        let ready = DeviceEmulator.Inbound.featureReady(task, nil, took: stem)
        queue.add(.emulator(index, part: part, .received(ready)), .message, at: stemIsFree[index])
      }
    }
    if emulators[index].isOver { finish(index, at: now) }
  }

  mutating func stepBaseStation(_ event: Event<BaseStation>, at now: Instant, _ isDeferred: Bool = false) {
    guard baseStation.handle(event, at: now, isDeferred: isDeferred) else { return }
    for (timer, instant) in baseStation.effects.timers {
      queue.add(.baseStation(.fired(timer, planned: instant)), .timer, at: max(instant, now))
    }
    for message in baseStation.effects.outbound {
      switch message {
      case .downlink(let downlink):
        let emulator = emulatorOfDevice[downlink.device.number]
        tell(emulator: emulator, .downlink(downlink), at: links.grant(downlink, to: emulator, at: now))
      case .plan(let plan, let worker):
        tell(
          worker: worker.number, .downlink(.plan(plan)), at: links.plan(.plan(plan), to: worker.number, at: now))
      case .open(let plan, let worker):
        tell(
          worker: worker.number, .downlink(.open(plan)), at: links.plan(.open(plan), to: worker.number, at: now))
      case .allocate(let state):
        let allocation = setup.policy.allocate(state, budget: setup.budget)
        let took = setup.solveTime(of: allocation, for: state)
        policyIsFree = max(policyIsFree, now) + took
        tellBaseStation(.allocated(allocation, frame: state.frame, took: took), at: policyIsFree)
      case .progress: break
      }
    }
    if baseStation.isOver { baseStation.close(at: now) }
  }

  mutating func stepWorker(_ index: Int, _ event: Event<EdgeWorker>, at now: Instant, _ isDeferred: Bool = false) {
    let node = node(ofWorker: index)
    let event = faults?.asShown(event, to: node) ?? event
    guard workers[index].handle(event, at: reading(of: node, at: now), isDeferred: isDeferred) else { return }
    let part = part(of: node)
    for (timer, reading) in workers[index].effects.timers {
      let due = max(instant(when: node, shows: reading), now)
      queue.add(.worker(index, part: part, .fired(timer, planned: reading)), .timer, at: due)
    }
    for message in workers[index].effects.outbound {
      switch message {
      case .uplink(let uplink): tellBaseStation(.worker(uplink), at: links.report(uplink, from: index, at: now))
      case .result(let result):
        let emulator = emulatorOfDevice[result.task.device.number]
        tell(emulator: emulator, .result(result), at: links.result(result, from: index, to: emulator, at: now))
      case .run(let job):
        engines[index][job.plan.instance][job.plan.model.number].run(job, at: now + setup.topology.simulation.dispatch)
        { event, instant in
          queue.add(.worker(index, part: part, .received(.engine(event))), .message, at: instant)
        }
      }
    }
    if workers[index].isOver { workers[index].close(at: reading(of: node, at: now)) }
  }

  // A message that is lost has no arrival.

  private mutating func tell(worker: Int, _ message: EdgeWorker.Inbound, at arrival: Instant?) {
    guard let arrival else { return }
    queue.add(
      .worker(worker, part: part(of: node(ofWorker: worker)), .received(message)), .message, at: arrival)
  }
  private mutating func tell(emulator: Int, _ message: DeviceEmulator.Inbound, at arrival: Instant?) {
    guard let arrival else { return }
    queue.add(
      .emulator(emulator, part: part(of: node(ofEmulator: emulator)), .received(message)), .message, at: arrival)
  }
  private mutating func tellBaseStation(_ message: BaseStation.Inbound, at arrival: Instant?) {
    guard let arrival else { return }
    queue.add(.baseStation(.received(message)), .message, at: arrival)
  }

  // MARK: The run's end

  /// When the last emulator is done, the base station ends the run for the others.
  private mutating func finish(_ index: Int, at now: Instant) {
    if faults != nil { return finishAmongFaults(index, at: now) }
    running -= 1
    emulators[index].close(at: now)
    guard running == 0 else { return }
    let told = links.finished(from: index, at: now)
    queue.add(.baseStation(.stopped(cause: "")), .message, at: told)
    for worker in workers.indices {
      let arrival = links.stop(to: worker, at: told)
      queue.add(.worker(worker, part: 1, .stopped(cause: "")), .message, at: arrival)
    }
  }
}

extension Simulation {
  /// A whole run with its traces in memory, in the order of the nodes.
  public static func traces(of setup: SimulationSetup) throws(EngineError) -> [SimulatedTrace] {
    try tracesAndEffects(of: setup).traces
  }

  /// The same, and when each of the topology's faults took effect on the run's clock; nil where its node was gone.
  ///
  /// A node that was not started again, because the run was over, has no trace of that part.
  public static func tracesAndEffects(
    of setup: SimulationSetup
  ) throws(EngineError) -> (traces: [SimulatedTrace], effects: [Instant?]) {
    var entries: [[SimulatedTrace.Entry]] = setup.nodes.map { _ in [] }
    var simulation = try Simulation(setup) { node, instant, record in
      entries[node].append(SimulatedTrace.Entry(instant: instant, record: record))
    }
    _ = simulation.run()
    let traces = zip(simulation.nodes, entries).map { SimulatedTrace(node: $0, entries: $1) }
    return (traces.filter { !$0.entries.isEmpty }, simulation.effects)
  }
}
