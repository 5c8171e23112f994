import EdgeModel
import Foundation
import Nodes
import PlainJSON
import Testing
import Wire
import ZeroMQ

extension Live {
  /// A device that is who it says it is, and sends features that were never granted, twice, after their batch, for
  /// another one, and of another block's size, between the right ones, to a worker of two models whose engine is handed
  /// batches ahead. Each wrong one is counted, each granted task ends once, and nobody gets another's answer.
  @Suite struct HostileFeatureTests {
    private static let bytes = [16_384, 1024, 1024, 1024]
    /// Members of a batch, so that each is full when all features are in; and images that devices have.
    private static let (rows, images, devices) = (3, 6, 8)
    private static let digits = Workplace.checkout.path + "/Topologies/Models/digits"

    /// A task, and what its device sends for it.
    private struct Granted {
      var member: BatchPlan.Member
      var batch: BatchID
      var model: Int
      var image: Int
      var task: TaskID { member.task }
    }
    /// What decides an answer.
    private struct Question: Hashable { var model, image, entry, exit: Int }
    /// A feature on its way, or one that should not be.
    private struct Sent {
      var chunk: FeatureChunk
      var bytes: ArraySlice<UInt8>
      var isWrong = false
    }

    enum Engine: CaseIterable { case replayed, computing }

    /// The flags, the second model, and how many batches may lie ahead.
    private func worker(_ engine: Engine, in place: Workplace) throws -> (flags: [String], second: String, most: Int) {
      switch engine {
      case .replayed:
        let table = "\(Self.digits)/edge-gpu.json"
        return (
          ["--engine", "replay", "--latency-table", table, "--further-table", table], try otherModel(place), 1
        )
      case .computing:
        let profile = Workplace.checkout.path + "/Topologies/profiles/digits-epyc-1-thread.json"
        let cpus = try CPUAffinity.current()
        // Without a second processor there is none for the engine alone.
        let apart = cpus.count > 1 ? cpus.suffix(1).flatMap { ["--cpus", "\($0)"] } : []
        return (["--profile", profile, "--further-table", profile] + apart, Self.digits, apart.isEmpty ? 1 : 2)
      }
    }
    /// The shipped model again, whose recorded answers are one class further: a replay tells the two apart.
    private func otherModel(_ place: Workplace) throws -> String {
      let to = place.directory.appending(path: "other")
      try FileManager.default.copyItem(at: URL(filePath: Self.digits), to: to)
      for name in ["heldout.answers.u8", "heldout.labels.u8"] {
        let file = to.appending(path: name)
        try Data(Data(contentsOf: file).map { ($0 + 1) % 10 }).write(to: file)
      }
      return to.path
    }

    @Test(arguments: Engine.allCases) func eachIsCountedAndNoMore(engine: Engine) async throws {
      let place = try Workplace()
      let (flags, second, most) = try worker(engine, in: place)
      let worker = try await LoneWorker.start(flags, models: [Self.digits, second], in: place)
      var random = RandomStream(seed: 1, device: 0, purpose: "hostile features")
      var granted: [Granted] = []
      var wrong = 0
      // The last round is right, and behind all that was wrong on its connection.
      for round in 0...10 {
        let tasks = try grant(from: granted.count, to: worker, &random)
        try await worker.awaitPlans(featureBytes: Self.bytes[0])
        granted += tasks
        let (storm, afterwards) = storm(tasks, isHostile: round < 10, &random)
        for sent in storm { try await worker.send(sent.chunk, sent.bytes) }
        let all = Set(tasks.map(\.task))
        try await worker.hear { all.isSubset(of: $0.answers.map(\.answer.task) + $0.dropped) }
        for sent in afterwards { try await worker.send(sent.chunk, sent.bytes) }
        wrong += (storm + afterwards).count { $0.isWrong }
      }
      let trace = try await worker.stop()
      #expect(wrong > 300)
      expectCounted(wrong, trace)
      expectOneEndEach(granted, worker, trace)
      expectOwnAnswers(granted, worker)
      expectAhead(trace, most)
    }

