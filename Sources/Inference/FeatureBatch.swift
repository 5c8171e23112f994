public import EdgeModel

/// The features of one batch, row by row, in memory of its own; reused from batch to batch.
///
/// Two buffers take turns as a block's input and output, so that running a model allocates nothing. Shrinking to the
/// first rows moves no bytes.
///
/// Move-only: its owner is the only one to touch the memory, and that is what makes the unchecked `Sendable` true.
public struct FeatureBatch: ~Copyable, @unchecked Sendable {
  /// Most rows it holds.
  public let capacity: Int
  /// Most float32 values a row may have.
  public let widest: Int
  /// Float32 values of each row now.
  public private(set) var values = 0
  public private(set) var rows = 0
  /// Where the rows are if not in this memory: tensors of an engine's own, which it alone looks into. This then counts
  /// rows of no values and keeps their samples.
  public let tensors: (any AnyObject & Sendable)?
  // Bare memory: an array asks whether it is shared before each change, which costs more than the change.
  private var sampleNumbers: UnsafeMutablePointer<Int>
  /// Takes turns with `sampleNumbers`, as `other` does with `current`.
  private var otherSampleNumbers: UnsafeMutablePointer<Int>
  private var current: UnsafeMutablePointer<Float>
  /// Seen from outside, as `start` is, since `replace` and `withValues` are inlined: a closure that throws an error of a type
  /// unknown here costs more to call than all that they do.
  @usableFromInline var other: UnsafeMutablePointer<Float>
  /// Holds the rows in place of `current`, until they are replaced or moved.
  private var adopted: (rows: FeatureRows, start: UnsafePointer<Float>)?

  /// An empty batch for `capacity` ≥ 1 rows of at most `widest` ≥ 0 values; 8 · capacity · widest bytes, not zeroed.
  public init(capacity: Int, widest: Int, tensors: (any AnyObject & Sendable)? = nil) {
    precondition(capacity >= 1 && widest >= 0 && (tensors == nil || widest == 0))
    self.tensors = tensors
    self.capacity = capacity
    self.widest = widest
    current = Self.allocate(capacity * widest)
    other = Self.allocate(capacity * widest)
    sampleNumbers = .allocate(capacity: capacity)
    otherSampleNumbers = .allocate(capacity: capacity)
  }
  deinit {
    current.deallocate()
    other.deallocate()
    sampleNumbers.deallocate()
    otherSampleNumbers.deallocate()
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    return raw.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  /// The held-out image behind `row`. O(1).
  public func sample(of row: Int) -> Int {
    precondition((0..<rows).contains(row))
    return sampleNumbers[row]
  }
  /// Those behind all rows. O(rows).
  public var samples: [Int] { Array(UnsafeBufferPointer(start: sampleNumbers, count: rows)) }

  /// Where the rows are.
  @usableFromInline var start: UnsafePointer<Float> {
    adopted?.start ?? UnsafePointer(current)
  }

  /// Takes all rows out.
  public mutating func removeAll() {
    adopted = nil
    (rows, values) = (0, 0)
  }
  /// Adds a row behind the others. It must have as many values as they have, and there must be room. O(values).
  public mutating func append(sample: Int, row: UnsafeRawBufferPointer) {
    let count = row.count / MemoryLayout<Float>.stride
    precondition(rows < capacity && count <= widest && (rows == 0 || count == values), "a row that does not fit")
    values = count
    copyAdopted()
    UnsafeMutableRawBufferPointer(start: current + rows * values, count: row.count).copyMemory(from: row)
    sampleNumbers[rows] = sample
    rows += 1
  }
  /// Takes a group of `features`, which must not be empty and must fit: as it lies where this batch is empty, else by copying
  /// it behind the rows that are there. O(rows), and O(its bytes) where it is copied.
  public mutating func adopt(_ group: FeatureRows.Group, of features: FeatureRows) {
    let count = group.rowBytes / MemoryLayout<Float>.stride
    precondition(
      group.samples.count <= capacity - rows && count <= widest && (rows == 0 || count == values),
      "rows that do not fit")
    values = count
    let bytes = features.bytes(of: group)
    if rows == 0, let first = bytes.baseAddress {
      adopted = (features, first.assumingMemoryBound(to: Float.self))
    } else {
      copyAdopted()
      UnsafeMutableRawBufferPointer(start: current + rows * values, count: bytes.count).copyMemory(from: bytes)
    }
    for sample in group.samples {
      sampleNumbers[rows] = sample
      rows += 1
    }
  }
  private mutating func copyAdopted() {
    guard adopted != nil else { return }
    current.update(from: start, count: rows * values)
    adopted = nil
  }
  /// Keeps the first `count` rows. O(1), no bytes move.
  public mutating func keep(first count: Int) {
    precondition((0...rows).contains(count))
    rows = count
  }
  /// Keeps the rows with the indices `order`, in that order. O(rows · values).
  public mutating func gather(_ order: [Int]) {
    precondition(order.count <= capacity && order.allSatisfy { (0..<rows).contains($0) })
    for (target, source) in order.enumerated() {
      (other + target * values).update(from: start + source * values, count: values)
      otherSampleNumbers[target] = sampleNumbers[source]
    }
    adopted = nil
    rows = order.count
    swap(&current, &other)
    swap(&sampleNumbers, &otherSampleNumbers)
  }
  /// The values of `rows`, one row after the other.
  @inlinable public func withValues<Result, Failure: Error>(
    of rows: Range<Int>, _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= self.rows)
    return try body(UnsafeBufferPointer(start: start + rows.lowerBound * values, count: rows.count * values))
  }
  /// Has `body` compute new rows of `newValues` values out of all present ones; where it throws, nothing has changed.
  @inlinable public mutating func replace<Failure: Error>(
    values newValues: Int,
    _ body: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(newValues <= widest)
    try body(
      UnsafeBufferPointer(start: start, count: rows * values),
      UnsafeMutableBufferPointer(start: other, count: rows * newValues))
    takeTurns(values: newValues)
  }
  @usableFromInline mutating func takeTurns(values newValues: Int) {
    // Asked first: letting go of nothing is a call too.
    if adopted != nil { adopted = nil }
    swap(&current, &other)
    values = newValues
  }
}
