import PlainJSON

/// Reads the fields of one JSON object of an instance; every mistake is an `InstanceError` with the field's path.
/// A field that is null counts as absent.
struct InstanceFields {
  /// What a number must be.
  ///
  /// Amounts other than 0 are within 1e-100...1e100: bits over bit/s/Hz over hertz, and every other product that
  /// policies form, then neither overflows nor loses digits.
  enum Range {
    case positive, notNegative, share
    private static let amounts = 1e-100...1e100
    var words: String {
      switch self {
      case .positive: "a positive number, from 1e-100 to 1e100"
      case .notNegative: "a number that is not negative: 0, or from 1e-100 to 1e100"
      case .share: "a number from 0 to 1"
      }
    }
    func contains(_ value: Double) -> Bool {
      switch self {
      case .positive: Self.amounts.contains(value)
      case .notNegative: value == 0 || Self.amounts.contains(value)
      case .share: value >= 0 && value <= 1
      }
    }
  }

  private let object: JSON
  /// Of the object; empty at the top.
  let path: String

  init(_ value: JSON, path: String) throws(InstanceError) {
    guard value.members != nil else {
      throw InstanceError("an object is expected, not \(value.kind)", at: path, remedy: "write {\"name\": value, …}")
    }
    object = value
    self.path = path
  }

  func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
  func has(_ name: String) -> Bool { field(name) != nil }

  private func field(_ name: String) -> JSON? {
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }
  private func required(_ name: String, _ words: String) throws(InstanceError) -> JSON {
    guard let value = field(name) else { throw missing(name, words) }
    return value
  }
  private func missing(_ name: String, _ words: String) -> InstanceError {
    InstanceError("\(name) is missing", at: place(name), remedy: "give \(words)")
  }

  func number(_ name: String, _ range: Range) throws(InstanceError) -> Double {
    try Self.number(try required(name, range.words), range, at: place(name))
  }
  func optionalNumber(_ name: String, _ range: Range) throws(InstanceError) -> Double? {
    guard let value = field(name) else { return nil }
    return try Self.number(value, range, at: place(name))
  }
  static func number(_ value: JSON, _ range: Range, at place: String) throws(InstanceError) -> Double {
    guard let number = value.double else {
      throw InstanceError("a number is expected, not \(value.kind)", at: place, remedy: "give \(range.words)")
    }
    guard range.contains(number) else {
      throw InstanceError("\(value.line) is out of range", at: place, remedy: "give \(range.words)")
    }
    return number
  }

  func wholeNumber(_ name: String, from least: Int, to greatest: Int = .max) throws(InstanceError) -> Int {
    try whole(try required(name, Self.words(least, greatest)), name, least, greatest)
  }
  func optionalWholeNumber(_ name: String, from least: Int, to greatest: Int = .max) throws(InstanceError) -> Int? {
    guard let value = field(name) else { return nil }
    return try whole(value, name, least, greatest)
  }
  private func whole(_ value: JSON, _ name: String, _ least: Int, _ greatest: Int) throws(InstanceError) -> Int {
    let words = Self.words(least, greatest)
    guard value.double != nil else {
      throw InstanceError("a whole number is expected, not \(value.kind)", at: place(name), remedy: "give \(words)")
    }
    guard let number = value.integer else {
      throw InstanceError("\(value.line) is not a whole number in range", at: place(name), remedy: "give \(words)")
    }
    guard number >= least, number <= greatest else {
      throw InstanceError("\(number) is out of range", at: place(name), remedy: "give \(words)")
    }
    return number
  }
  private static func words(_ least: Int, _ greatest: Int) -> String {
    "a whole number \(greatest == .max ? "of at least \(least)" : "from \(least) to \(greatest)")"
  }

  func text(_ name: String) throws(InstanceError) -> String {
    let value = try required(name, "a string")
    guard let text = value.string, !text.isEmpty else {
      throw InstanceError(
        value.string == nil ? "a string is expected, not \(value.kind)" : "\(name) is empty", at: place(name),
        remedy: "give a string that is not empty")
    }
    return text
  }

  func list(_ name: String, of words: String) throws(InstanceError) -> [JSON] {
    let value = try required(name, "an array of \(words)")
    guard let list = value.array else {
      throw InstanceError(
        "an array is expected, not \(value.kind)", at: place(name), remedy: "give an array of \(words)")
    }
    return list
  }
  func optionalList(_ name: String, of words: String) throws(InstanceError) -> [JSON]? {
    has(name) ? try list(name, of: words) : nil
  }
}
