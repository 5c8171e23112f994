import Foundation
import PlainJSON
import Testing

extension Live {
  /// A worker with several models and instances: batches of both, loads within its memory, and every answer its model's.
  @Suite struct SeveralModelsTests {
    /// The shipped model again under another name, so that nothing tells the two apart but who is asked.
    private func secondModel(_ place: Workplace) throws -> String {
      let from = Workplace.checkout.appending(path: "Topologies/Models/digits")
      let to = place.directory.appending(path: "letters")
      try FileManager.default.copyItem(at: from, to: to)
      for (file, key) in [("manifest.json", "name"), ("edge-gpu.json", "model")] {
        let path = to.appending(path: file)
        let text = try String(contentsOf: path, encoding: .utf8)
        try text.replacingOccurrences(of: "\"\(key)\": \"digits\"", with: "\"\(key)\": \"letters\"")
          .write(to: path, atomically: true, encoding: .utf8)
      }
      return to.path
    }
    private func topology(
      _ place: Workplace, memory: String?, policy: String = "equal-share", duration: String = "2 s",
      engine: String = "engine: paced, latency_table: edge-gpu, further_tables: [edge-gpu]"
    ) throws -> String {
      let second = try secondModel(place)
      return try place.topology(duration: duration) {
        $0.replacingOccurrences(
          of: "workers:", with: "further_models: [{name: letters, directory: \(second)}]\nworkers:"
        )
        .replacingOccurrences(
          of: "engine: paced, latency_table: edge-gpu", with: engine + (memory.map { ", memory: \($0)" } ?? "")
        )
        .replacingOccurrences(of: "exit_rule: {confidence: 0.95}", with: "model: letters")
          + "\npolicy: \(policy)\n"
      }
    }

