import Foundation
import PlainJSON
import Testing
import ZeroMQ

extension Live {
  /// A real worker that never waits for a feature: engine-bench feeds it, its engine has the last processor for itself, and
  /// batches are handed to it ahead.
  @Suite struct SaturatedWorkerTests {
    private static let batches = 24
    private static let rows = 16
    /// Batches assigned and with confidence; each once for nobody, then with features evenly and at once.
    private static let turns = 6

    private struct Answer: Hashable { var exit, predicted: Int? }

    /// The worker's trace.
    private func saturate(_ engine: [String], in place: Workplace) async throws -> [JSON] {
      let model = Workplace.checkout.path + "/Topologies/Models/digits"
      try FileManager.default.createDirectory(atPath: place.path("traces"), withIntermediateDirectories: true)
      let bench = try RunningProgram(
        "engine-bench",
        [
          "--run", "worker", "--rounds", "1", "--batches", "\(Self.batches)", "--max-batch", "\(Self.rows)", "--model",
          model, "--worker", Workplace.program("edge-worker").path, "--traces", place.path("traces"),
        ] + engine, in: place)
      #expect(try await bench.end(within: 150) == 0, "\(bench.standardOutput) \(bench.standardError)")
      let files = try FileManager.default.contentsOfDirectory(atPath: place.path("traces"))
      let file = try #require(files.first, "no trace")
      let text = try String(contentsOfFile: place.path("traces/\(file)"), encoding: .utf8)
      return try text.split(separator: "\n").map { try JSON(String($0)) }
    }

