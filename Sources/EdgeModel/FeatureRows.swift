import Synchronization

/// The features of a batch side by side, row after row, as an engine on a CPU reads them: put together by the worker's loop
/// while the engine is at the batch before, which then copies nothing.
///
/// One side fills it, hands it over with a job, and does not touch it before the other has given it back; that is what
/// makes the unchecked `Sendable` true.
public final class FeatureRows: @unchecked Sendable {
  /// Most bytes of all rows.
  public let capacity: Int
  /// Bytes of each row.
  public private(set) var rowBytes = 0
  /// The held-out image behind each row.
  public private(set) var samples: [Int] = []
  private let memory: UnsafeMutableRawPointer
  private let isGiven = Atomic<Bool>(false)

  /// `capacity` ≥ 0 bytes of anything.
  public init(capacity: Int) {
    self.capacity = capacity
    memory = .allocate(byteCount: max(capacity, 1), alignment: 64)
  }
  deinit { memory.deallocate() }

  /// Whether it may be filled: it never was, or it has been given back.
  public var isFree: Bool { !isGiven.load(ordering: .acquiring) }
  /// Nobody reads it any more. Called by who was given it, any number of times.
  public func giveBack() { isGiven.store(false, ordering: .releasing) }

  /// Copies the features of `rows` in; false, and still free, where one is absent or of another size than the first, or
  /// there is no room. It must be free. O(their bytes).
  public func fill(_ rows: [BatchJob.Row]) -> Bool {
    precondition(isFree, "somebody still reads it")
    guard let bytes = rows.first?.feature?.byteCount, bytes * rows.count <= capacity else { return false }
    samples.removeAll(keepingCapacity: true)
    for (index, row) in rows.enumerated() {
      guard let feature = row.feature, feature.byteCount == bytes else { return false }
      feature.withFeatureBytes {
        UnsafeMutableRawBufferPointer(start: memory + index * bytes, count: bytes).copyMemory(from: $0)
      }
      samples.append(row.sample)
    }
    rowBytes = bytes
    isGiven.store(true, ordering: .relaxed)
    return true
  }
  /// All rows; they begin at a multiple of 64 bytes.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: rowBytes * samples.count) }
}
