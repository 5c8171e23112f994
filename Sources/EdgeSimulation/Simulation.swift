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
  private enum Step {
    case baseStation(Event<BaseStation>)
    case worker(Int, Event<EdgeWorker>)
    case emulator(Int, Event<DeviceEmulator>)
  }

  public let nodes: [SimulatedNode]
  private let setup: SimulationSetup
  private let emulatorOfDevice: [Int]
  private var queue = EventQueue<Step>()
  private var baseStation: VirtualLoop<BaseStation>
  private var workers: [VirtualLoop<EdgeWorker>]
  private var emulators: [VirtualLoop<DeviceEmulator>]
  private let engines: [SimulatedEngine]
  private var links: LinkQueues
  /// When the policy, which decides one frame at a time, is through with what was asked of it.
  private var policyIsFree = Instant.start
  /// When each emulator's stem is through with what was asked of it.
  private var stemIsFree: [Instant]
  private var running: Int

  /// `record` gets each node's trace in order, header and footer included. Throws where a profile does not cover the
  /// model.
  public init(
    _ setup: SimulationSetup, record: @escaping (SimulatedNode.Index, Instant, TraceRecord) -> Void
  ) throws(EngineError) {
    self.setup = setup
    let shares = setup.emulatorShares
    let nodes = Self.nodes(setup, shares)
    self.nodes = nodes
    func loop<N: Node>(_ node: N, _ index: SimulatedNode.Index) -> VirtualLoop<N> {
      VirtualLoop(node, at: index, Self.header(of: nodes[index], setup), record)
    }
    var engines: [SimulatedEngine] = []
    for index in setup.topology.workers.indices { engines.append(try setup.makeEngine(index)) }
    self.engines = engines
    links = LinkQueues(setup.topology.simulation.links, emulators: shares.count, workers: engines.count)
    baseStation = loop(setup.makeBaseStation(), 0)
    workers = engines.indices.map { loop(setup.makeWorker($0), 1 + $0) }
    emulators = shares.enumerated().map { loop(setup.makeEmulator($1), 1 + engines.count + $0) }
    emulatorOfDevice = shares.enumerated().flatMap { index, share in share.map { _ in index } }
    stemIsFree = shares.map { _ in .start }
    running = shares.count
  }

  private static func nodes(_ setup: SimulationSetup, _ shares: [Range<Int>]) -> [SimulatedNode] {
    [SimulatedNode(name: "base-station", role: .baseStation, devices: [])]
      + setup.topology.workers.map { SimulatedNode(name: $0.name, role: .edgeWorker, devices: []) }
      + shares.enumerated().map { index, share in
        SimulatedNode(name: "devices-\(index)", role: .device, devices: share.map { DeviceID($0) })
      }
  }
  private static func header(of node: SimulatedNode, _ setup: SimulationSetup) -> TraceHeader {
    TraceHeader(
      run: setup.run, node: node.name, role: node.role, host: "simulation", process: 0, version: setup.version,
      topologySHA256: setup.topologySHA256, boot: "simulation")
  }

  /// Runs from the start until every node is done; returns how many events the nodes handled. Call it once.
  public mutating func run() -> Int {
    queue.add(.baseStation(.started), .timer, at: .start)
    for index in workers.indices { queue.add(.worker(index, .started), .timer, at: .start) }
    for index in emulators.indices { queue.add(.emulator(index, .started), .timer, at: .start) }
    while let (step, now) = queue.pop() {
      switch step {
      case .baseStation(let event): stepBaseStation(event, at: now)
      case .worker(let index, let event): stepWorker(index, event, at: now)
      case .emulator(let index, let event): stepEmulator(index, event, at: now)
      }
    }
    return baseStation.events + workers.reduce(0) { $0 + $1.events } + emulators.reduce(0) { $0 + $1.events }
  }

  // MARK: One event, and what it causes

  private mutating func stepEmulator(_ index: Int, _ event: Event<DeviceEmulator>, at now: Instant) {
    guard emulators[index].handle(event, at: now) else { return }
    for (timer, instant) in emulators[index].effects.timers {
      queue.add(.emulator(index, .fired(timer, planned: instant)), .timer, at: max(instant, now))
    }
    for message in emulators[index].effects.outbound {
      switch message {
      case .uplink(let uplink): tellBaseStation(.uplink(uplink), at: links.offer(uplink, from: index, at: now))
      case .chunk(let chunk, let worker):
        let arrival = links.chunk(chunk, from: index, to: worker.number, at: now)
        queue.add(.worker(worker.number, .received(.chunk(chunk))), .message, at: arrival)
      case .computeFeature(let task, _):
        let stem = setup.topology.simulation.stem
        stemIsFree[index] = max(stemIsFree[index], now) + stem
        let ready = DeviceEmulator.Inbound.featureReady(task, nil, took: stem)
        queue.add(.emulator(index, .received(ready)), .message, at: stemIsFree[index])
      }
    }
    if emulators[index].isOver { finish(index, at: now) }
  }

  private mutating func stepBaseStation(_ event: Event<BaseStation>, at now: Instant) {
    guard baseStation.handle(event, at: now) else { return }
    for (timer, instant) in baseStation.effects.timers {
      queue.add(.baseStation(.fired(timer, planned: instant)), .timer, at: max(instant, now))
    }
    for message in baseStation.effects.outbound {
      switch message {
      case .downlink(let downlink):
        let emulator = emulatorOfDevice[downlink.device.number]
        let arrival = links.grant(downlink, to: emulator, at: now)
        queue.add(.emulator(emulator, .received(.downlink(downlink))), .message, at: arrival)
      case .plan(let plan, let worker): tell(worker, .plan(plan), at: now)
      case .open(let plan, let worker): tell(worker, .open(plan), at: now)
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

  private mutating func stepWorker(_ index: Int, _ event: Event<EdgeWorker>, at now: Instant) {
    guard workers[index].handle(event, at: now) else { return }
    for (timer, instant) in workers[index].effects.timers {
      queue.add(.worker(index, .fired(timer, planned: instant)), .timer, at: max(instant, now))
    }
    for message in workers[index].effects.outbound {
      switch message {
      case .uplink(let uplink): tellBaseStation(.worker(uplink), at: links.report(uplink, from: index, at: now))
      case .result(let result):
        let emulator = emulatorOfDevice[result.task.device.number]
        let arrival = links.result(result, from: index, to: emulator, at: now)
        queue.add(.emulator(emulator, .received(.result(result))), .message, at: arrival)
      case .run(let job):
        engines[index].run(job, at: now) { event, instant in
          queue.add(.worker(index, .received(.engine(event))), .message, at: instant)
        }
      }
    }
    if workers[index].isOver { workers[index].close(at: now) }
  }

  private mutating func tell(_ worker: WorkerID, _ message: WorkerDownlink, at now: Instant) {
    let arrival = links.plan(message, to: worker.number, at: now)
    queue.add(.worker(worker.number, .received(.downlink(message))), .message, at: arrival)
  }
  private mutating func tellBaseStation(_ message: BaseStation.Inbound, at instant: Instant) {
    queue.add(.baseStation(.received(message)), .message, at: instant)
  }

  // MARK: The run's end

  /// When the last emulator is done, the base station ends the run for the others.
  private mutating func finish(_ index: Int, at now: Instant) {
    running -= 1
    emulators[index].close(at: now)
    guard running == 0 else { return }
    let told = links.finished(from: index, at: now)
    queue.add(.baseStation(.stopped(cause: "")), .message, at: told)
    for worker in workers.indices {
      queue.add(.worker(worker, .stopped(cause: "")), .message, at: links.stop(to: worker, at: told))
    }
  }
}

extension Simulation {
  /// A whole run with its traces in memory, in the order of the nodes.
  public static func traces(of setup: SimulationSetup) throws(EngineError) -> [SimulatedTrace] {
    var entries: [[SimulatedTrace.Entry]] = []
    var simulation = try Simulation(setup) { node, instant, record in
      while entries.count <= node { entries.append([]) }
      entries[node].append(SimulatedTrace.Entry(instant: instant, record: record))
    }
    _ = simulation.run()
    return zip(simulation.nodes, entries).map { SimulatedTrace(node: $0, entries: $1) }
  }
}
