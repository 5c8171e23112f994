import EdgeModel
import PlainJSON
import Units

/// Takes the members of one JSON object by name, with the checks that keep hostile numbers out of later arithmetic.
///
/// Members are mostly asked for in the order in which they were written, so the search begins behind the last one found.
struct RecordFields {
  /// Instants and durations beyond ±2^57 ns (4.5 years) are refused: sums and differences of a few never overflow.
  static let longest: Int64 = 1 << 57
  /// Other whole numbers beyond ±2^53 are refused.
  static let greatest = 1 << 53
  /// Blocks and exits beyond this are refused: loops run over them.
  static let deepest = 1 << 12

  private let members: [JSON.Member]
  private var cursor = 0

  init(_ value: JSON) throws(TraceLineError) {
    guard let members = value.members else { throw TraceLineError("\(value.kind) stands where an object is expected") }
    self.members = members
  }

  mutating func optional(_ name: String) -> JSON? {
    var index = cursor
    for _ in 0..<members.count {
      if index >= members.count { index = 0 }
      if members[index].name == name {
        cursor = index + 1
        return members[index].value
      }
      index += 1
    }
    return nil
  }
  mutating func value(_ name: String) throws(TraceLineError) -> JSON {
    guard let value = optional(name) else { throw TraceLineError("\"\(name)\" is missing") }
    return value
  }

  mutating func integer(_ name: String) throws(TraceLineError) -> Int {
    let value = try value(name)
    return try Self.integer(value, name)
  }
  mutating func depth(_ name: String) throws(TraceLineError) -> Int {
    let value = try integer(name)
    guard (0...Self.deepest).contains(value) else {
      throw TraceLineError("\"\(name)\" is \(value), beyond 0...\(Self.deepest)")
    }
    return value
  }
  mutating func nanoseconds(_ name: String) throws(TraceLineError) -> Int64 {
    let value = try value(name)
    return try Self.nanoseconds(value, name)
  }
  mutating func instant(_ name: String) throws(TraceLineError) -> Instant {
    Instant(nanoseconds: try nanoseconds(name))
  }
  mutating func duration(_ name: String) throws(TraceLineError) -> Duration { .nanoseconds(try nanoseconds(name)) }
  mutating func id<Kind>(_ name: String) throws(TraceLineError) -> ID<Kind> { ID(try integer(name)) }
  /// Any number; null (what the writer makes of infinity) is not a number.
  mutating func double(_ name: String) throws(TraceLineError) -> Double {
    let value = try value(name)
    return try Self.double(value, name)
  }
  mutating func bool(_ name: String) throws(TraceLineError) -> Bool {
    let value = try value(name)
    guard let bool = value.bool else { throw TraceLineError("\"\(name)\" is \(value.kind), not a boolean") }
    return bool
  }
  mutating func string(_ name: String) throws(TraceLineError) -> String {
    let value = try value(name)
    guard let string = value.string else { throw TraceLineError("\"\(name)\" is \(value.kind), not a string") }
    return string
  }
  mutating func array(_ name: String) throws(TraceLineError) -> [JSON] {
    let value = try value(name)
    guard let array = value.array else { throw TraceLineError("\"\(name)\" is \(value.kind), not an array") }
    return array
  }
  mutating func word<Word: RawRepresentable<String>>(_ name: String) throws(TraceLineError) -> Word {
    let text = try string(name)
    guard let word = Word(rawValue: text) else { throw TraceLineError("\"\(name)\" is \"\(text)\", which is unknown") }
    return word
  }
  /// `device` and `task`.
  mutating func task() throws(TraceLineError) -> TaskID {
    TaskID(device: try id("device"), number: try integer("task"))
  }
  mutating func ids<Kind>(_ name: String) throws(TraceLineError) -> [ID<Kind>] {
    var values: [ID<Kind>] = []
    for value in try array(name) { values.append(ID(try Self.integer(value, name))) }
    return values
  }
  mutating func doubles(_ name: String) throws(TraceLineError) -> [Double] {
    var values: [Double] = []
    for value in try array(name) { values.append(try Self.double(value, name)) }
    return values
  }
  mutating func instants(_ name: String) throws(TraceLineError) -> [Instant] {
    let array = try array(name)
    var values: [Instant] = []
    values.reserveCapacity(array.count)
    for value in array { values.append(Instant(nanoseconds: try Self.nanoseconds(value, name))) }
    return values
  }
  /// Pairs [device, task].
  mutating func tasks(_ name: String) throws(TraceLineError) -> [TaskID] {
    var values: [TaskID] = []
    for value in try array(name) {
      guard let pair = value.array, pair.count == 2 else {
        throw TraceLineError("\"\(name)\" needs pairs [device, task]")
      }
      values.append(TaskID(device: ID(try Self.integer(pair[0], name)), number: try Self.integer(pair[1], name)))
    }
    return values
  }

  private static func integer(_ value: JSON, _ name: String) throws(TraceLineError) -> Int {
    guard let integer = value.integer else { throw TraceLineError("\"\(name)\" is not a whole number") }
    guard (-greatest...greatest).contains(integer) else { throw TraceLineError("\"\(name)\" is out of range") }
    return integer
  }
  private static func nanoseconds(_ value: JSON, _ name: String) throws(TraceLineError) -> Int64 {
    guard let integer = value.integer else { throw TraceLineError("\"\(name)\" is not a whole number of nanoseconds") }
    guard (-longest...longest).contains(Int64(integer)) else { throw TraceLineError("\"\(name)\" is out of range") }
    return Int64(integer)
  }
  private static func double(_ value: JSON, _ name: String) throws(TraceLineError) -> Double {
    if value.isNull { return .nan }
    guard let double = value.double else { throw TraceLineError("\"\(name)\" is \(value.kind), not a number") }
    return double
  }
}
