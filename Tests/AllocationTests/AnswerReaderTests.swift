import Allocation
import EdgeModel
import PlainJSON
import Testing
import Units

/// What an external scheduler may answer, and what becomes of it.
@Suite struct AnswerReaderTests {
  /// A scheduler that asks our own policies: what it answers reads as what they answered.
  @Test(arguments: 0..<200) func everyPolicysAnswerArrives(seed: Int) throws {
    var random = RandomFrames(seed: UInt64(seed))
    let frame = random.asTheStationHasThem()
    let sent = try AllocationInstance(json: AllocationInstance(frame).json).frame
    // A scheduler plans batches; the rules of open plans are our own policies' matter.
    for entry in PolicyCatalog.entries where !entry.hasOpenPlans {
      let allocation = entry.make(PolicyOptions()).allocate(sent, budget: SearchBudget(nodes: 1000))
      let answer = AllocationAnswer(allocation, to: sent, solveTime: .zero).json
      let read = try AllocationAnswer.allocation(utf8: answer.utf8Line, of: frame)
      #expect(FeasibilityCheck(read, of: frame).violations == [], "\(entry.name)")
      #expect(read.policy == "external" && read.status == allocation.status)
      #expect(read.searchNodes == allocation.searchNodes)
      #expect(read.batches == inIDs(of: frame, allocation.batches))
      #expect(read.refusals == allocation.refusals.map { renamed($0, frame) })

      let short = try AllocationAnswer.allocation(utf8: withoutWhatIsComputed(answer).utf8Line, of: frame)
      #expect(FeasibilityCheck(short, of: frame).violations == [], "\(entry.name)")
      #expect(short.status == .feasible)
      #expect(short.batches.map { $0.members.map(\.task) } == read.batches.map { $0.members.map(\.task) })
      #expect(short.refusals.map(\.task) == read.refusals.map(\.task))
    }
  }

  private func renamed(_ refusal: Refusal, _ frame: FrameState) -> Refusal {
    Refusal(task: frame.tasks[refusal.task.number].id, reason: refusal.reason)
  }
  private func inIDs(of frame: FrameState, _ batches: [BatchAllocation]) -> [BatchAllocation] {
    batches.map { batch in
      var copy = batch
      for index in copy.members.indices {
        let task = frame.tasks[copy.members[index].task.number]
        copy.members[index].task = task.id
        // The rate is what the granted bandwidth carries; a policy may have planned with less.
        let bandwidth = copy.members[index].bandwidth.value
        copy.members[index].rate =
          bandwidth > 0 ? BitRate(bandwidth * task.uplink.efficiency(over: bandwidth)) : .zero
      }
      copy.members.sort { ($1.exit, $0.task) < ($0.exit, $1.task) }
      return copy
    }
  }
  /// The least that a scheduler must write.
  private func withoutWhatIsComputed(_ answer: JSON) -> JSON {
    let computed: Set = [
      "format", "policy", "status", "scheduled", "entering", "refusals", "search_nodes", "solve_us", "completion_s",
    ]
    func shortened(_ value: JSON, isBatch: Bool) -> JSON {
      guard let members = value.members else { return value }
      return .object(
        members.filter { !computed.contains($0.name) || (isBatch && $0.name == "scheduled") }.map { member in
          let parts = member.value.array?.map { shortened($0, isBatch: member.name == "batches") }
          return .init(member.name, parts.map { .array($0) } ?? member.value)
        })
    }
    return shortened(answer, isBatch: false)
  }

  // MARK: Mistakes

