public import PlainJSON

/// A value in a JSON file together with its place, so that every mistake can be named: `blocks[2].bytes`.
public struct JSONField {
  public let value: JSON
  public let file: String
  /// From the file's root; empty for the root itself.
  public let path: String

  /// The root of the JSON file `file`, of at most `limit` bytes; throws where it cannot be read or is no JSON.
  public init(file: String, limit: Int) throws(EngineError) {
    let bytes = try FileBytes.read(file, limit: limit)
    do {
      self.init(value: try JSON(utf8: bytes), file: file, path: "")
    } catch {
      throw EngineError("\(error)", at: file, remedy: "write valid JSON there")
    }
  }
  public init(value: JSON, file: String, path: String) {
    self.value = value
    self.file = file
    self.path = path
  }

  public func failure(_ what: String, _ remedy: String = "correct the file") -> EngineError {
    EngineError(what, at: path.isEmpty ? file : "\(file): \(path)", remedy: remedy)
  }

  /// The member `name`; throws where it is absent or null.
  public func member(_ name: String) throws(EngineError) -> JSONField {
    guard let field = optional(name) else { throw failure("\"\(name)\" is missing", "add it") }
    return field
  }
  /// The member `name`; nil where it is absent or null.
  public func optional(_ name: String) -> JSONField? {
    guard let value = value[name], !value.isNull else { return nil }
    return JSONField(value: value, file: file, path: path.isEmpty ? name : "\(path).\(name)")
  }
  public func elements() throws(EngineError) -> [JSONField] {
    guard let values = value.array else { throw failure("an array is expected, this is \(value.kind)") }
    return values.enumerated().map { JSONField(value: $1, file: file, path: "\(path)[\($0)]") }
  }
  public func string() throws(EngineError) -> String {
    guard let text = value.string else { throw failure("a string is expected, this is \(value.kind)") }
    return text
  }
  public func integer(in range: ClosedRange<Int>) throws(EngineError) -> Int {
    guard let number = value.integer else { throw failure("a whole number is expected, this is \(value.kind)") }
    guard range.contains(number) else {
      throw failure("\(number) is not in \(range.lowerBound)...\(range.upperBound)")
    }
    return number
  }
  public func number(in range: ClosedRange<Double>) throws(EngineError) -> Double {
    guard let number = value.double else { throw failure("a number is expected, this is \(value.kind)") }
    guard range.contains(number) else {
      throw failure("\(number) is not in \(range.lowerBound)...\(range.upperBound)")
    }
    return number
  }
  public func numbers(in range: ClosedRange<Double>) throws(EngineError) -> [Double] {
    var values: [Double] = []
    for element in try elements() { values.append(try element.number(in: range)) }
    return values
  }
  /// Checks the member "format": a reader of another number must stop.
  public func requireFormat(_ known: Int) throws(EngineError) {
    let found = try member("format").integer(in: 0...Int(Int32.max))
    guard found == known else {
      throw failure("the file has format \(found), this program reads format \(known)", "use a matching pair")
    }
  }
}
