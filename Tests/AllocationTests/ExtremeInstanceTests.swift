import Allocation
import EdgeModel
import PlainJSON
import Testing

/// Numbers at the edge of what is legal: every policy answers every instance that is read, and keeps its promises.
@Suite struct ExtremeInstanceTests {
  private static let amounts = [
    "0", "-0.0", "1e-100", "1e-60", "1e-30", "1e-12", "1e-9", "1", "3", "1e9", "1e12", "1e30", "1e60", "1e100",
  ]
  private static let counts = ["1", "2", "9223372036854775807"]
  /// Fields that are amounts, not counts, names or shares.
  private static func isAmount(_ place: String) -> Bool {
    ["_s", "_hz", "_bits", "efficiency", "weight", "served"].contains { place.hasSuffix($0) }
      && !place.hasSuffix("latency_s")
  }

  @Test(arguments: UInt64(1)...10) func everyPolicyAnswers(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "extremes")
    var read = 0
    for index in 0..<300 {
      let form: InstanceText.Form = index.isMultiple(of: 3) ? .severalWorkers : .oneWorker
      var text = InstanceText(form)
      let share = random.uniform()
      for (place, _) in InstanceText.places(form) where random.uniform() < share {
        if Self.isAmount(place) {
          text.fields[place] = Self.amounts.randomElement(using: &random)!
        } else if place.hasSuffix("latency_s") {
          text.fields[place] =
            "[\(Self.amounts.randomElement(using: &random)!), \(Self.amounts.randomElement(using: &random)!)]"
        } else if place.hasSuffix("max_batch") {
          text.fields[place] = Self.counts.randomElement(using: &random)!
        }
      }
      guard let frame = try? AllocationInstances(utf8: text.text.utf8).instances.first?.frame else { continue }
      read += 1
      for entry in PolicyCatalog.entries {
        let answer = entry.make(PolicyOptions()).allocate(frame, budget: SearchBudget(nodes: 200))
        let violations = FeasibilityCheck(answer, of: frame).violations
        #expect(violations == [], "\(entry.name) on \(text.text)")
        #expect(AllocationAnswer(answer, to: frame, solveTime: .zero).json["format"] == 1)
      }
    }
    #expect(read > 100)
  }

  /// As many blocks and workers as an instance may have, for no, one and some tasks.
  @Test(arguments: [(1024, 1), (1, 1024), (48, 48)], [0, 1, 6])
  func everyPolicyAnswersForMany(blocksAndWorkers: (Int, Int), tasks: Int) throws {
    let (blocks, workers) = blocksAndWorkers
    let block =
      "{\"latency_s\": [0.00001, 0.00001, 0.00002, 0.00002, 0.00003, 0.00003], \"head_latency_s\": [0, 0, 0, 0, 0, 1e-6]}"
    let list = "[\(Array(repeating: block, count: blocks).joined(separator: ","))]"
    let text =
      "{\"format\": 1, \"bandwidth_hz\": 2e7, \"workers\": ["
      + (0..<workers).map { "{\"id\": \"w\($0)\", \"free_s\": 0, \"blocks\": \(list)}" }.joined(separator: ",")
      + "], \"tasks\": ["
      + (0..<tasks).map {
        "{\"id\": \($0), \"feature_bits\": 1e5, \"snr_hz\": 1e8, \"deadline_s\": 0.2, "
          + "\"exit\": \([1, blocks, max(1, blocks / 2)][$0 % 3])}"
      }.joined(separator: ",") + "]}"
    let frame = try #require(try AllocationInstances(utf8: text.utf8).instances.first?.frame)
    for entry in PolicyCatalog.entries {
      let answer = entry.make(PolicyOptions()).allocate(frame, budget: .unlimited)
      #expect(FeasibilityCheck(answer, of: frame).violations == [], "\(entry.name)")
      #expect(answer.scheduledCount == tasks, "\(entry.name)")
    }
  }
}
