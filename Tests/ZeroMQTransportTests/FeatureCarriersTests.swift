import EdgeModel
import Nodes
import Testing

@testable import ZeroMQTransport

@Suite struct FeatureCarriersTests {
  private let strangers: [PeerName] = [[1], [2, 2], []]
  private let emulators: [PeerName] = [Array("devices-0".utf8), Array("devices-1".utf8)]

  private func chunk(_ task: TaskID, _ batch: BatchID, offset: Int = 0, total: Int = 8) -> FeatureChunk {
    FeatureChunk(
      task: task, batch: batch, sample: 0, offset: offset, total: total,
      payload: FeaturePayload(storage: nil, offset: 0, count: min(8, max(1, total))))
  }
  private func plan(_ id: Int, _ tasks: [TaskID]) -> BatchPlan {
    BatchPlan(
      id: BatchID(id), frame: 0, worker: 0, start: .start,
      members: tasks.map {
        BatchPlan.Member(task: $0, entry: 1, exit: 1, featureBytes: 8, uploadEnd: .start, completion: .start)
      })
  }

  /// Strangers that send chunks of tasks that were not announced, in any order with those that were, carry nobody: each
  /// device's answers go to its own emulator, and what that sends is never refused.
  @Test(arguments: 0..<300 as Range<UInt64>) func onlyWhoBringsWhatWasAnnouncedCarries(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "carriers")
    func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    var carriers = FeatureCarriers()
    var announced: [(task: TaskID, batch: BatchID)] = []
    var brought: Set<DeviceID> = []
    for step in 0..<200 {
      switch whole(0...2) {
      case 0:
        let tasks = (0...whole(0...3)).map { TaskID(device: DeviceID(whole(0...7)), number: step * 8 + $0) }
        if whole(0...1) == 0 {
          carriers.expect(plan(step * 8, tasks))
          announced += tasks.map { ($0, BatchID(step * 8)) }
        } else {
          let open = OpenPlan(
            id: BatchID(step * 8), frame: 0, worker: 0,
            rule: BatchingRule(maxBatch: 4, queueDelay: .zero),
            members: plan(0, tasks).members.map { OpenPlan.Member($0) })
          carriers.expect(open)
          announced += open.members.enumerated().map { ($1.member.task, open.reserved($0)) }
        }
      case 1:
        // Never granted, granted in another batch, or of a device that there is not.
        let known = announced.randomElement(using: &random)
        let task = known.map { whole(0...1) == 0 ? $0.task : TaskID(device: $0.task.device, number: -1) }
        let peer = strangers[whole(0...2)]
        let device = task?.device ?? DeviceID(whole(0...1_000_000))
        // Right in everything but one thing.
        let batch = known?.batch ?? 0
        let wrong =
          switch whole(0...2) {
          case 0: chunk(task ?? TaskID(device: device, number: 0), BatchID(-whole(1...9)))
          case 1: chunk(task ?? TaskID(device: device, number: 0), batch, offset: whole(1...8))
          default: chunk(task ?? TaskID(device: device, number: 0), batch, total: whole(0...1) == 0 ? 7 : .max)
          }
        let carrier = carriers.another(than: peer, for: wrong)
        #expect((carrier != nil) == brought.contains(device))
      default:
        guard let (task, batch) = announced.randomElement(using: &random) else { continue }
        let own = emulators[task.device.number % 2]
        #expect(carriers.another(than: own, for: chunk(task, batch)) == nil)
        brought.insert(task.device)
      }
      for device in 0...7 {
        let carrier = brought.contains(DeviceID(device)) ? emulators[device % 2] : nil
        #expect(carriers[DeviceID(device)] == carrier)
      }
    }
    #expect(brought.count > 4)
  }

  @Test func whatIsRememberedIsBounded() {
    var carriers = FeatureCarriers()
    let tasks = (0..<FeatureCarriers.most + 1).map { TaskID(device: 3, number: $0) }
    for (id, task) in tasks.enumerated() { carriers.expect(plan(id, [task])) }
    for early in [0, FeatureCarriers.most - 1] {
      #expect(carriers.another(than: emulators[0], for: chunk(tasks[early], BatchID(early))) == nil)
      #expect(carriers[3] == nil, "those before the last are forgotten")
    }
    let last = FeatureCarriers.most
    #expect(carriers.another(than: emulators[0], for: chunk(tasks[last], BatchID(last))) == nil)
    #expect(carriers[3] == emulators[0])
    #expect(carriers.another(than: strangers[0], for: chunk(tasks[last], BatchID(last))) == emulators[0])
  }
}
