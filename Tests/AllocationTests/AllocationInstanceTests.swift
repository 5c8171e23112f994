import Allocation
import EdgeModel
import PlainJSON
import Testing
import Units

@Suite struct AllocationInstanceTests {
  /// The objective and what was maximised stand in the answer where it is not the number of tasks.
  @Test func answersNameTheirObjective() throws {
    let text = """
      {"format": 1, "bandwidth_hz": 1e6, "worker_free_s": 0, "blocks": [{"alpha_s": 0, "beta_s": 0}], "tasks": [
        {"id": 0, "feature_bits": 1e6, "spectral_efficiency": 1, "deadline_s": 1, "exit": 1, "weight": 5, "served": 1},
        {"id": 1, "feature_bits": 5e5, "spectral_efficiency": 1, "deadline_s": 1, "exit": 1, "weight": 2, "served": 3},
        {"id": 2, "feature_bits": 5e5, "spectral_efficiency": 1, "deadline_s": 1, "exit": 1}]}
      """
    let frame = try AllocationInstance(json: try JSON(text)).frame
    func answer(_ objective: Objective) -> JSON {
      let allocation = TreeSearch(objective: objective).allocate(frame, budget: .unlimited)
      return AllocationAnswer(allocation, to: frame, solveTime: .zero).json
    }
    let (most, weighted, fair) = (answer(.throughput), answer(.weighted), answer(.proportionalFair))
    #expect(most["objective"] == nil && most["value"] == nil && most["scheduled"] == [1, 2])
    #expect(weighted["objective"] == "weighted" && weighted["value"] == 5.0 && weighted["scheduled"] == [0])
    #expect(fair["objective"] == "proportional-fair" && fair["value"] == 2.5 && fair["scheduled"] == [0])
  }

  static let valid = """
    {"format": 1, "bandwidth_hz": 2e7, "worker_free_s": 0.0,
     "blocks": [{"latency_s": [0.0025, 0.0030, 0.0028], "accuracy": 0.8}, {"alpha_s": 0.0005, "beta_s": 0.002}],
     "tasks": [{"id": 0, "feature_bits": 250000, "spectral_efficiency": 3.2, "deadline_s": 0.08, "exit": 2},
               {"id": 7, "feature_bits": 0, "snr_hz": 1e8, "deadline_s": 0.05, "required_accuracy": 0.7}]}
    """

  @Test func everyFieldArrives() throws {
    let frame = try AllocationInstances(utf8: Self.valid.utf8).instances[0].frame
    #expect(frame.bandwidth.value == 2e7)
    #expect(frame.workers[0].profile.blocks[0].latency == .table([0.0025, 0.0030, 0.0030]))
    #expect(frame.workers[0].profile.blocks[1].latency == .linear(alpha: 0.0005, beta: 0.002))
    #expect(frame.tasks.map(\.id.number) == [0, 7])
    #expect(frame.tasks.map(\.requirement) == [.exit(2), .accuracy(0.7)])
    #expect(frame.tasks.map(\.uplink) == [.spectralEfficiency(3.2), .signalToNoise(1e8)])
    #expect(frame.guardTime == 0 && frame.length == nil && frame.workers[0].maxBatch == nil)
  }

