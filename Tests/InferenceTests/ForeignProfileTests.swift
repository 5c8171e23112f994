import EdgeModel
import Inference
import PlainJSON
import Testing

/// A worker's table that was made for something else.
@Suite struct ForeignProfileTests {
  private let model: ModelManifest
  private let table: JSON
  init() throws {
    model = try Digits.model()
    table = try JSON(utf8: Digits.text("edge-gpu.json"))
  }

  /// What the worker says of the table; nil where it takes it.
  private func fault(_ json: JSON, maxBatch: Int = 16) throws -> String? {
    let scratch = ScratchDirectory()
    try scratch.write(Array(json.pretty.utf8), as: "table.json")
    do throws(EngineError) {
      try LatencyTable(file: "\(scratch.path)/table.json").check(for: model, maxBatch: maxBatch, file: "table.json")
      return nil
    } catch {
      #expect(error.description.contains("table.json") && !error.description.contains("\n"))
      return error.description
    }
  }

  @Test func ofThisModelItIsTaken() throws {
    #expect(try fault(table) == nil)
    #expect(try fault(table, maxBatch: 64) == nil)
    #expect(try fault(table.setting("model_sha256", to: .string(model.fingerprint))) == nil)
    #expect(try fault(table.setting("model_sha256", to: .string(model.fingerprint.uppercased()))) == nil)
  }
  @Test func ofAnotherModel() throws {
    #expect(try fault(table.setting("model", to: "letters"))?.contains("for the model 'letters', not 'digits'") == true)
  }
  @Test func ofOtherFiles() throws {
    let other = table.setting("model_sha256", to: .string(String(repeating: "0", count: 64)))
    #expect(try fault(other)?.contains("other files of the model 'digits' (000000000000…") == true)
  }
  @Test func ofAnotherShape() throws {
    let blocks = try #require(table["blocks"]?.array)
    for count in [1, 3, 5, 8] {
      let other = table.setting("blocks", to: .array((0..<count).map { blocks[$0 % blocks.count] }))
      #expect(try fault(other)?.contains("\(count) blocks, the model 'digits' has 4") == true)
    }
  }
  /// Every range of sizes that is too short is refused, and every other taken.
  @Test func ofAnotherRangeOfBatches() throws {
    for sizes in 1...64 {
      let cut = table.setting("max_batch", to: .integer(Int64(sizes)))
      for maxBatch in [1, sizes - 1, sizes, sizes + 1, 4096] where maxBatch >= 1 {
        let found = try fault(cut, maxBatch: maxBatch)
        #expect((found == nil) == (maxBatch <= sizes), "\(sizes), \(maxBatch): \(found ?? "taken")")
        if let found { #expect(found.contains("ends at a batch of \(sizes), the worker's max_batch is \(maxBatch)")) }
      }
    }
  }
  /// A batch that the profile does not cover never reaches the engine.
  @Test func theExecutorTakesNoBatchBeyondIt() throws {
    let heldOut = try HeldOutImages(model)
    for sizes in [1, 5, 16] {
      let scratch = ScratchDirectory()
      try scratch.write(
        Array(table.setting("max_batch", to: .integer(Int64(sizes))).pretty.utf8), as: "table.json")
      let profile = try LatencyTable(file: "\(scratch.path)/table.json").profile
      var executor = try BatchExecutor(
        engine: ReplayEngine(model: model, heldOut: heldOut, largestBatch: 64), profile: profile, now: { .start })
      for count in [sizes, sizes + 1] {
        let members = (0..<count).map {
          BatchPlan.Member(
            task: TaskID(device: 0, number: $0), exit: 1, featureBytes: 0, uploadEnd: .start, completion: .start)
        }
        let plan = BatchPlan(id: 0, frame: 0, worker: 0, start: .start, members: members)
        var events: [BatchEvent] = []
        executor.run(
          BatchJob(plan: plan, rows: plan.members.map { BatchJob.Row(task: $0.task, sample: 0, feature: nil) })
        ) { events.append($0) }
        if count == sizes {
          #expect(events.last == .ended(0, instance: 0))
        } else if case .failed(_, _, let reason) = events[0] {
          #expect(events.count == 1 && reason.contains("\(count) members, engine and profile take \(sizes)"))
        } else {
          Issue.record("\(events)")
        }
      }
    }
  }
}
