import EdgeModel
import PlainJSON
import Testing
import TraceLog
import Units

@testable import TraceAnalysis

/// From files to files.
struct RunFilesTests {
  @Test(arguments: 0..<4)
  func analysisWritesEverything(seed: Int) throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let synthetic = SyntheticRun(seed: UInt64(seed))
    try write(synthetic, to: temporary)
    let (summary, verdict) = try RunAnalysis.analyse(RunDirectory(temporary.path))
    #expect(verdict.reasons == [])
    #expect(summary == synthetic.judged.summary)
    #expect(
      try temporary.list() == [
        "logs", "run.json", "summary.json", "tables", "timeline.perfetto.json", "traces", "verdict.json",
      ])
    #expect(try JSON(utf8: temporary.read("verdict.json"))["valid"]?.bool == true)
    let json = try JSON(utf8: temporary.read("summary.json"))
    #expect(json["format"]?.integer == 1)
    #expect(json["tasks"]?["generated"]?.integer == summary.whole.generated)
    #expect(json["groups"]?.array?.count == 2)
    let clocks = try #require(try RunDirectory(temporary.path).readDescription()).clocks
    #expect(clocks.map(\.node) == ["base-station", "worker-0", "worker-1", "device-0", "device-1"])
    let foreign = try #require(clocks.last?.fit)
    #expect(foreign.method == .probes)
    let wrong = abs(foreign.offset + Double(synthetic.nodes[4].offset.inNanoseconds))
    #expect(wrong <= Double(try #require(foreign.bound).inNanoseconds))
    // Analysing again finds the same.
    #expect(try RunAnalysis.analyse(RunDirectory(temporary.path)).summary == summary)
  }

  @Test func tablesHaveTheContractsColumns() throws {
    // What Offramp adds to the contract stands behind the contract's own columns.
    let tables = RunTables(SyntheticRun(seed: 5).run)
    let tasks = rows(tables.tasks)
    #expect(
      tasks[0]
        == "device,task,generated_ns,deadline_ns,required_accuracy,offered_frame,granted_frame,worker,batch,entry_block,planned_exit,taken_exit,feature_bits,bandwidth_hz,upload_start_ns,upload_planned_end_ns,upload_end_ns,batch_planned_start_ns,batch_start_ns,planned_completion_ns,result_ns,latency_ms,energy_mj,label,predicted,confidence,outcome,cause,group"
    )
    #expect(
      rows(tables.batches)[0]
        == "batch,frame,worker,instance,block,size,planned_start_ns,start_ns,expected_ms,actual_ms,computed_ms")
    #expect(
      rows(tables.frames)[0]
        == "frame,policy,offers,granted,deferred,refused,bandwidth_hz,bandwidth_granted_hz,solve_us,search_nodes,status,fallback"
    )
    let run = SyntheticRun(seed: 5).run
    #expect(tasks.count == run.journeys.count + 1)
    for row in tasks { #expect(fieldCount(row) == 29) }
    #expect(rows(tables.frames).count == run.frames.compactMap(\.summary).count + 1)
    let refused = try #require(tasks.first { $0.contains(",refused,") })
    #expect(refused.contains(",refused,deadline,"))
    #expect(refused.contains(",,,,"))
  }

  /// Fields of a row, of which some may hold commas in quotes.
  private func fieldCount(_ row: String) -> Int {
    let outside = row.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter {
      $0.offset % 2 == 0
    }
    return outside.reduce(1) { count, piece in count + piece.element.count { $0 == "," } }
  }

  @Test func commasAndQuotesAreQuoted() {
    var csv = CSVWriter(columns: "a,b")
    csv.field("x, \"y\"")
    csv.field(Double.nan)
    csv.endRow()
    #expect(rows(csv.bytes)[1] == #""x, ""y""","#)
  }

  @Test func descriptionSurvivesWritingAndReading() throws {
    var description = SyntheticRun(seed: 9).description
    description.seed = .max
    description.startedAt = "2025-01-02T03:04:05Z"
    description.machine = .init(cpu: "some \"cpu\"", cores: 2)
    description.steal = 0.25
    description.interruption = "SIGINT"
    description.ends.append(.init(node: "x", signal: 9, isPlanned: false))
    description.clocks = [.init(node: "x", part: 2, fit: .init(method: .unknown, offset: 0.5, drift: 1e-6, bound: nil))]
    description.overrides = .init(policy: "p", seed: 3, duration: .milliseconds(1_500))
    description.nodes[0].usesClockProbes = true
    let read = try RunDescription(try JSON(description.json.pretty), path: "run.json")
    #expect(read == description)
  }

  @Test func killedNodesLastLineIsTorn() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    var synthetic = SyntheticRun(seed: 2)
    synthetic.description.nodes[3].hasPlannedFault = true
    try write(synthetic, to: temporary)
    let bytes = try temporary.read("traces/device-0.jsonl")
    for cut in [0, 1, 200, bytes.count / 2, bytes.count - 2, bytes.count - 40] {
      try temporary.write(bytes[..<cut], to: "traces/device-0.jsonl")
      let verdict = try RunAnalysis.analyse(RunDirectory(temporary.path), writing: []).verdict
      #expect(verdict.reasons == [], "cut at \(cut)")
    }
  }

  @Test func badLineIsNamed() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    try write(SyntheticRun(seed: 2), to: temporary)
    var lines = try temporary.read("traces/worker-0.jsonl").split(separator: 0x0A, omittingEmptySubsequences: false)
    lines[4] = lines[4].dropLast(5)
    try temporary.write(lines.joined(separator: [0x0A]), to: "traces/worker-0.jsonl")
    let reasons = try RunAnalysis.analyse(RunDirectory(temporary.path), writing: []).verdict.reasons
    #expect(reasons.contains { $0.contains("worker-0.jsonl:5: not JSON") }, "\(reasons)")
    #expect(reasons.contains { $0.contains("a gap, records 4 to 4 are missing") })
  }

  @Test(arguments: 0..<20)
  func garbageFilesAreSurvived(seed: Int) throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let synthetic = SyntheticRun(seed: UInt64(seed), frames: 4)
    try write(synthetic, to: temporary)
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "garbage")
    let name = "traces/\(synthetic.nodes[seed % 5].header.node).jsonl"
    var bytes = try temporary.read(name)
    for _ in 0..<200 {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      // Digits stay digits often, so that lines stay records with absurd values.
      bytes[place] = Bool.random(using: &random) ? 0x39 : UInt8.random(in: 0...255, using: &random)
    }
    try temporary.write(bytes, to: name)
    do {
      let verdict = try RunAnalysis.analyse(RunDirectory(temporary.path)).verdict
      #expect(!verdict.isValid)
    } catch {
      #expect(error.description.contains("; "))
    }
  }

  @Test func errorsSayWhatWhereAndWhatToDo() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    func expect(_ message: String, _ body: () throws -> Void) {
      let error = #expect(throws: RunError.self) { try body() }
      let text = error?.description ?? ""
      #expect(text.contains(message) && text.contains(temporary.path) && text.contains("; "), "\(text)")
      #expect(!text.contains("\n"))
    }
    let directory = RunDirectory(temporary.path)
    expect("there is no such run") { _ = try Run(RunDirectory(temporary.path + "/absent")) }
    expect("the run has no traces") { _ = try Run(directory) }
    let synthetic = SyntheticRun(seed: 1, frames: 3)
    try write(synthetic, to: temporary)
    let header = try temporary.read("traces/worker-0.jsonl")
    let text = String(decoding: header, as: UTF8.self)
    try temporary.write(text.replacing("\"format\":1", with: "\"format\":2").utf8, to: "traces/worker-0.jsonl")
    expect("trace format 2, this version reads 1") { _ = try Run(directory) }
    try temporary.write(text.replacing("\"run-1\"", with: "\"run-2\"").utf8, to: "traces/worker-0.jsonl")
    expect("traces of different runs") { _ = try Run(directory) }
    try temporary.write(header, to: "traces/worker-0.jsonl")
    try temporary.write(header, to: "traces/copy.jsonl")
    expect("two nodes are called worker-0") { _ = try Run(directory) }
    try temporary.write("{\"format\":3}".utf8, to: "run.json")
    expect("run format 3, this version reads 1") { _ = try directory.readDescription() }
    try temporary.write("{".utf8, to: "run.json")
    expect("not JSON") { _ = try directory.readDescription() }
  }

  @Test func restartedNodesFileIsItsSecondPart() {
    #expect(TraceReader.nodeAndPart(of: "a.jsonl", header: nil) == ("a", 1))
    #expect(TraceReader.nodeAndPart(of: "a.2.jsonl", header: nil) == ("a", 2))
    #expect(TraceReader.nodeAndPart(of: "a.2.jsonl", header: "a") == ("a", 2))
    #expect(TraceReader.nodeAndPart(of: "a.2.jsonl", header: "a.2") == ("a.2", 1))
    #expect(TraceReader.nodeAndPart(of: "a.2.3.jsonl", header: "a.2") == ("a.2", 3))
    #expect(TraceReader.nodeAndPart(of: "w.x.jsonl", header: nil) == ("w.x", 1))
  }
}

/// Writes `run.json` and the traces of `synthetic`.
func write(_ synthetic: SyntheticRun, to temporary: TemporaryDirectory) throws {
  try temporary.write(synthetic.description.json.pretty.utf8, to: "run.json")
  for file in synthetic.files { try temporary.write(file.bytes, to: "traces/\(file.name)") }
}

private func rows(_ csv: [UInt8]) -> [String] {
  String(decoding: csv, as: UTF8.self).split(separator: "\n").map(String.init)
}
