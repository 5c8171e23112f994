import EdgeModel
import Nodes

/// Which emulator carries a device: answers go to the first that brought the start of a feature as it was announced for it,
/// and no other may bring more. Who is first with anything else carries nothing, and what it sends is for the node to reject.
///
/// There is no secret in it: who can guess a task, its batch and its size, and is faster than its device, is taken for it.
struct FeatureCarriers {
  /// Tasks that are remembered of devices that nobody carries yet, as many as a worker may await; where one more is
  /// announced, those before it are forgotten.
  static let most = 65_536
  private struct Announced: Equatable {
    var batch: BatchID
    /// [byte]
    var total: Int
  }

  private var carriers: [DeviceID: PeerName] = [:]
  /// Of devices that nobody carries yet.
  private var announced: [DeviceID: [TaskID: Announced]] = [:]
  private var remembered = 0

  /// Where answers for `device` go; nil while none of its features came.
  subscript(device: DeviceID) -> PeerName? { carriers[device] }

  /// A plan tells that features of these tasks will come.
  mutating func expect(_ plan: BatchPlan) {
    for member in plan.members { expect(member, in: plan.id) }
  }
  mutating func expect(_ plan: OpenPlan) {
    for (index, member) in plan.members.enumerated() { expect(member.member, in: plan.reserved(index)) }
  }
  private mutating func expect(_ member: BatchPlan.Member, in batch: BatchID) {
    let (task, device) = (member.task, member.task.device)
    guard carriers[device] == nil else { return }
    if remembered == Self.most { (announced, remembered) = ([:], 0) }
    let known = announced[device, default: [:]].updateValue(
      Announced(batch: batch, total: member.featureBytes), forKey: task)
    if known == nil { remembered += 1 }
  }

  /// Who carries the device that `chunk` is of, where that is another than `peer`; nil where `peer` may bring it.
  mutating func another(than peer: PeerName, for chunk: FeatureChunk) -> PeerName? {
    let device = chunk.task.device
    if let carrier = carriers[device] { return carrier == peer ? nil : carrier }
    guard chunk.offset == 0, (1...max(1, chunk.total)).contains(chunk.payload.count),
      announced[device]?[chunk.task] == Announced(batch: chunk.batch, total: chunk.total)
    else { return nil }
    carriers[device] = peer
    remembered -= announced.removeValue(forKey: device)?.count ?? 0
    return nil
  }
}