  @Test func theAnswerHasTheContractsFields() throws {
    let frame = try AllocationInstances(utf8: Self.valid.utf8).instances[0].frame
    let allocation = ExitAwareShelfPacking().allocate(frame, budget: .unlimited)
    let answer = AllocationAnswer(allocation, to: frame, solveTime: .microseconds(12)).json
    #expect(
      answer.members?.map(\.name) == [
        "format", "policy", "status", "scheduled", "batch_start_s", "grants", "entering", "refusals", "search_nodes",
        "solve_us",
      ])
    #expect(answer["scheduled"] == [0, 7])
    #expect(answer["entering"] == [2, 1])
    #expect(answer["solve_us"]?.double == 12)
    #expect(
      answer["grants"]?.array?.first?.members?.map(\.name) == [
        "id", "bandwidth_hz", "upload_start_s", "upload_end_s", "exit", "completion_s",
      ])
  }

  @Test func noTasksIsValid() throws {
    let text = #"{"format":1,"bandwidth_hz":1,"worker_free_s":0,"blocks":[{"alpha_s":0,"beta_s":0}],"tasks":[]}"#
    let frame = try AllocationInstances(utf8: text.utf8).instances[0].frame
    for entry in PolicyCatalog.entries {
      let allocation = entry.make(PolicyOptions()).allocate(frame, budget: .unlimited)
      let answer = AllocationAnswer(allocation, to: frame, solveTime: .zero).json
      #expect(answer["scheduled"] == [] && answer["refusals"] == [] && answer["entering"] == [0])
      #expect(answer["batch_start_s"] == .null)
    }
  }

  @Test func anArrayOfInstancesNamesTheOneAtFault() throws {
    let two = "[\(Self.valid), \(Self.valid.replacing("\"exit\": 2", with: "\"exit\": 3"))]"
    let error = #expect(throws: InstanceError.self) { try AllocationInstances(utf8: two.utf8) }
    #expect(error?.place == "[1].tasks[0].exit")
    #expect(try AllocationInstances(utf8: "[\(Self.valid)]".utf8).isArray)
  }

  @Test func severalWorkersAnswerWithTheirBatches() throws {
    let text = """
      {"format": 1, "bandwidth_hz": 2e7,
       "workers": [{"id": "a", "free_s": 0, "max_batch": 1, "blocks": [{"alpha_s": 0, "beta_s": 0.01}]},
                   {"id": "b", "free_s": 0.01, "blocks": [{"alpha_s": 0, "beta_s": 0.01}]}],
       "tasks": [{"id": 0, "feature_bits": 2e5, "spectral_efficiency": 1, "deadline_s": 0.08, "exit": 1},
                 {"id": 1, "feature_bits": 2e5, "spectral_efficiency": 1, "deadline_s": 0.08, "exit": 1}]}
      """
    let frame = try AllocationInstances(utf8: text.utf8).instances[0].frame
    let allocation = ExitAwareShelfPacking().allocate(frame, budget: .unlimited)
    #expect(FeasibilityCheck(allocation, of: frame).violations == [])
    let batches = AllocationAnswer(allocation, to: frame, solveTime: .zero).json["batches"]?.array
    #expect(batches?.map { $0["worker"]?.string } == ["a", "b"])
    #expect(batches?.map { $0["scheduled"] } == [[0], [1]])
  }

  /// What is changed in the valid text, and where the error points.
  @Test(arguments: [
    ("\"format\": 1", "\"format\": 2", "format"), ("\"format\": 1", "\"format\": \"1\"", "format"),
    ("\"format\": 1, ", "", "format"), ("2e7", "-2e7", "bandwidth_hz"), ("2e7", "0", "bandwidth_hz"),
    ("2e7", "\"20 MHz\"", "bandwidth_hz"), ("2e7", "null", "bandwidth_hz"), ("2e7", "1e999", "line 1, column 36"),
    ("2e7", "NaN", "line 1, column 31"), ("2e7", "Infinity", "line 1, column 31"),
    ("\"worker_free_s\": 0.0,", "", "worker_free_s"),
    ("\"worker_free_s\": 0.0", "\"worker_free_s\": -1", "worker_free_s"), ("0.0030, 0.0028", "", "line 2, column 36"),
    (", 0.0030, 0.0028", "", "blocks[0].latency_s"), ("0.0028", "-0.0028", "blocks[0].latency_s[2]"),
    ("0.0028", "[]", "blocks[0].latency_s[2]"), ("[0.0025, 0.0030, 0.0028]", "3", "blocks[0].latency_s"),
    ("\"accuracy\": 0.8", "\"accuracy\": 80", "blocks[0].accuracy"),
    ("\"accuracy\": 0.8", "\"alpha_s\": 1", "blocks[0].alpha_s"),
    (", \"accuracy\": 0.8", "", "tasks[1].required_accuracy"),
    ("\"alpha_s\": 0.0005, ", "", "blocks[1].alpha_s"), ("\"beta_s\": 0.002", "\"beta_s\": -1", "blocks[1].beta_s"),
    ("\"alpha_s\": 0.0005, \"beta_s\": 0.002", "", "blocks[1].latency_s"), ("\"blocks\"", "\"block\"", "blocks"),
    ("\"tasks\"", "\"task\"", "tasks"), ("\"id\": 7", "\"id\": 0", "tasks[1].id"),
    ("\"id\": 7", "\"id\": 1.5", "tasks[1].id"), ("\"id\": 7", "\"id\": -7", "tasks[1].id"),
    ("\"id\": 7", "\"id\": 1e30", "tasks[1].id"), ("250000", "-1", "tasks[0].feature_bits"),
    ("3.2", "0", "tasks[0].spectral_efficiency"),
    ("\"spectral_efficiency\": 3.2, ", "", "tasks[0].spectral_efficiency"),
    ("\"snr_hz\": 1e8", "\"snr_hz\": 0", "tasks[1].snr_hz"),
    ("\"snr_hz\": 1e8", "\"snr_hz\": 1, \"spectral_efficiency\": 1", "tasks[1].spectral_efficiency"),
    ("0.08", "-0.08", "tasks[0].deadline_s"), ("0.08", "true", "tasks[0].deadline_s"),
    ("\"exit\": 2", "\"exit\": 0", "tasks[0].exit"), ("\"exit\": 2", "\"exit\": 3", "tasks[0].exit"),
    (", \"exit\": 2", "", "tasks[0].exit"), ("\"exit\": 2", "\"exit\": 1, \"entry\": 2", "tasks[0].exit"),
    ("\"exit\": 2", "\"exit\": 2, \"entry\": 0", "tasks[0].entry"),
    ("\"exit\": 2", "\"exit\": 2, \"weight\": 0", "tasks[0].weight"),
    ("\"exit\": 2", "\"exit\": 2, \"served\": -1", "tasks[0].served"),
    ("\"exit\": 2", "\"exit\": 2, \"device\": \"d\"", "tasks[0].device"),
    ("0.7}", "0.7, \"exit\": 1}", "tasks[1].exit"), ("0.7}", "1.7}", "tasks[1].required_accuracy"),
    ("\"format\": 1", "\"format\": 1, \"max_batch\": 0", "max_batch"),
    ("\"format\": 1", "\"format\": 1, \"frame_s\": 0", "frame_s"),
    ("\"format\": 1", "\"format\": 1, \"guard_s\": -1", "guard_s"),
    ("\"format\": 1", "\"format\": 1, \"slot_s\": 0", "slot_s"),
    ("\"format\": 1", "\"format\": 1, \"resource_block_hz\": 0", "resource_block_hz"),
    ("\"format\": 1", "\"format\": 1, \"workers\": []", "blocks"), ("{\"id\": 0,", "3, {\"id\": 0,", "tasks[0]"),
  ])
  func aMistakeIsOneLineWithItsPlace(old: String, new: String, place: String) throws {
    let text = Self.valid.replacing(old, with: new, maxReplacements: 1)
    #expect(text != Self.valid)
    let error = #expect(throws: InstanceError.self) { try AllocationInstances(utf8: text.utf8) }
    #expect(error?.place == place, "\(String(describing: error))")
    #expect(error?.description.contains("\n") == false)
  }

  @Test func aShortTableIsEnoughWhereTheBatchIsLimited() throws {
    let text = Self.valid.replacing(", 0.0030, 0.0028", with: "").replacing(
      "\"format\": 1", with: "\"format\": 1, \"max_batch\": 1")
    #expect(try AllocationInstances(utf8: text.utf8).instances[0].frame.workers[0].maxBatch == 1)
  }

  /// Bytes and tokens changed, dropped and doubled at random: an answer or a one-line error, never a crash.
  @Test func tenThousandMutatedInstancesCrashNothing() {
    var random = RandomStream(seed: 3, device: 0, purpose: "mutations")
    let numbers = ["0", "1", "2", "3", "1e-9", "1e308", "1e-308"]
    let tokens = ["-", "0", "1e308", "1e-308", "9223372036854775807", "null", "[]", "{}", "\"", ",", "true", "\u{0}"]
    var read = 0
    for _ in 0..<10_000 {
      var bytes = Array(Self.valid.utf8)
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let position = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0...9, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(contentsOf: tokens.randomElement(using: &random)!.utf8, at: position)
        default: replaceNumber(in: &bytes, near: position, with: numbers.randomElement(using: &random)!)
        }
      }
      do {
        for instance in try AllocationInstances(utf8: bytes).instances {
          read += 1
          for entry in PolicyCatalog.entries {
            let allocation = entry.make(PolicyOptions()).allocate(instance.frame, budget: SearchBudget(nodes: 100))
            #expect(FeasibilityCheck(allocation, of: instance.frame).violations == [])
            _ = AllocationAnswer(allocation, to: instance.frame, solveTime: .zero).json.line
          }
        }
      } catch {
        #expect(!error.description.contains { $0.isNewline })
      }
    }
    #expect(read > 1000)
  }

  private func replaceNumber(in bytes: inout [UInt8], near position: Int, with token: String) {
    let isDigit = { (byte: UInt8) in UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9") }
    guard let first = bytes[position...].firstIndex(where: isDigit) else { return }
    let last = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.endIndex
    bytes.replaceSubrange(first..<last, with: Array(token.utf8))
  }
}
