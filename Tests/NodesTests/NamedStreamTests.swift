import EdgeModel
import EdgeSimulation
import Inference
import Nodes
import Testing
import TraceLog
import Units

/// Every random stream has a name, so whoever is added at the end changes nobody else's draws.
struct NamedStreamTests {
  private struct Arrival: Hashable {
    var id: TaskID
    var generated: Instant
    var sample: Int
  }
  /// What a run drew: arrivals with their images, and for each worker the quantile of each block run.
  private struct Draws {
    var arrivals: [Arrival]
    var engine: [[Double]]
  }
  private func draws(_ setup: SimulationSetup) throws -> Draws {
    let traces = try Simulation.traces(of: setup)
    let arrivals = traces.records.compactMap { record -> Arrival? in
      guard case .taskOffered(let task, _, let sample, _, _) = record else { return nil }
      return Arrival(id: task.id, generated: task.generated, sample: sample)
    }
    let engine = traces.filter { $0.node.role == .edgeWorker }.map { trace in
      trace.entries.compactMap { entry -> Double? in
        guard case .blockRan(let run) = entry.record else { return nil }
        // Every block and head takes `uniform` + 1 times its table.
        return run.computed.inSeconds / run.expected.inSeconds - 1
      }
    }
    return Draws(arrivals: arrivals.sorted { $0.id < $1.id }, engine: engine)
  }
  private func setup(seed: Int) throws -> SimulationSetup {
    var testbed = RandomTestbed(seed: seed)
    var setup = try testbed.setup()
    setup.engineProfiles = setup.profiles.map { [$0] }
    setup.removeFurtherModels()
    for index in setup.topology.workers.indices {
      (setup.topology.workers[index].engine, setup.topology.workers[index].instances) = (.onnxRuntime, 1)
    }
    setup.dispersions = setup.profiles.map { profile in
      func part(_ curve: LatencyCurve) -> LatencyDispersion.Part {
        LatencyDispersion.Part(median: (1...16).map(curve.seconds), ratios: [[1, 2]])
      }
      return LatencyDispersion(
        blocks: profile.blocks.map {
          LatencyDispersion.Block(probabilities: [0, 1], body: part($0.latency), head: part($0.head))
        })
    }
    return setup
  }

  @Test(arguments: 0..<40)
  func whoIsAddedAtTheEndChangesNoOthersDraws(seed: Int) throws {
    let setup = try setup(seed: seed)
    let groups = setup.topology.groups
    var oneMore = setup
    oneMore.topology.groups[groups.count - 1].count += 1
    var group = groups[0]
    (group.name, group.firstDevice, group.count) = ("newcomers", DeviceID(setup.topology.deviceCount), 3)
    var groupMore = setup
    groupMore.topology.groups.append(group)

    let few = try draws(setup)
    for larger in [oneMore, groupMore] {
      let more = try draws(larger)
      #expect(more.arrivals.filter { $0.id.device.number < setup.topology.deviceCount } == few.arrivals)
      expectSameChannels(setup.topology, larger.topology)
      // How many blocks run, and on how many rows, is the policy's affair; the k-th run of a worker draws the same.
      #expect(few.engine.count == more.engine.count)
      for (before, after) in zip(few.engine, more.engine) {
        // Times are whole nanoseconds of at least half a millisecond.
        #expect(zip(before, after).allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
  }

  private func expectSameChannels(_ before: Topology, _ after: Topology) {
    let (few, more) = (
      CellChannel(cell: before.cell, groups: before.groups, seed: before.seed),
      CellChannel(cell: after.cell, groups: after.groups, seed: after.seed)
    )
    for device in 0..<before.deviceCount {
      for frame in 0..<20 {
        let (id, frame) = (DeviceID(device), FrameID(frame))
        #expect(few.snr(of: id, in: frame) == more.snr(of: id, in: frame))
      }
    }
  }

  /// The test above would prove little if engines drew nothing, or all the same.
  @Test func enginesDraw() throws {
    var all: [[Double]] = []
    for seed in 0..<40 { all += try draws(setup(seed: seed)).engine }
    let drawn = all.joined()
    #expect(drawn.count > 1000)
    #expect(abs(drawn.reduce(0, +) / Double(drawn.count) - 0.5) < 0.02)
    #expect(Set(all.compactMap(\.first).map { Int($0 * 1e4) }).count > 40)
  }
}
