import EdgeModel
import Units

/// Packs values little-endian, one behind the other.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  init(kind: UInt8, capacity: Int) {
    bytes.reserveCapacity(Wire.headerBytes + capacity)
    put(Wire.magic)
    put(Wire.version)
    put(kind)
    put(UInt16(0))
  }
  mutating func put<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
  mutating func put(_ value: Double) { put(value.bitPattern) }
  mutating func put(_ instant: Instant) { put(instant.nanoseconds) }
  mutating func put(_ duration: Duration) { put(duration.inNanoseconds) }
  /// Counts and identifiers; those that do not fit 32 bits are a programmer's error.
  mutating func put(count: Int) { put(UInt32(count)) }
  mutating func put<Kind>(_ id: ID<Kind>) { put(count: id.number) }
  mutating func put(_ task: TaskID) {
    put(task.device)
    put(count: task.number)
  }
  /// Longer texts are cut at a character.
  mutating func put(_ text: String) {
    var text = text
    while text.utf8.count > Wire.longestText { text.removeLast() }
    put(UInt16(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }
}