  static let instance = """
    {"format": 1, "frame": 7, "bandwidth_hz": 2e7,
     "workers": [{"id": "a", "free_s": 0, "blocks": [{"alpha_s": 0, "beta_s": 0.01}]},
                 {"id": "b", "free_s": 0, "blocks": [{"alpha_s": 0, "beta_s": 0.01}, {"alpha_s": 0, "beta_s": 0.01}]}],
     "tasks": [{"id": 0, "feature_bits": 2e5, "spectral_efficiency": 1, "deadline_s": 0.08, "exit": 1},
               {"id": 1, "feature_bits": 2e5, "spectral_efficiency": 1, "deadline_s": 0.08, "exit": 2},
               {"id": 2, "feature_bits": 2e5, "spectral_efficiency": 1, "deadline_s": 0.08, "exit": 1}]}
    """
  static let answer = """
    {"frame": 7, "grants": [
      {"id": 0, "bandwidth_hz": 1e7, "upload_end_s": 0.02, "exit": 1, "completion_s": 0.03},
      {"id": 1, "bandwidth_hz": 1e7, "upload_start_s": 0, "upload_end_s": 0.02, "exit": 2}],
     "batches": [{"worker": "a", "start_s": 0.02, "scheduled": [0], "entering": [1, 0]},
                 {"worker": "b", "instance": 0, "start_s": 0.02, "scheduled": [1]}],
     "refusals": [{"id": 2, "reason": "bandwidth"}]}
    """
  private func frame() throws -> FrameState { try AllocationInstances(utf8: Self.instance.utf8).instances[0].frame }

  @Test func theAnswerThatTheMistakesAreMadeInIsSound() throws {
    let read = try AllocationAnswer.allocation(utf8: Self.answer.utf8, of: try frame())
    #expect(FeasibilityCheck(read, of: try frame()).violations == [])
    #expect(read.scheduledCount == 2 && read.refusals.map(\.reason) == [.bandwidth])
  }

  /// What is changed in the sound text, and where the error points.
  @Test(arguments: [
    ("\"frame\": 7", "\"frame\": 6", "frame"), ("\"frame\": 7", "\"frame\": true", "frame"),
    ("\"frame\": 7", "\"format\": 2", "format"), ("\"frame\": 7", "\"error\": \"no\\nidea\"", "error"),
    ("\"frame\": 7", "\"error\": 3", "error"),
    ("\"frame\": 7", "\"open\": {}", "open"), ("\"frame\": 7", "\"status\": \"fine\"", "status"),
    ("\"frame\": 7", "\"search_nodes\": -1", "search_nodes"), ("\"frame\": 7, \"grants\"", "\"x\"", "grants"),
    ("\"frame\": 7", "\"frame\\n\" 7", "line 1, column 12"), ("1e7", "NaN", "line 2, column 29"),
    ("\"id\": 0, ", "", "grants[0].id"), ("\"id\": 0", "\"id\": 3", "grants[0].id"),
    ("\"id\": 0", "\"id\": -1", "grants[0].id"), ("\"id\": 1", "\"id\": 0", "grants[1].id"),
    ("{\"id\": 0", "5, {\"id\": 0", "grants[0]"), ("1e7", "-1e7", "grants[0].bandwidth_hz"),
    ("\"bandwidth_hz\": 1e7, ", "", "grants[0].bandwidth_hz"), ("1e7", "\"wide\"", "grants[0].bandwidth_hz"),
    ("\"upload_end_s\": 0.02, ", "", "grants[0].upload_end_s"), ("\"exit\": 1, ", "", "grants[0].exit"),
    ("\"exit\": 1", "\"exit\": 0", "grants[0].exit"), ("\"exit\": 1", "\"exit\": 2", "grants[0].exit"),
    ("\"exit\": 1", "\"exit\": 99999999999999999999", "grants[0].exit"),
    ("\"exit\": 2", "\"exit\": 3", "grants[1].exit"), ("0.03", "-1", "grants[0].completion_s"),
    ("\"upload_start_s\": 0", "\"upload_start_s\": \"soon\"", "grants[1].upload_start_s"),
    ("\"batches\"", "\"batch\"", "batches"), ("\"batches\": [{", "\"batches\": [[], {", "batches[0]"),
    ("\"worker\": \"a\"", "\"worker\": \"c\"", "batches[0].worker"),
    ("\"worker\": \"a\", ", "", "batches[0].worker"), ("\"instance\": 0", "\"instance\": 1", "batches[1].instance"),
    ("\"start_s\": 0.02, \"scheduled\": [0]", "\"scheduled\": [0]", "batches[0].start_s"),
    ("\"scheduled\": [0]", "\"scheduled\": [2]", "batches[0].scheduled[0]"),
    ("\"scheduled\": [0]", "\"scheduled\": [0, 0]", "batches[0].scheduled[1]"),
    ("\"scheduled\": [0]", "\"scheduled\": [0, 9]", "batches[0].scheduled[1]"),
    ("\"scheduled\": [0]", "\"scheduled\": [-1]", "batches[0].scheduled[0]"),
    ("\"scheduled\": [0]", "\"scheduled\": [\"0\"]", "batches[0].scheduled[0]"),
    ("\"scheduled\": [0]", "\"scheduled\": []", "grants[0]"),
    ("\"scheduled\": [0], ", "", "batches[0].scheduled"), ("[1, 0]", "[1, \"0\"]", "batches[0].entering[1]"),
    ("{\"id\": 2", "{\"id\": 1", "refusals[0].id"), ("{\"id\": 2", "{\"id\": 7", "refusals[0].id"),
    ("\"reason\": \"bandwidth\"", "\"reason\": \"rain\"", "refusals[0].reason"),
    ("[{\"id\": 2, \"reason\": \"bandwidth\"}]", "2", "refusals"),
  ])
  func aMistakeIsOneLineWithItsPlace(old: String, new: String, place: String) throws {
    let text = Self.answer.replacing(old, with: new, maxReplacements: 1)
    #expect(text != Self.answer)
    let state = try frame()
    let error = #expect(throws: InstanceError.self) { try AllocationAnswer.allocation(utf8: text.utf8, of: state) }
    #expect(error?.place == place, "\(String(describing: error))")
    #expect(error?.description.contains { $0.isNewline } == false)
  }