    @Test(arguments: [nil, "9 MB"]) func bothModelsAnswer(memory: String?) async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try RunningProgram(
        "offramp", ["run", try topology(place, memory: memory), "--output", out], in: place)
      let status = try #require(try await run.end(within: 90))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 30)
      try finished.expectNoViolation()
      let plans = try finished.records("batchPlanned", of: "base-station")
      let second = plans.filter { $0["model"]?.integer == 1 }
      #expect(second.count > 3 && second.count < plans.count - 3, "batches of both models")
      // A batch is of one model: the cars' tasks alone are the second's; they are the last two devices.
      for plan in plans {
        let devices = plan["members"]?.array?.compactMap { $0["device"]?.integer } ?? []
        #expect(!devices.isEmpty && devices.allSatisfy { ($0 >= 6) == (plan["model"]?.integer == 1) })
      }
      let loads = try finished.records("modelLoaded", of: "w0")
      if memory == nil {
        #expect(loads.isEmpty, "all were loaded before the run")
      } else {
        #expect(loads.count > 3)
        for load in loads {
          #expect(load["loaded_bytes"]?.integer ?? .max <= 9_000_000 && load["took_ns"]?.integer ?? 0 > 0)
          #expect(load["unloaded"]?.array?.count == 1)
        }
      }
      #expect(
        try finished.table("tasks").contains { $0["outcome"] == "completed" && Int($0["device"] ?? "") ?? 0 >= 6 })
    }

    /// On a device each instance loads copies of its own within its share; here the device is the host's memory. What comes
    /// back is, image for image, what the model is known to answer.
    @Test(arguments: [(1, "9 MB"), (2, "18 MB")])
    func onADeviceTheyComeAndGoWithinEachInstancesShare(instances: Int, memory: String) async throws {
      let place = try Workplace()
      let out = place.path("run")
      let engine = "engine: cuda, device: cpu, max_batch: 4, instances: \(instances)"
      let run = try RunningProgram(
        "offramp", ["run", try topology(place, memory: memory, engine: engine), "--output", out], in: place,
        environment: ["XDG_CACHE_HOME": place.directory.path])
      let status = try #require(try await run.end(within: 120))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 30)
      try finished.expectNoViolation()
      let loads = try finished.records("modelLoaded", of: "w0")
      #expect(loads.count > 3)
      for load in loads {
        #expect(load["loaded_bytes"]?.integer == load["bytes"]?.integer && load["took_ns"]?.integer ?? 0 > 0)
        #expect(load["unloaded"]?.array?.count == 1)
      }
      let (right, wrong) = try await answers(of: finished)
      #expect(right > 20 && wrong * 100 <= right, "\(right) as the model is known to answer, \(wrong) otherwise")
    }

    /// Answers that are what the model's own record says of that image at that exit, and others. Where an exit is in two
    /// minds another processor may choose otherwise.
    private func answers(of run: FinishedRun) async throws -> (right: Int, wrong: Int) {
      let record = try Data(
        contentsOf: Workplace.checkout.appending(path: "Topologies/Models/digits/heldout.answers.u8"))
      func task(_ json: JSON) -> [Int?] { [json["device"]?.integer, json["task"]?.integer] }
      let samples = Dictionary(
        try run.records("taskOffered", of: "devices-0").map { (task($0), $0["sample"]?.integer ?? 0) },
        uniquingKeysWith: { first, _ in first })
      var (right, wrong) = (0, 0)
      for ended in try run.records("taskEnded", of: "devices-0") {
        guard let predicted = ended["predicted"]?.integer, let exit = ended["taken_exit"]?.integer else { continue }
        let sample = try #require(samples[task(ended)])
        if Int(record[sample * 4 + exit - 1]) == predicted { right += 1 } else { wrong += 1 }
      }
      return (right, wrong)
    }

    /// A model that cannot be loaded any more costs its batches, one line each, and nothing else.
    @Test func aLoadThatFailsIsTheBatchsAlone() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let engine = "engine: cuda, device: cpu, max_batch: 4"
      let run = try RunningProgram(
        "offramp",
        ["run", try topology(place, memory: "9 MB", duration: "4 s", engine: engine), "--output", out], in: place,
        environment: ["XDG_CACHE_HOME": place.directory.path])
      let hasLoaded = try await eventually(within: 90) {
        let trace = try? String(contentsOfFile: "\(out)/traces/w0.jsonl", encoding: .utf8)
        return trace?.contains("modelLoaded") == true
      }
      #expect(hasLoaded)
      try FileManager.default.removeItem(atPath: place.path("letters/block_2.onnx"))
      let status = try #require(try await run.end(within: 60))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 60)
      let dropped = try finished.records("taskDropped", of: "w0")
      let lost = dropped.filter { $0["reason"]?.string?.contains("letters/block_2.onnx") == true }
      #expect(!lost.isEmpty && lost.allSatisfy { $0["device"]?.integer ?? 0 >= 6 }, "\(dropped)")
      // The other model is loaded again and answers.
      let since = lost.first?["t_ns"]?.integer ?? .max
      let exits = try finished.records("taskExited", of: "w0").filter { $0["t_ns"]?.integer ?? 0 > since }
      #expect(exits.contains { $0["device"]?.integer ?? 9 < 6 })
    }

    @Test func simulatedTheyAreAsLive() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try RunningProgram(
        "offramp", ["simulate", try topology(place, memory: nil), "--output", out], in: place)
      #expect(try await run.end(within: 60) == 0, "\(run.standardError)")
      let plans = try FinishedRun(out).records("batchPlanned", of: "base-station")
      #expect(plans.contains { $0["model"]?.integer == 1 } && plans.contains { $0["model"] == nil })
    }

    @Test func mistakesAreOneLine() async throws {
      let place = try Workplace()
      let paced = "engine: paced, latency_table: edge-gpu, further_tables: [edge-gpu]"
      for (memory, policy, engine, says) in [
        ("1 MB", "equal-share", paced, "at least"), (nil, "dynamic-batching", paced, "one model alone"),
        ("9 MB", "equal-share", "engine: cuda, instances: 2", "each a copy of its own"),
      ] {
        let topology = try topology(place, memory: memory, policy: policy, engine: engine)
        let run = try RunningProgram("offramp", ["validate", topology], in: place)
        #expect(try await run.end(within: 30) == 1)
        let lines = run.standardError.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].hasPrefix("error: ") && lines[0].contains(says), "\(run.standardError)")
        try FileManager.default.removeItem(at: place.directory.appending(path: "letters"))
      }
    }

    /// What a topology may not say, the command line may not either.
    @Test func anOpenPolicyIsRefusedOnTheCommandLineToo() async throws {
      let place = try Workplace()
      let topology = try topology(place, memory: nil)
      let run = try RunningProgram("offramp", ["simulate", topology, "--policy", "dynamic-batching"], in: place)
      #expect(try await run.end(within: 30) == 1)
      #expect(run.standardError.hasPrefix("error: ") && run.standardError.contains("one model alone"))
    }

    /// Two instances: batches beside each other, never two on one, and each paced by as many as the trace shows at
    /// work.
    @Test func instancesRunSideBySide() async throws {
      let place = try Workplace()
      let out = place.path("run")
      // Six times slower than it ships: only then do batches overlap more than once or twice, and on any machine.
      let shipped = Workplace.checkout.path + "/Topologies/tables/edge-gpu-streams.json"
      let table = slowed(try JSON(utf8: Data(contentsOf: URL(filePath: shipped))), by: 6)
      let file = try place.write(table.pretty, to: "slow-streams.json")
      // With exits assigned, as many rows go through a head as leave there.
      let topology = try place.topology(devices: 8) {
        $0.replacingOccurrences(of: "latency_table: edge-gpu", with: "latency_table: \(file), instances: 2")
          .replacingOccurrences(of: "exit_rule: {confidence: 0.95}", with: "") + "\npolicy: equal-share\n"
      }
      let run = try RunningProgram("offramp", ["run", topology, "--output", out], in: place)
      let status = try #require(try await run.end(within: 60))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 30)
      try finished.expectNoViolation()
      let batches = try finished.table("batches")
      #expect(Set(batches.compactMap { $0["instance"] }) == ["0", "1"])

      let work = try InstanceWork(finished.trace(of: "w0"))
      #expect(work.faults == [])
      #expect(work.blocks.contains { $0.atWork == 1 } && work.blocks.contains { $0.atWork == 2 })
      try expectPace(of: work, by: table)
      let (first, second) = (work.blocks.filter { $0.instance == 0 }, work.blocks.filter { $0.instance == 1 })
      #expect(first.contains { block in second.contains { block.overlaps($0) } }, "none ran beside another")
      for blocks in [first, second] {
        let inOrder = blocks.sorted { $0.start < $1.start }
        #expect(zip(inOrder, inOrder.dropFirst()).allSatisfy { !$0.overlaps($1) }, "two at a time on one instance")
      }
    }

    private func slowed(_ table: JSON, by factor: Double) -> JSON {
      switch table {
      case .array(let elements): return .array(elements.map { slowed($0, by: factor) })
      case .object(let members):
        return .object(
          members.map { member in
            guard member.name == "latency_s" || member.name == "head_latency_s" else {
              return JSON.Member(member.name, slowed(member.value, by: factor))
            }
            return JSON.Member(
              member.name, .array((member.value.array ?? []).map { .number(($0.double ?? .nan) * factor) }))
          })
      default: return table
      }
    }

    /// Each block was to take what the table says with so many instances at work, and none was over before.
    private func expectPace(of work: InstanceWork, by table: JSON) throws {
      let blocks = try #require(table["blocks"]?.array)
      let slowdown = try #require(
        table["concurrency"]?.array?.first { $0["instances"]?.integer == 2 }?["slowdown"]?.double)
      #expect(slowdown > 1.1)
      func seconds(_ block: Int, _ name: String, _ rows: Int) -> Double {
        rows == 0 ? 0 : blocks[block - 1][name]?.array?[rows - 1].double ?? .nan
      }
      var sums: [Int: Double] = [:]
      for block in work.blocks {
        let alone =
          seconds(block.block, "latency_s", block.size) + seconds(block.block, "head_latency_s", block.leaving)
        let expected = alone * (block.atWork == 2 ? slowdown : 1) * 1e9
        #expect(abs(Double(block.expected) - expected) < 2, "\(block)")
        // From when it was handed to its instance.
        sums[block.batch, default: 0] += expected
        #expect(Double(block.end - block.handed) >= sums[block.batch, default: 0] - 10, "\(block)")
      }
    }
  }
}

