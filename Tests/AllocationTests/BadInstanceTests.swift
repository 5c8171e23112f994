import Allocation
import EdgeModel
import Testing

/// Every field of an instance with every kind of mistake: an error of one line with the field's place.
@Suite struct BadInstanceTests {
  /// What a field must be.
  private enum Kind {
    case positive, notNegative, share
    case whole(from: Int)
    case text, table, objects
  }

  private static let kinds: [String: (kind: Kind, isOptional: Bool)] = [
    "format": (.whole(from: 1), false), "bandwidth_hz": (.positive, false), "frame_s": (.positive, true),
    "guard_s": (.notNegative, true), "slot_s": (.positive, true), "resource_block_hz": (.positive, true),
    "worker_free_s": (.notNegative, false), "free_s": (.notNegative, false), "max_batch": (.whole(from: 1), true),
    "latency_s": (.table, false), "head_latency_s": (.table, true), "accuracy": (.share, true),
    "alpha_s": (.notNegative, false), "beta_s": (.notNegative, false), "device": (.whole(from: 0), true),
    "feature_bits": (.notNegative, false), "spectral_efficiency": (.positive, false), "snr_hz": (.positive, false),
    "deadline_s": (.notNegative, false), "exit": (.whole(from: 1), false), "entry": (.whole(from: 1), true),
    "weight": (.positive, true), "served": (.notNegative, true), "required_accuracy": (.share, false),
    "tasks": (.objects, false), "blocks": (.objects, false), "workers": (.objects, false),
  ]

  /// Where an error for a field that is not there points: some have another in its place.
  private static let whereMissing = ["snr_hz": "spectral_efficiency", "required_accuracy": "exit"]

  private static let notJSON = [
    "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "+1", ".5", "1.", "01", "0x10", "1e", "-", "nul", "'1'", "",
    "\"", "1 2", "[1", "\u{0}", "1_000", "1,5",
  ]

  private static func wrongs(_ kind: Kind) -> [String] {
    let notNumbers = ["true", "false", "\"1\"", "\"\"", "[]", "[1]", "{}", "{\"value\": 1}"]
    switch kind {
    case .positive:
      return notNumbers + [
        "0", "-0", "0.0", "-0.0", "-1", "-1e-300", "-1e300", "-5e-324", "5e-324", "1e-101", "1.1e100", "1e300",
      ]
    case .notNegative:
      return notNumbers + ["-1", "-1e-300", "-1e300", "-5e-324", "5e-324", "1e-101", "1.1e100", "1e300"]
    case .share: return notNumbers + ["-1", "-1e-300", "1.0000000001", "80", "1e300"]
    case .whole(let least):
      return notNumbers + [
        "\(least - 1)", "-0.5", "1.5", "-1", "1e30", "1e300", "9223372036854775808", "-9223372036854775808",
      ]
    case .text: return ["true", "1", "\"\"", "[]", "{}"]
    case .table:
      return ["true", "1", "\"1\"", "{}", "[]", "[0.001]", "[[0.001, 0.002]]"]
    case .objects: return ["true", "1", "\"1\"", "{}"]
    }
  }

  private static func kind(of place: String) -> (kind: Kind, isOptional: Bool)? {
    let name = String(place.split(separator: ".").last ?? "")
    return name == "id" ? (place.hasPrefix("workers") ? .text : .whole(from: 0), false) : kinds[name]
  }

  private func error(_ text: InstanceText) -> InstanceError? {
    do {
      for instance in try AllocationInstances(utf8: text.text.utf8).instances { answerAll(instance.frame) }
      return nil
    } catch { return error }
  }

  /// What is read is answered, by everyone.
  private func answerAll(_ frame: FrameState) {
    for entry in PolicyCatalog.entries {
      let answer = entry.make(PolicyOptions()).allocate(frame, budget: SearchBudget(nodes: 200))
      #expect(FeasibilityCheck(answer, of: frame).violations == [], "\(entry.name)")
    }
  }

  private static let forms: [InstanceText.Form] = [.oneWorker, .severalWorkers]
  private static func listPlaces(_ form: InstanceText.Form) -> [String] {
    form == .oneWorker ? ["tasks", "blocks"] : ["tasks", "workers", "workers[0].blocks", "workers[1].blocks"]
  }

  @Test(arguments: forms) func theTextItselfIsRight(form: InstanceText.Form) {
    #expect(error(InstanceText(form)) == nil)
  }

  @Test(arguments: forms) func everyFieldWithEveryMistake(form: InstanceText.Form) throws {
    let places = InstanceText.places(form).map(\.place) + Self.listPlaces(form)
    var tried = 0
    for place in places {
      let (kind, isOptional) = try #require(Self.kind(of: place), "\(place)")
      for wrong in Self.wrongs(kind) {
        var text = InstanceText(form)
        text.fields[place] = wrong
        let error = error(text)
        #expect(error.map { $0.place.hasPrefix(place) } == true, "\(place) = \(wrong): \(String(describing: error))")
        #expect(error.map { isOneLine($0) } == true)
        tried += 1
      }
      for absence in [String?.none, "null"] {
        var text = InstanceText(form)
        text.fields[place] = .some(absence)
        let error = error(text)
        guard !isOptional else {
          #expect(error == nil, "\(place) is optional: \(String(describing: error))")
          continue
        }
        let name = place.split(separator: ".").last.map(String.init) ?? place
        let other = Self.whereMissing[name].map { String(place.dropLast(name.count)) + $0 } ?? place
        // Without `workers` the one worker of the other form is looked for.
        let expected = place == "workers" ? "worker_free_s" : other
        #expect(error?.place == expected, "\(place) is missing: \(String(describing: error))")
      }
    }
    #expect(tried > 300)
  }

