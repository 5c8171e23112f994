import EdgeModel
import Foundation
import PlainJSON
import Testing
import Units

@testable import TopologyFiles

/// The `sweep:` block: its grid, its topologies, its keys, and its mistakes.
@Suite struct SweepTests {
  private let workshop: Workshop
  init() throws { workshop = try Workshop() }

  private func sweep(_ block: String) throws -> SweepFile {
    try workshop.write("topology.yaml", SweepMistake.text(block))
    return try SweepFile.read(path: workshop.directory + "/topology.yaml", policies: Checkout.policies)
  }
  private func keys(_ file: SweepFile, version: String = "1", mode: String = "simulated") throws -> [String] {
    var keys = SweepKeys(version: version)
    var all: [String] = []
    try file.forEachPoint { (point) throws(TopologyError) in all.append(try keys.key(of: point, mode: mode)) }
    return all
  }

  // MARK: Mistakes

  @Test(arguments: SweepMistake.form) func formIsReportedByEveryReading(_ mistake: SweepMistake) throws {
    let problems = try workshop.problems(of: mistake.text, checkingFiles: false)
    expect(problems, mistake)
    #expect(throws: TopologyError.self) { try sweep(mistake.block) }
  }
  @Test(arguments: SweepMistake.values) func valuesAreReportedWithTheirPoint(_ mistake: SweepMistake) throws {
    #expect(try workshop.problems(of: mistake.text).isEmpty, "a run does not follow its grid")
    let file = try sweep(mistake.block)
    do {
      _ = try keys(file)
      Issue.record("nothing is reported")
    } catch let error as TopologyError {
      expect(error.problems, mistake)
      #expect(error.problems.allSatisfy { $0.description.contains(" at the grid's point ") })
    }
  }
  private func expect(_ problems: [TopologyProblem], _ mistake: SweepMistake) {
    let problem = problems.first { problem in mistake.says.allSatisfy(problem.description.contains) }
    #expect(problem != nil, "\(problems.map(\.description))")
    for problem in problems { #expect(!problem.description.contains { $0.isNewline } && !problem.remedy.isEmpty) }
    // The base's own line where the value stands there.
    if mistake.line > 0 { #expect(problem?.line == SweepMistake.firstLine + mistake.line, "\(problems)") }
  }

  @Test func emptyBlocksAreReported() throws {
    for block in ["sweep:\n", "sweep: {}\n", "sweep: 3\n", "sweep: [1]\n"] {
      #expect(try workshop.problems(of: Mistake.sound + block).count == 1, "\(block)")
    }
    try workshop.write("topology.yaml", Mistake.sound)
    let path = workshop.directory + "/topology.yaml"
    do {
      _ = try SweepFile.read(path: path, policies: Checkout.policies)
      Issue.record("there is no sweep")
    } catch { #expect(error.problems.map(\.what) == ["the topology has no key 'sweep'"]) }
  }

  @Test func aMistakeIsReportedOnceHoweverManyPointsHaveIt() throws {
    let file = try sweep("seeds: 1..50\naxes: {cell.bandwidth: [1 MHz, 2, 3]}")
    do {
      _ = try keys(file)
      Issue.record("nothing is reported")
    } catch let error as TopologyError { #expect(error.problems.count == 2, "\(error)") }
  }

  // MARK: The grid

  static let block = """
    seeds: [4, 1..3]
    policies: [best-shelf-packing, equal-share]
    axes:
      cell.bandwidth: [1 MHz, 2000 kHz, 4 MHz]
      devices.groups.*.deadline: [100 ms, 200 ms]
      load:
        - {value: 1, set: {devices.groups.cameras.count: 6, devices.groups.sensors.count: 3}}
        - {value: 2, set: {devices.groups.cameras.count: 12, devices.groups.sensors.count: 6}}
    """

  @Test func gridIsTheProductInOrder() throws {
    let file = try sweep(Self.block)
    #expect(file.count == 3 * 2 * 2 * 2 * 4)
    #expect(file.axes == ["cell.bandwidth", "devices.groups.*.deadline", "load"])
    let points = (0..<file.count).map(file.point)
    #expect(Set(points).count == file.count)
    #expect(
      points[0].name == "cell.bandwidth 1 MHz, devices.groups.*.deadline 100 ms, load 1, best-shelf-packing, seed 4")
    #expect(points.prefix(5).map(\.seed) == [4, 1, 2, 3, 4])
    #expect(points[4].policy == "equal-share" && points[8].parameters[2].value == "2")
    #expect(points[file.count - 1].parameters.map(\.value) == ["4 MHz", "200 ms", "2"])
  }

  /// Every point's topology is the base's but for what the point says.
  @Test func pointsSetTheirFieldsAndNoOthers() throws {
    let file = try sweep(Self.block)
    let base = try TopologyFile.read(path: file.path, policies: Checkout.policies).topology
    let bandwidths = ["1 MHz": 1e6, "2000 kHz": 2e6, "4 MHz": 4e6]
    var seen = 0
    try file.forEachPoint { (resolved) throws(TopologyError) in
      seen += 1
      let (point, topology) = (resolved.point, resolved.file.topology)
      let values = point.parameters.map(\.value)
      var expected = base
      expected.seed = UInt64(point.seed)
      expected.policy.name = point.policy ?? ""
      expected.cell.bandwidth = Hertz(bandwidths[values[0]] ?? 0)
      let load = Int(values[2]) ?? 0
      for (index, count) in [6 * load, 3 * load].enumerated() {
        expected.groups[index].deadline = values[1] == "100 ms" ? .milliseconds(100) : .milliseconds(200)
        expected.groups[index].count = count
      }
      expected.groups[1].firstDevice = DeviceID(6 * load)
      #expect(topology == expected, "\(point.name)")
    }
    #expect(seen == file.count)
  }

  /// What is kept with a run reads back as the same topology.
  @Test func textOfAPointIsItsTopology() throws {
    let file = try sweep(Self.block)
    try file.forEachPoint { (resolved) throws(TopologyError) in
      do { try workshop.write("point.yaml", resolved.file.text) } catch { Issue.record(error) }
      let again = try TopologyFile.read(path: workshop.directory + "/point.yaml", policies: Checkout.policies)
      #expect(again.topology == resolved.file.topology)
      #expect(again.sha256 == resolved.file.sha256)
    }
  }

  @Test func absentSectionsAndShortFormsAreFilledIn() throws {
    let file = try sweep(
      """
      axes:
        a:
          - value: 1
            set:
              policy.objective: throughput
              devices.groups.cameras.exit_rule.confidence: 0.9
              devices.groups.sensors.arrivals: {poisson: 3 /s}
              devices.groups.sensors.weight: 2
              limits.upload_error: 2 ms
              cell.noise: -170 dBm/Hz
      """)
    let short = Mistake.sound.replacing(/policy: .*\n/, with: "policy: best-shelf-packing\n").replacing(
      /limits: .*\n/, with: ""
    ).replacing("  noise: -169 dBm/Hz\n", with: "")
    for base in [Mistake.sound, short] {
      let text = try String(contentsOfFile: file.path, encoding: .utf8).replacing(Mistake.sound, with: base)
      try workshop.write("short.yaml", text)
      let short = try SweepFile.read(path: workshop.directory + "/short.yaml", policies: Checkout.policies)
      let topology = try short.resolve(short.point(0)).file.topology
      #expect(topology.policy.name == (base == Mistake.sound ? "exit-aware-shelf-packing" : "best-shelf-packing"))
      #expect(topology.groups[0].exitRule == .confidence(threshold: 0.9))
      #expect(topology.groups[1].arrivals == .poisson(rate: 3) && topology.groups[1].weight == 2)
      #expect(topology.limits.uploadError == .milliseconds(2))
      #expect(topology.cell.noiseDensity == -170)
    }
  }

  @Test func valuesThatAreNotPlainAreWrittenOnOneLine() throws {
    let file = try sweep(
      "axes: {devices.groups.*.arrivals: [{poisson: 3 /s}, {periodic: 50 ms}], devices.groups.sensors.channel.snr: [[1 dB, 2 dB]]}"
    )
    #expect(file.point(0).parameters.map(\.value) == ["{poisson: 3 /s}", "[1 dB, 2 dB]"])
    #expect(file.point(1).parameters[0].value == "{periodic: 50 ms}")
  }

  /// As with --policy: what was said for another policy does not get in the way.
  @Test func aPolicyLeavesTheOthersRuleBehind() throws {
    try workshop.write(
      "open.yaml",
      SweepMistake.text("policies: [dynamic-batching, equal-share]").replacing(
        /policy: .*\n/, with: "policy: {name: dynamic-batching, queue_delay: 5 ms}\n"))
    let file = try SweepFile.read(path: workshop.directory + "/open.yaml", policies: Checkout.policies)
    let policies = try (0..<2).map { try file.resolve(file.point($0)).file.topology.policy }
    #expect(policies.map(\.name) == ["dynamic-batching", "equal-share"])
    #expect(policies.map(\.batching.queueDelay) == [.milliseconds(5), .zero])
  }

  // MARK: Keys

  @Test func everyPointHasItsOwnKey() throws {
    let all = try keys(try sweep(Self.block))
    #expect(Set(all).count == 96)
    #expect(all.allSatisfy { $0.count == 16 && $0.allSatisfy(\.isHexDigit) })
  }

  @Test func keysDependOnWhatMattersAlone() throws {
    let block = "seeds: 1..3\naxes: {cell.bandwidth: [1 MHz]}"
    let first = try sweep(block)
    let known = try keys(first)
    #expect(try keys(first) == known)
    #expect(Set(known).isDisjoint(with: try keys(first, version: "2")))
    #expect(Set(known).isDisjoint(with: try keys(first, mode: "live")))
    // Layout, comments, order of keys, and the rest of the grid.
    let other = SweepMistake.text("seeds: [2, 9]\naxes: {cell.bandwidth: [1 MHz, 3 MHz]}").replacing(
      "seed: 1\nduration: 20 s\n", with: "# a comment\nduration: '20 s'\nseed: 1\n")
    try workshop.write("topology.yaml", other)
    let second = try SweepFile.read(path: first.path, policies: Checkout.policies)
    #expect(second.baseSHA256 == first.baseSHA256)
    #expect(try keys(second)[0] == known[1])
    // Contents of the files that are named, and the topology.
    try workshop.write(
      "model/table.json", #"{"format": 1, "blocks": [{"latency_s": [1, 2, 3, 5]}, {"alpha_s": 1, "beta_s": 1}]}"#)
    #expect(Set(try keys(second)).isDisjoint(with: known))
    try workshop.write("topology.yaml", other.replacing("20 s", with: "21 s"))
    let third = try SweepFile.read(path: first.path, policies: Checkout.policies)
    #expect(third.baseSHA256 != first.baseSHA256)
  }
}