    // MARK: What is sent

    /// Batches that are formed when they are full, and some of the second model that start in a moment.
    private func grant(from number: Int, to worker: LoneWorker, _ random: inout RandomStream) throws -> [Granted] {
      func members(_ count: Int, from first: Int) -> [BatchPlan.Member] {
        (first..<first + count).map { index in
          let entry = Int.random(in: 1...4, using: &random)
          return BatchPlan.Member(
            task: TaskID(device: DeviceID(index % Self.devices), number: number + index), entry: entry,
            exit: Int.random(in: entry...4, using: &random),
            featureBytes: Self.bytes[entry - 1], uploadEnd: .start, completion: Instant(seconds: 1e6))
        }
      }
      func granted(_ members: [BatchPlan.Member], _ batches: [BatchID], model: Int) -> [Granted] {
        zip(members, batches).map { member, batch in
          Granted(member: member, batch: batch, model: model, image: Int.random(in: 0..<Self.images, using: &random))
        }
      }
      let open = members(4 * Self.rows, from: 0)
      let rule = BatchingRule(maxBatch: Self.rows, queueDelay: .seconds(1000))
      var tasks = granted(open, try worker.open(open, rule: rule), model: 0)
      // A device none of whose features ever came cannot be told that its batch went without it: not in the first
      // round.
      for _ in 0..<(number == 0 ? 0 : 2) {
        let planned = members(Self.rows, from: tasks.count)
        let batch = try worker.plan(planned, of: 1, after: .milliseconds(300))
        tasks += granted(planned, planned.map { _ in batch }, model: 1)
      }
      return tasks
    }

    /// All features of `tasks`, whole or in two parts, and what is wrong between them and behind their batches. Each
    /// wrong one is so at any time: whether its task still waits, runs, is answered or too late.
    private func storm(
      _ tasks: [Granted], isHostile: Bool, _ random: inout RandomStream
    ) -> (during: [Sent], afterwards: [Sent]) {
      var (right, during): ([Sent], [Sent]) = ([], [])
      for task in tasks {
        let bytes = feature(of: task.image, task.member.featureBytes)
        let cut = Bool.random(using: &random) ? Int.random(in: 1..<bytes.count, using: &random) : bytes.count
        for range in [0..<cut, cut..<bytes.count] where !range.isEmpty {
          right.append(sent(task, image: task.image, bytes[range]))
        }
      }
      // The parts of one feature stay in their order.
      let order = right.map(\.chunk.task).shuffled(using: &random)
      var left = Dictionary(grouping: right, by: \.chunk.task)
      for task in order {
        guard let next = left[task]?.removeFirst() else { continue }
        during.append(next)
        for _ in 0..<(isHostile ? Int.random(in: 0...2, using: &random) : 0) {
          during.append(wrong(next, tasks, &random))
        }
      }
      let afterwards = isHostile ? tasks.map { again($0, &random) } : []
      return (during, afterwards)
    }
    /// Behind `last`, which has come.
    private func wrong(_ last: Sent, _ tasks: [Granted], _ random: inout RandomStream) -> Sent {
      guard var sent = tasks.randomElement(using: &random).map({ again($0, &random) }) else { return last }
      switch Int.random(in: 0...4, using: &random) {
      case 0: sent.chunk.task.number += 1_000_000
      case 1: sent.chunk.batch = BatchID(sent.chunk.batch.number + 1_000_000)
      case 2:
        // A whole feature of another block.
        let other = Self.bytes.filter { $0 != sent.chunk.total }.randomElement(using: &random) ?? 1
        sent.bytes = feature(of: Self.images, other)[...]
        (sent.chunk.total, sent.chunk.payload.count) = (other, other)
      case 3: sent.chunk.offset = sent.chunk.total
      default:
        // Twice.
        sent = last
        sent.isWrong = true
      }
      return sent
    }
    /// The task's whole feature again, of another image.
    private func again(_ task: Granted, _ random: inout RandomStream) -> Sent {
      let image = Self.images + Int.random(in: 0...3, using: &random)
      var sent = sent(task, image: image, feature(of: image, task.member.featureBytes)[...])
      sent.isWrong = true
      return sent
    }
    private func sent(_ task: Granted, image: Int, _ bytes: ArraySlice<UInt8>) -> Sent {
      Sent(
        chunk: FeatureChunk(
          task: task.task, batch: task.batch, sample: image, offset: bytes.startIndex, total: task.member.featureBytes,
          payload: FeaturePayload(storage: nil, offset: 0, count: bytes.count)), bytes: bytes)
    }
    /// Numbers of an order that an engine takes, other ones for each image.
    private func feature(of image: Int, _ bytes: Int) -> [UInt8] {
      var random = RandomStream(seed: UInt64(image), device: 0, purpose: "feature", index: bytes)
      return (0..<bytes / 4).flatMap { _ in
        withUnsafeBytes(of: Float.random(in: 0...2, using: &random)) { Array($0) }
      }
    }

