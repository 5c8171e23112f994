import EdgeModel

/// Which emulator carries a device: answers go to the first that brought a chunk of a task that was announced for it, and
/// no other may bring more. Who is first with anything else carries nothing, and what it sends is for the node to reject.
///
/// There is no secret in it: who can guess a task and its batch, and is faster than its device, is taken for the device.
struct FeatureCarriers {
  /// Tasks that are remembered of a device that nobody carries yet, as many as a worker may await; where one more is
  /// announced, those before it are forgotten.
  static let most = 65_536

  private var carriers: [DeviceID: PeerName] = [:]
  /// Of devices that nobody carries yet.
  private var announced: [DeviceID: [TaskID: BatchID]] = [:]

  /// Where answers for `device` go; nil while none of its features came.
  subscript(device: DeviceID) -> PeerName? { carriers[device] }

  /// A plan tells that features of these tasks will come.
  mutating func expect(_ plan: BatchPlan) {
    for member in plan.members { expect(member.task, in: plan.id) }
  }
  mutating func expect(_ plan: OpenPlan) {
    for (index, member) in plan.members.enumerated() { expect(member.member.task, in: plan.reserved(index)) }
  }
  private mutating func expect(_ task: TaskID, in batch: BatchID) {
    guard carriers[task.device] == nil else { return }
    if announced[task.device]?.count == Self.most { announced[task.device] = nil }
    announced[task.device, default: [:]][task] = batch
  }

  /// Whether `peer` may bring a chunk of `task` for `batch`; the emulator that may not be taken for it, where it may not.
  mutating func another(than peer: PeerName, for task: TaskID, in batch: BatchID) -> PeerName? {
    if let carrier = carriers[task.device] { return carrier == peer ? nil : carrier }
    guard announced[task.device]?[task] == batch else { return nil }
    carriers[task.device] = peer
    announced[task.device] = nil
    return nil
  }
}