  @Test(arguments: forms) func everyFieldWithWhatIsNotJSON(form: InstanceText.Form) {
    for (place, _) in InstanceText.places(form) {
      for wrong in Self.notJSON {
        var text = InstanceText(form)
        text.fields[place] = wrong
        let error = error(text)
        #expect(error?.place.hasPrefix("line 1, column ") == true, "\(place) = \(wrong): \(String(describing: error))")
        #expect(error.map { isOneLine($0) } == true)
      }
    }
  }

  private func isOneLine(_ error: InstanceError) -> Bool {
    !error.message.isEmpty && !error.remedy.isEmpty && !error.description.contains { $0.isNewline }
  }

  /// Elements of a list: a table's number, a block, a task, a worker.
  @Test(arguments: ["latency_s", "head_latency_s"]) func everyElementOfATable(name: String) {
    for wrong in ["true", "null", "\"1\"", "[]", "{}", "-1", "-1e-300"] {
      var text = InstanceText()
      text.fields["blocks[0].\(name)"] = "[0.001, \(wrong)]"
      #expect(error(text)?.place == "blocks[0].\(name)[1]", "\(wrong)")
    }
  }
  @Test func everyElementOfAList() {
    for wrong in ["true", "null", "\"1\"", "[]", "1"] {
      for (place, form) in [
        ("tasks[1]", InstanceText.Form.oneWorker), ("blocks[1]", .oneWorker), ("workers[1]", .severalWorkers),
        ("workers[1].blocks[0]", .severalWorkers),
      ] {
        var text = InstanceText(form)
        text.fields[place] = wrong
        #expect(error(text)?.place == place, "\(place) = \(wrong)")
      }
    }
  }

  @Test func whatContradictsSomethingElse() {
    func place(_ fields: [String: String], _ form: InstanceText.Form = .oneWorker) -> String? {
      var text = InstanceText(form)
      for (place, value) in fields { text.fields[place] = value }
      return error(text)?.place
    }
    #expect(place(["tasks[1].id": "0"]) == "tasks[1].id")
    #expect(place(["workers[1].id": "\"w0\""], .severalWorkers) == "workers[1].id")
    #expect(place(["tasks[0].exit": "3"]) == "tasks[0].exit")
    #expect(place(["tasks[0].entry": "3"]) == "tasks[0].entry")
    #expect(place(["tasks[0].exit": "1", "tasks[0].entry": "2"]) == "tasks[0].exit")
    #expect(place(["tasks[1].snr_hz": "1, \"spectral_efficiency\": 1"]) == "tasks[1].spectral_efficiency")
    #expect(place(["tasks[1].required_accuracy": "0.5, \"exit\": 1"]) == "tasks[1].exit")
    #expect(place(["blocks[0].latency_s": "[1, 1], \"alpha_s\": 1"]) == "blocks[0].alpha_s")
    #expect(place(["blocks[0].latency_s": "[1, 1], \"beta_s\": 1"]) == "blocks[0].beta_s")
    #expect(place(["blocks[0].accuracy": "null", "blocks[1].accuracy": "null"]) == "tasks[1].required_accuracy")
    #expect(place(["max_batch": "null", "blocks[0].latency_s": "[1]"]) == "blocks[0].latency_s")
    for name in ["worker_free_s", "max_batch", "blocks"] {
      #expect(place(["format": "1, \"\(name)\": 1"], .severalWorkers) == name)
    }
    let blocks = (0..<1025).map { _ in "{\"alpha_s\": 0, \"beta_s\": 0}" }.joined(separator: ", ")
    #expect(place(["blocks": "[\(blocks)]"]) == "blocks")
    #expect(place(["blocks": "[]"]) == "blocks")
    #expect(place(["workers": "[]"], .severalWorkers) == "workers")
  }

  @Test(arguments: [
    ("", "line 1, column 1"), (" \n\t ", "line 2, column 3"), ("\u{FEFF}", "line 1, column 4"), ("3", ""), ("null", ""),
    ("\"x\"", ""), ("[3]", "[0]"), ("[[]]", "[0]"), ("[null]", "[0]"), ("{}", "format"), ("[{}]", "[0].format"),
    ("{\"format\": 1}", "bandwidth_hz"), ("{\"format\": 1} x", "line 1, column 15"), ("{,}", "line 1, column 2"),
    (String(repeating: "[", count: 100_000), "line 1, column 65"),
    (String(repeating: "{\"a\":", count: 100_000), "line 1, column 321"),
  ]) func textsThatAreNoInstance(text: String, place: String) {
    let error = #expect(throws: InstanceError.self) { try AllocationInstances(utf8: text.utf8) }
    #expect(error?.place == place)
    #expect(error.map { isOneLine($0) } == true)
  }

  @Test func noInstancesAreAnEmptyArray() throws {
    let none = try AllocationInstances(utf8: "[]".utf8)
    #expect(none.instances.isEmpty && none.isArray)
  }
}