  @Test func anAnswerOfAnotherKindIsOneLine() throws {
    let state = try frame()
    for text in ["", "[]", "3", "null", "\"sorry\"", "Traceback (most recent call last):"] {
      #expect(throws: InstanceError.self) { try AllocationAnswer.allocation(utf8: text.utf8, of: state) }
    }
  }

  /// Bytes, tokens and numbers changed at random: an allocation or a one-line error, never a crash, and what the check
  /// lets through holds its promises.
  @Test func thirtyThousandMutatedAnswersCrashNothing() throws {
    var random = RandomStream(seed: 5, device: 0, purpose: "answers")
    let numbers = ["0", "1", "2", "3", "9", "1e-9", "1e308", "1e-308", "0.02", "9223372036854775807"]
    let tokens = ["-", "0", "1e308", "null", "[]", "{}", "\"", ",", "true", "\u{0}", "\"error\":", "\\n"]
    let state = try frame()
    var (read, feasible) = (0, 0)
    for _ in 0..<30_000 {
      var bytes = Array(Self.answer.utf8)
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let position = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0...9, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(contentsOf: tokens.randomElement(using: &random)!.utf8, at: position)
        case 3: bytes.removeSubrange(position..<min(bytes.count, position + 20))
        default:
          guard let first = bytes[position...].firstIndex(where: Self.isDigit) else { continue }
          let last = bytes[first...].firstIndex { !Self.isDigit($0) } ?? bytes.endIndex
          bytes.replaceSubrange(first..<last, with: Array(numbers.randomElement(using: &random)!.utf8))
        }
      }
      do throws(InstanceError) {
        let allocation = try AllocationAnswer.allocation(utf8: bytes, of: state)
        read += 1
        guard FeasibilityCheck(allocation, of: state).isFeasible else { continue }
        feasible += 1
        for member in allocation.batches.flatMap(\.members) {
          #expect(member.bandwidth <= state.bandwidth && member.completion <= 0.08 && member.uploadEnd <= 0.08)
        }
      } catch {
        #expect(!error.description.contains { $0.isNewline })
      }
    }
    #expect(read > 2000 && feasible > 200, "\(read) read, \(feasible) feasible")
  }
  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9") }
}
