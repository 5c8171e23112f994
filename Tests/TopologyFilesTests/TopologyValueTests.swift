import EdgeModel
import Foundation
import Testing
import TopologyFiles
import Units

/// What is read is what was written.
@Suite struct TopologyValueTests {
  private func read(_ workshop: Workshop, _ changes: [(String, String)] = []) throws -> Topology {
    let text = changes.reduce(Mistake.sound) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    try workshop.write("topology.yaml", text)
    return try TopologyFile.read(path: workshop.directory + "/topology.yaml", policies: Checkout.policies).topology
  }

  @Test func soundTextReadsAsWritten() throws {
    let workshop = try Workshop()
    let model = workshop.directory + "/model"
    let expected = Topology(
      name: "sound", seed: 1, duration: .seconds(20),
      cell: Cell(bandwidth: Hertz(5e6), carrier: Hertz(2e9), noiseDensity: -169),
      groups: [
        DeviceGroup(
          name: "cameras", firstDevice: 0, count: 6, requiredAccuracy: 0.9, deadline: .milliseconds(150),
          arrivals: .poisson(rate: 6),
          channel: ChannelModel(.distance(from: Metres(50), to: Metres(250), pathLoss: .macro))),
        DeviceGroup(
          name: "sensors", firstDevice: 6, count: 2, requiredAccuracy: 0.8, deadline: .milliseconds(200),
          arrivals: .periodic(period: .milliseconds(100)),
          channel: ChannelModel(.snr(from: Decibels(5), to: Decibels(20)))),
      ],
      emulators: 2,
      workers: [WorkerDescription(name: "w0", engine: .paced, latencyTable: model + "/table.json", maxBatch: 4)],
      model: model, policy: PolicyChoice(searchNodes: 1000),
      transport: TransportChoice(devicesEndpoint: "tcp://0.0.0.0:5600"),
      faults: [
        PlannedFault(.restart(node: "devices-0", after: .seconds(2)), at: .start + .seconds(5)),
        PlannedFault(.pause(node: "devices-1", for: .milliseconds(500)), at: .start + .seconds(5)),
        PlannedFault(.bandwidth(factor: 0.5), at: .start + .seconds(10), for: .seconds(2)),
        PlannedFault(.engine(worker: "w0", factor: 0.5), at: .start + .seconds(11)),
        PlannedFault(.loss(.deviceWorker, share: 0.01), at: .start + .seconds(3), for: .seconds(2)),
        PlannedFault(.delay(.stationWorker, by: .milliseconds(25)), at: .start + .seconds(3)),
        PlannedFault(.clock(node: "w0", step: .milliseconds(-3)), at: .start + .seconds(6)),
        PlannedFault(.stop(node: "devices-1"), at: .start + .seconds(18)),
        PlannedFault(.kill(node: "w0"), at: .start + .seconds(19)),
      ],
      simulation: SimulationChoice(
        links: SimulatedLinks(
          deviceStation: SimulatedLink(latency: .microseconds(200)),
          stationWorker: SimulatedLink(latency: .zero, rate: BitRate(1e9))),
        solveTime: SolveTime(
          base: .milliseconds(1), perTask: .microseconds(2), perSearchNode: .nanoseconds(300)),
        stem: .milliseconds(4), dispatch: .microseconds(150), engine: .table))
    #expect(try read(workshop) == expected)
    #expect(
      expected.faults.map(\.description) == [
        "restart devices-0 at 5 s, back after 2 s", "pause devices-1 at 5 s for 500 ms",
        "bandwidth 50 % at 10 s for 2 s", "engine w0 at 50 % speed at 11 s",
        "loss of 1 % on device-worker at 3 s for 2 s",
        "delay of 25 ms on station-worker at 3 s", "clock of w0 by -3 ms at 6 s", "stop devices-1 at 18 s",
        "kill w0 at 19 s",
      ])
  }

  @Test func leftOutSectionsHaveTheirDefaults() throws {
    let workshop = try Workshop()
    try workshop.write(
      "topology.yaml",
      """
      format: 1
      name: least
      duration: 1 min
      cell: {bandwidth: 1 MHz}
      model: model
      workers: [{name: w, engine: onnxruntime}]
      devices: {groups: [{name: g, count: 1, accuracy: 0, deadline: 1 s, arrivals: {periodic: 1 s}, channel: {snr: 0 dB}}]}
      """)
    let file = try TopologyFile.read(path: workshop.directory + "/topology.yaml", policies: Checkout.policies)
    let topology = file.topology
    #expect(topology.seed == 1 && topology.emulators == 1 && topology.description == "")
    #expect(topology.timing == FrameTiming() && topology.policy == PolicyChoice() && topology.limits == .standard)
    #expect(topology.transport == TransportChoice() && topology.cell == Cell(bandwidth: Hertz(1e6)))
    #expect(topology.workers == [WorkerDescription(name: "w", engine: .onnxRuntime)])
    #expect(topology.simulation == SimulationChoice() && topology.simulation.engine == .dispersion)
    #expect(topology.simulation.links.deviceWorker == SimulatedLink(latency: .microseconds(100), rate: nil))
    #expect(topology.groups[0].exitRule == .assigned && topology.groups[0].transmitPower == Watts(0.2))
  }

  @Test(arguments: Objective.allCases) func objectiveAndWeightReadAsWritten(_ objective: Objective) throws {
    let topology = try read(
      try Workshop(),
      [("fallback: equal-share", "objective: \(objective.rawValue)"), ("exit_rule: assigned", "weight: 2.5")])
    #expect(topology.policy.objective == objective)
    #expect(topology.groups.map(\.weight) == [2.5, 1])
  }

  @Test func choicesReadAsWritten() throws {
    let workshop = try Workshop()
    try workshop.write("times.csv", "device,time_s\n0,0.5\n1,1\n")
    try workshop.write("snr.csv", "device,frame,snr_db\n0,0,-3.5\n1,0,12\n")
    let topology = try read(
      workshop,
      [
        ("exit_rule: assigned", "exit_rule: {confidence: 90 %}"), ("{periodic: 100 ms}", "{replay: times.csv}"),
        ("{snr: [5 dB, 20 dB]}", "{trace: snr.csv}"), ("fading: rayleigh", "fading: none"),
        ("3gpp-36.814-macro", "3gpp-38.901-umi-nlos"), ("[50 m, 250 m]", "1 km"),
        ("{name: exit-aware-shelf-packing, fallback: equal-share, search_nodes: 1000}", "equal-share"),
        ("tcp, devices: tcp://0.0.0.0:5600", "ipc, workers: 'ipc:///tmp/w'"),
        ("name: sound", "name: a-1\ndescription: |\n  two\n  lines"),
      ])
    let (cameras, sensors) = (topology.groups[0], topology.groups[1])
    #expect(cameras.exitRule == .confidence(threshold: 0.9))
    #expect(sensors.arrivals == .replay(file: workshop.directory + "/times.csv"))
    #expect(sensors.channel == ChannelModel(.trace(file: workshop.directory + "/snr.csv"), fading: .none))
    let ring = ChannelModel.Mean.distance(from: Metres(1000), to: Metres(1000), pathLoss: .urbanMicro)
    #expect(cameras.channel == ChannelModel(ring, fading: .none))
    #expect(topology.policy == PolicyChoice(name: "equal-share"))
    #expect(topology.transport == TransportChoice(scheme: .ipc, workersEndpoint: "ipc:///tmp/w"))
    #expect(topology.description == "two lines")
  }

  /// The scheduler chose its own scheme.
  @Test func anExternalSchedulersEndpointReadsAsWritten() throws {
    let topology = try read(
      try Workshop(),
      [("{name: exit-aware-shelf-packing, ", "{name: external, endpoint: 'ipc:///tmp/s', ")])
    #expect(topology.policy == PolicyChoice(name: "external", searchNodes: 1000, endpoint: "ipc:///tmp/s"))
  }

  @Test func batchingOptionsReadAsWritten() throws {
    let topology = try read(
      try Workshop(),
      [
        (
          "{name: exit-aware-shelf-packing, fallback: equal-share, search_nodes: 1000}",
          "{name: dynamic-batching, max_batch: 3, queue_delay: 4 ms, queue_timeout: 90 ms}"
        )
      ])
    let batching = BatchingOptions(maxBatch: 3, queueDelay: .milliseconds(4), timeout: .milliseconds(90))
    #expect(topology.policy == PolicyChoice(name: "dynamic-batching", batching: batching))
  }

  @Test func seriesFilesAreLookedAtRowByRow() throws {
    let workshop = try Workshop()
    let cases: [(key: String, text: String, line: Int, says: String)] = [
      ("replay", "time_s,device\n", 1, "header"), ("replay", "", 1, "header"),
      ("replay", "device,time_s\n0,1\n2,1\n", 3, "0 to 1"), ("replay", "device,time_s\n0,-1\n", 2, "not in the run"),
      ("replay", "device,time_s\n0,1e9\n", 2, "not in the run"),
      ("trace", "device,frame,snr_db\n0,0,1\n1,0,2\n0,2,1\n", 4, "where 1 is next"),
      ("trace", "device,frame,snr_db\n0,0,999\n", 2, "no SNR"), ("replay", "device,time_s\n0,nan\n", 2, "no number"),
      ("replay", "device,time_s\n0\n", 2, "1 fields"),
      ("trace", "device,frame,snr_db\n0,-1,3\n", 2, "where 0 is next"),
      ("trace", "device,frame,snr_db\n0,0,x\n", 2, "no number"),
    ]
    for (key, text, line, says) in cases {
      try workshop.write("series.csv", text)
      let from = key == "replay" ? "{periodic: 100 ms}" : "{snr: [5 dB, 20 dB]}"
      let problems = try workshop.problems(
        of: Mistake.sound.replacingOccurrences(of: from, with: "{\(key): series.csv}"))
      #expect(problems.count == 1 && problems[0].line == line, "\(problems)")
      #expect(problems.first?.file.hasSuffix("series.csv") == true && problems.first?.what.contains(says) == true)
    }
  }

  @Test func brokenModelFilesNameTheirOwnPlace() throws {
    let workshop = try Workshop()
    try workshop.write("model/manifest.json", "{\"format\": 1,\n\"exits\": [}")
    var problem = try #require(try workshop.problems(of: Mistake.sound).first)
    #expect(problem.file.hasSuffix("manifest.json") && problem.line == 2, "\(problem)")
    for text in ["{\"format\": 1}", "{\"format\": 1, \"exits\": []}", "{\"format\": 1, \"exits\": [{}]}", "[]"] {
      try workshop.write("model/manifest.json", text)
      problem = try #require(try workshop.problems(of: Mistake.sound).first)
      #expect(problem.file.hasSuffix("manifest.json"), "\(problem)")
    }
  }

  @Test func aCopyReadsAgainstTheOriginalsDirectoryOrWithoutItsFiles() throws {
    let (workshop, elsewhere) = (try Workshop(), try Workshop())
    try workshop.write("topology.yaml", Mistake.sound)
    try elsewhere.write("copy.yaml", Mistake.sound.replacingOccurrences(of: "model: model", with: "model: gone"))
    let policies = Checkout.policies
    let first = try TopologyFile.read(path: workshop.directory + "/topology.yaml", policies: policies)
    #expect(throws: TopologyError.self) {
      try TopologyFile.read(path: elsewhere.directory + "/copy.yaml", policies: policies)
    }
    let unchecked = try TopologyFile.read(
      path: elsewhere.directory + "/copy.yaml", policies: policies, checkingFiles: false)
    #expect(unchecked.topology.groups == first.topology.groups)
    try elsewhere.write("copy.yaml", Mistake.sound)
    let copy = try TopologyFile.read(
      path: elsewhere.directory + "/copy.yaml", policies: policies, relativeTo: workshop.directory)
    #expect(copy.topology == first.topology && copy.sha256 == first.sha256)
  }
}