    @Test(arguments: [[], ["--engine", "cuda", "--device", "cpu"]])
    func everyBatchRunsOnceInOrderWithTheSameAnswersEachTurn(engine: [String]) async throws {
      let place = try Workplace()
      let trace = try await saturate(engine, in: place)
      func records(_ event: String) -> [JSON] { trace.filter { $0["event"]?.string == event } }
      func numbers(_ event: String, _ member: String) -> [Int] { records(event).compactMap { $0[member]?.integer } }

      let batches = (0..<Self.turns * Self.batches).map { $0 * Self.rows }
      for event in ["batchStarted", "batchEnded"] { #expect(numbers(event, "batch") == batches, "\(event)") }
      #expect(numbers("batchStarted", "size").allSatisfy { $0 == Self.rows })
      #expect(records("messageRejected").isEmpty && records("taskDropped").isEmpty)

      // One engine: a block begins when the one before is over, and no batch overtakes another.
      let blocks = records("blockRan")
      let (starts, ends) = (numbers("blockRan", "start_ns"), numbers("blockRan", "end_ns"))
      #expect(starts.count == blocks.count && zip(starts.dropFirst(), ends).allSatisfy(>=))
      let order = numbers("blockRan", "batch")
      #expect(order == order.sorted() && Set(order).count == batches.count)

      // The engine went on before the loop had told of what was over: else nothing was handed ahead.
      let told = Dictionary(zip(batches, numbers("batchEnded", "t_ns"))) { first, _ in first }
      let isAhead = blocks.count { block in
        guard let batch = block["batch"]?.integer, let start = block["start_ns"]?.integer else { return false }
        return told[batch - Self.rows].map { start < $0 } ?? false
      }
      #expect(isAhead > 0)
      expectAhead(trace, most: try CPUAffinity.current().count > 1 ? 2 : 1)

      // Each turn runs the same rows, so a row's answer is the same in each. That it is its own, and not another row's in
      // every turn, is for the tests of engine and executor: the trace does not say which image a row is.
      var answers = Array(repeating: Set<Answer>(), count: 2 * Self.batches * Self.rows)
      let exits = records("taskExited")
      #expect(Set(exits.compactMap { $0["task"]?.integer }).count == exits.count)
      #expect(exits.count == Self.turns * Self.batches * Self.rows)
      let perKind = Self.turns / 2 * Self.batches * Self.rows
      for exit in exits {
        let task = try #require(exit["task"]?.integer)
        let row = task / perKind * Self.batches * Self.rows + task % (Self.batches * Self.rows)
        answers[row].insert(Answer(exit: exit["exit"]?.integer, predicted: exit["predicted"]?.integer))
      }
      #expect(answers.allSatisfy { $0.count == 1 })
      #expect(Set(answers.flatMap { $0 }).count > 10, "all answers alike say nothing")
    }

    /// What soaks a worker, here for a moment: it loads and unloads at each turn, and loses neither a thread nor a descriptor.
    /// Whether its memory stays shows in a thousand turns.
    @Test(arguments: [[], ["--engine", "cuda", "--device", "cpu"]])
    func aSoakChangesTheModelAtEachTurn(engine: [String]) async throws {
      let place = try Workplace()
      try FileManager.default.createDirectory(atPath: place.path("traces"), withIntermediateDirectories: true)
      let bench = try RunningProgram(
        "engine-bench",
        [
          "--run", "soak", "--batches", "120", "--loads", "6", "--max-batch", "4", "--model",
          Workplace.checkout.path + "/Topologies/Models/digits", "--worker", Workplace.program("edge-worker").path,
          "--traces", place.path("traces"),
        ] + engine, in: place)
      let status = try #require(try await bench.end(within: 120))
      // A busy machine may bring a turn's features late, and says so.
      let (said, isBusy) = (bench.standardOutput, !bench.standardOutput.contains(" 0 features came late"))
      #expect(status == 0 || status == 1, "\(bench.standardError)")
      #expect(said.contains("threads and descriptors stay"), "\(said)")
      #expect(isBusy || said.contains(" and 6 loads and unloads in "), "\(said)")
    }

    /// Batches lie ahead of an engine that has a processor of its own, two where the batch that ended last was short,
    /// as the worker's rule has it, and never more.
    private func expectAhead(_ trace: [JSON], most: Int) {
      var (open, deepest, took) = (0, 0, Int.max)
      var began: [Int: Int] = [:]
      var through = 0
      for record in trace {
        let batch = record["batch"]?.integer ?? -1
        switch record["event"]?.string {
        case "batchStarted":
          #expect(open < 2 || took < 8_000_000, "batch \(batch) lies ahead as second, after one of \(took) ns")
          deepest = max(deepest, open)
          open += 1
        case "blockRan":
          began[batch] = began[batch] ?? record["start_ns"]?.integer
          through = record["end_ns"]?.integer ?? 0
        case "batchEnded":
          open -= 1
          took = through - (began[batch] ?? 0)
        default: break
        }
      }
      #expect(open == 0 && deepest == most, "\(deepest) batches ahead")
    }

    /// What measures an engine runs on each; what it finds is for Docs/Benchmarks.md.
    @Test(arguments: [[], ["--engine", "cuda", "--device", "cpu"]])
    func theLoopInCRunsOnEveryEngine(engine: [String]) async throws {
      let place = try Workplace()
      let bench = try RunningProgram(
        "engine-bench",
        [
          "--run", "limit", "--rounds", "1", "--batches", "8", "--model",
          Workplace.checkout.path + "/Topologies/Models/digits",
        ] + engine, in: place)
      #expect(try await bench.end(within: 120) == 0, "\(bench.standardError)")
      let lines = bench.standardOutput.split(separator: "\n")
      for stream in ["assigned", "confidence", "mixed", "sizes"] {
        #expect(lines.contains { $0.hasPrefix("\(stream): loop in C ") }, "\(bench.standardOutput)")
      }
    }

    /// What varies how an engine on a device takes its calls, beside what that takes.
    @Test(arguments: [
      ("waits", ["assigned: waiting ", "confidence: waiting ", "mixed: waiting "]),
      ("uploads", ["pieces of 32 KiB: ", "pieces of 64 KiB: "]),
    ])
    func waysToCallAnEngineAreHeldAgainstEachOther(run: String, said: [String]) async throws {
      let place = try Workplace()
      let bench = try RunningProgram(
        "engine-bench",
        [
          "--run", run, "--rounds", "2", "--batches", "8", "--max-batch", "4", "--engine", "cuda", "--device", "cpu",
          "--model", Workplace.checkout.path + "/Topologies/Models/digits",
        ], in: place)
      #expect(try await bench.end(within: 120) == 0, "\(bench.standardError)")
      let lines = bench.standardOutput.split(separator: "\n")
      for start in said { #expect(lines.contains { $0.hasPrefix(start) }, "\(bench.standardOutput)") }
      // A batch of the digits at most is four rows of 16 KiB: larger pieces than that are no other ones.
      #expect(!lines.contains { $0.hasPrefix("pieces of 128 KiB") })
    }

    @Test(arguments: [
      (["--engine", "gpu"], "neither onnxruntime, cuda nor torch"),
      (["--engine", "cuda", "--device", "x"], "neither a GPU's number nor cpu"),
      (["--run", "waits"], "neither cuda nor torch, which waits measures"),
      (["--engine", "torch", "--plugin", "/nowhere.so"], "/nowhere.so"),
    ])
    func anEngineThatIsNotThereIsOneLine(engine: [String], said: String) async throws {
      let place = try Workplace()
      let bench = try RunningProgram(
        "engine-bench",
        ["--model", Workplace.checkout.path + "/Topologies/Models/digits"]
          + (engine.contains("--run") ? [] : ["--run", "limit"]) + engine,
        in: place)
      #expect(try await bench.end(within: 60) == 2)
      #expect(bench.standardError.hasPrefix("error: ") && bench.standardError.contains(said), "\(bench.standardError)")
      #expect(bench.standardError.split(separator: "\n").count == 1)
    }
  }
}
