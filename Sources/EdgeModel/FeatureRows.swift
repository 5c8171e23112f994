import Synchronization

/// The features of a batch side by side, row after row, as an engine on a CPU reads them: put together by the worker's loop
/// while the engine is at the batch before, which then copies none but those that join others. Those that enter at one
/// block are together.
///
/// One side fills it, hands it over with a job, and does not touch it before the other has given it back; that is what
/// makes the unchecked `Sendable` true.
public final class FeatureRows: @unchecked Sendable {
  /// Rows that enter the model at one block, in the plan's order.
  public struct Group: Hashable, Sendable {
    /// The block.
    public let entry: Int
    /// Bytes of each row.
    public let rowBytes: Int
    /// The held-out image behind each row.
    public fileprivate(set) var samples: [Int] = []
    fileprivate let offset: Int
  }

  /// Most bytes of all rows.
  public let capacity: Int
  /// By the block where they enter, ascending.
  public var groups: [Group] { held.pointee }
  /// In bare memory: with each look at a variable of a class comes a check of who else changes it, which takes longer.
  private let held: UnsafeMutablePointer<[Group]>
  private let memory: UnsafeMutableRawPointer
  private let isGiven = Atomic<Bool>(false)

  /// `capacity` ≥ 0 bytes of anything.
  public init(capacity: Int) {
    self.capacity = capacity
    memory = .allocate(byteCount: max(capacity, 1), alignment: Self.alignment)
    held = .allocate(capacity: 1)
    held.initialize(to: [])
  }
  deinit {
    memory.deallocate()
    held.deinitialize(count: 1)
    held.deallocate()
  }
  private static let alignment = 64
  /// A batch that enters at more blocks is not laid side by side.
  private static let mostGroups = 64

  /// Whether it may be filled: it never was, or it has been given back.
  public var isFree: Bool { !isGiven.load(ordering: .acquiring) }
  /// Nobody reads it any more. Called by who was given it, any number of times.
  public func giveBack() { isGiven.store(false, ordering: .releasing) }

  /// Capacity that is enough for `job`. O(rows).
  public static func capacity(for job: BatchJob) -> Int {
    let enterTogether = job.plan.members.allSatisfy { $0.entry == job.plan.members[0].entry }
    return job.rows.reduce(enterTogether ? 0 : mostGroups * alignment) { $0 + ($1.feature?.byteCount ?? 0) }
  }

  /// Copies the features of `job` in; false, and still free, where one is absent or of another size than others that enter
  /// where it does, where there is no row, or there is no room. It must be free. O(their bytes + rows · groups).
  public func fill(_ job: BatchJob) -> Bool {
    precondition(isFree, "somebody still reads it")
    held.pointee.removeAll(keepingCapacity: true)
    let members = job.plan.members
    let entries = Set(members.map(\.entry)).sorted()
    guard (1...Self.mostGroups).contains(entries.count), job.rows.count == members.count else { return false }
    var offset = 0
    for entry in entries {
      guard let place = members.firstIndex(where: { $0.entry == entry }) else { continue }
      offset = (offset + Self.alignment - 1) / Self.alignment * Self.alignment
      guard let size = job.rows[place].feature?.byteCount else { return false }
      var group = Group(entry: entry, rowBytes: size, offset: offset)
      group.samples.reserveCapacity(members.count)
      for (member, row) in zip(members, job.rows) where member.entry == entry {
        guard let feature = row.feature, feature.byteCount == size, size <= capacity - offset else { return false }
        feature.withFeatureBytes {
          UnsafeMutableRawBufferPointer(start: memory + offset, count: size).copyMemory(from: $0)
        }
        offset += size
        group.samples.append(row.sample)
      }
      held.pointee.append(group)
    }
    isGiven.store(true, ordering: .relaxed)
    return true
  }
  /// Those that enter `block`.
  public func group(entering block: Int) -> Group? { groups.first { $0.entry == block } }
  /// The rows of one of its groups; they begin at a multiple of 64 bytes.
  public func bytes(of group: Group) -> UnsafeRawBufferPointer {
    let count = group.rowBytes * group.samples.count
    precondition(count <= capacity - group.offset, "another's group")
    return UnsafeRawBufferPointer(start: memory + group.offset, count: count)
  }
}