    // MARK: What comes of it

    private func records(_ trace: [JSON], _ event: String) -> [JSON] { trace.filter { $0["event"]?.string == event } }
    private func task(_ record: JSON) -> TaskID {
      TaskID(device: DeviceID(record["device"]?.integer ?? -1), number: record["task"]?.integer ?? -1)
    }

    private func expectCounted(_ wrong: Int, _ trace: [JSON]) {
      let reasons = records(trace, "messageRejected").compactMap { $0["reason"]?.string }
      #expect(reasons.count == wrong)
      for words in ["no plan waits for it", "out of order or twice", "sent for batch", "a feature of"] {
        #expect(reasons.count { $0.contains(words) } > 5, "\(words)")
      }
    }

    private func expectOneEndEach(_ granted: [Granted], _ worker: LoneWorker, _ trace: [JSON]) {
      let tasks = Set(granted.map(\.task))
      let heard = worker.answers.map(\.answer.task) + worker.dropped
      #expect(heard.count == tasks.count && Set(heard) == tasks)
      // Plans of nobody are over without an end at a device.
      let ends = (records(trace, "taskExited") + records(trace, "taskDropped")).map(task).filter(tasks.contains)
      #expect(ends.count == tasks.count && Set(ends) == tasks)
      // All but those that a busy machine made too late for a planned batch.
      #expect(worker.answers.count >= granted.count { $0.model == 0 })
      #expect(worker.answers.contains { answer in granted.contains { $0.task == answer.answer.task && $0.model == 1 } })
    }

    /// Who sends one image gets one answer, in whatever company; the own one is another than that of the others.
    private func expectOwnAnswers(_ granted: [Granted], _ worker: LoneWorker) {
      let tasks = Dictionary(uniqueKeysWithValues: granted.map { ($0.task, $0) })
      var known: [Question: TaskAnswer] = [:]
      for answer in worker.answers.map(\.answer) {
        guard let task = tasks[answer.task] else { continue }
        let question = Question(model: task.model, image: task.image, entry: task.member.entry, exit: task.member.exit)
        #expect(answer.exit == task.member.exit)
        let first = known[question] ?? answer
        known[question] = first
        #expect(answer.predicted == first.predicted && abs(answer.confidence - first.confidence) < 1e-3, "\(question)")
      }
      #expect(Set(known.values.map { Int($0.confidence * 1e6) }).count > 12, "all answers alike say nothing")
    }

    private func expectAhead(_ trace: [JSON], _ most: Int) {
      var (open, deepest) = (0, 0)
      for record in trace {
        switch record["event"]?.string {
        case "batchStarted" where record["size"]?.integer ?? 0 > 0: open += 1
        case "batchEnded": open -= 1
        default: break
        }
        deepest = max(deepest, open)
      }
      #expect(open == 0 && deepest >= 2 && deepest <= 1 + most, "\(deepest)")
    }
  }
}
