import EdgeModel
import PlainJSON
import Testing
import TraceLog
import Units

@testable import TraceAnalysis

struct RunCollectionTests {
  /// Nodes started by hand leave no run.json: the traces describe the run.
  @Test func tracesOfSeveralHostsBecomeARun() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let synthetic = SyntheticRun(seed: 8)
    for (index, file) in synthetic.files.enumerated() {
      try temporary.write(file.bytes, to: index < 3 ? "one/traces/\(file.name)" : "two/\(file.name)")
    }
    try temporary.write("# by hand".utf8, to: "one/topology.yaml")
    try temporary.write("hello".utf8, to: "two/device-0.log")
    let output = RunDirectory(temporary.path + "/run")
    try RunCollection.collect([temporary.path + "/one", temporary.path + "/two"], into: output)
    #expect(try temporary.list("run/traces").count == 5)
    #expect(try temporary.list("run/logs") == ["device-0.log"])
    let description = try #require(try output.readDescription())
    #expect(description.bandwidth == SyntheticRun.bandwidth)
    #expect(description.frame == SyntheticRun.frame)
    #expect(description.policy == "equal-share")
    #expect(description.groups.map(\.name) == synthetic.description.groups.map(\.name))
    let (summary, verdict) = try RunAnalysis.analyse(output)
    #expect(summary.whole.generated == synthetic.judged.summary.whole.generated)
    #expect(verdict.reasons.filter { !$0.contains("p99 upload error") } == [])
  }

  @Test func descriptionOfTheBaseStationIsKept() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let synthetic = SyntheticRun(seed: 8)
    try write(synthetic, to: temporary)
    let run = RunDirectory(temporary.path + "/run")
    try RunCollection.collect([temporary.path], into: run)
    #expect(try run.readDescription() == synthetic.description)
    #expect(try RunAnalysis.analyse(run).verdict.reasons == [])
  }

  @Test func mistakesAreNamed() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let output = RunDirectory(temporary.path + "/run")
    func expect(_ message: String, _ directories: [String]) {
      let error = #expect(throws: RunError.self) {
        try RunCollection.collect(directories.map { temporary.path + "/" + $0 }, into: output)
      }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
    expect("nothing to collect", [])
    expect("no such directory", ["absent"])
    let (first, second) = (SyntheticRun(seed: 1, frames: 3), SyntheticRun(seed: 2, frames: 3))
    try temporary.write([], to: "empty/readme")
    expect("has no traces", ["empty"])
    try temporary.write(first.files[0].bytes, to: "a/base-station.jsonl")
    try temporary.write(first.files[0].bytes, to: "b/base-station.jsonl")
    expect("two nodes wrote base-station.jsonl", ["a", "b"])
    try temporary.write(second.files[1].bytes, to: "c/worker-0.jsonl")
    expect("traces of different runs", ["a", "c"])
    try temporary.write(first.files[1].bytes, to: "d/worker-0.jsonl")
    try temporary.write(second.description.json.pretty.utf8, to: "d/run.json")
    expect("the description of run-2", ["a", "d"])
    try temporary.write([], to: "run/something")
    try temporary.write(first.description.json.pretty.utf8, to: "d/run.json")
    expect("the output directory is not empty", ["a", "d"])
  }
}
