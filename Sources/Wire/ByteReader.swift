import EdgeModel

/// Unpacks what `ByteWriter` packed. Every read is checked: any bytes give a message or a `WireError`.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var remaining: Int { bytes.count - position }

  /// Checks the header and gives the message's kind.
  mutating func readHeader() throws(WireError) -> UInt8 {
    guard remaining >= Wire.headerBytes, try read(UInt32.self) == Wire.magic else { throw .notOurs }
    let version = try read(UInt8.self)
    guard version == Wire.version else { throw .version(version) }
    let kind = try read(UInt8.self)
    guard try read(UInt16.self) == 0 else { throw .notOurs }
    return kind
  }
  func finish() throws(WireError) {
    guard remaining == 0 else { throw .trailingBytes(remaining) }
  }

  mutating func read<Value: FixedWidthInteger>(_: Value.Type) throws(WireError) -> Value {
    guard remaining >= MemoryLayout<Value>.size else { throw .truncated }
    let value = bytes.loadUnaligned(fromByteOffset: position, as: Value.self)
    position += MemoryLayout<Value>.size
    return Value(littleEndian: value)
  }
  /// A finite number within `range`.
  mutating func readDouble(_ range: ClosedRange<Double>, _ what: WireError.StaticText) throws(WireError) -> Double {
    let value = Double(bitPattern: try read(UInt64.self))
    guard range.contains(value) else { throw .badValue(what) }
    return value
  }
  mutating func readInt(_ range: ClosedRange<Int>, _ what: WireError.StaticText) throws(WireError) -> Int {
    let value = Int(try read(UInt32.self))
    guard range.contains(value) else { throw .badValue(what) }
    return value
  }
  mutating func readID<Kind>() throws(WireError) -> ID<Kind> { ID(Int(try read(UInt32.self))) }
  mutating func readTask() throws(WireError) -> TaskID {
    TaskID(device: try readID(), number: Int(try read(UInt32.self)))
  }
  /// Instants within 30 years of the start, so that no arithmetic on them can overflow.
  mutating func readInstant() throws(WireError) -> Instant {
    let nanoseconds = try read(Int64.self)
    guard nanoseconds.magnitude < 1_000_000_000_000_000_000 else { throw .badValue("an instant") }
    return Instant(nanoseconds: nanoseconds)
  }
  mutating func readText() throws(WireError) -> String {
    let count = Int(try read(UInt16.self))
    guard count <= Wire.longestText else { throw .badValue("a text's length") }
    guard remaining >= count else { throw .truncated }
    let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    position += count
    guard let text = String(validating: slice, as: UTF8.self) else { throw .badValue("a text") }
    return text
  }
  /// A list of `count` elements of `stride` bytes each that fills the rest of the message exactly.
  mutating func readList<Element>(
    stride: Int, _ element: (inout ByteReader) throws(WireError) -> Element
  ) throws(WireError) -> [Element] {
    let count = Int(try read(UInt32.self))
    guard count <= remaining, count * stride == remaining else { throw .truncated }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try element(&self)) }
    return elements
  }
}