/// What a worker's instances did, by its trace, where each is at one batch at a time.
private struct InstanceWork {
  struct Block {
    var batch, instance, block, size, start, end, expected: Int
    /// When its batch was handed to the instance, and how many were at work then.
    var handed, atWork: Int
    /// Members that left behind it.
    var leaving: Int
    func overlaps(_ other: Block) -> Bool { start < other.end && other.start < end }
  }
  private(set) var blocks: [Block] = []
  private(set) var faults: [String] = []

  init(_ trace: [JSON]) {
    func number(_ record: JSON, _ name: String) -> Int { record[name]?.integer ?? -1 }
    var leaving: [[Int]: Int] = [:]
    for record in trace where record["event"]?.string == "taskExited" {
      leaving[[number(record, "batch"), number(record, "exit")], default: 0] += 1
    }
    /// By instance.
    var at: [Int: (batch: Int, handed: Int, atWork: Int)] = [:]
    for record in trace {
      let (batch, instance) = (number(record, "batch"), number(record, "instance"))
      switch record["event"]?.string {
      case "batchStarted" where number(record, "size") > 0:
        if at[instance] != nil { faults.append("\(batch) began while instance \(instance) was at another") }
        let others = at.keys.count { $0 != instance }
        at[instance] = (batch, number(record, "t_ns"), others + 1)
      case "blockRan":
        guard let work = at[instance], work.batch == batch else {
          faults.append("a block of \(batch), which is not at work")
          continue
        }
        let block = number(record, "block")
        blocks.append(
          Block(
            batch: batch, instance: instance, block: block, size: number(record, "size"),
            start: number(record, "start_ns"), end: number(record, "end_ns"), expected: number(record, "expected_ns"),
            handed: work.handed, atWork: work.atWork, leaving: leaving[[batch, block]] ?? 0))
      case "batchEnded":
        if at.removeValue(forKey: instance)?.batch != batch { faults.append("\(batch) ended, and was not at work") }
      default: break
      }
    }
  }
}
