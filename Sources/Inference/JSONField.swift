import PlainJSON

/// A value in a JSON file together with its place, so that every mistake can be named: `blocks[2].bytes`.
struct JSONField {
  let value: JSON
  let file: String
  /// From the file's root; empty for the root itself.
  let path: String

  /// The root of the JSON file `file`.
  init(file: String, limit: Int) throws(EngineError) {
    let bytes = try FileBytes.read(file, limit: limit)
    do {
      self.init(value: try JSON(utf8: bytes), file: file, path: "")
    } catch {
      throw EngineError("\(error)", at: file, remedy: "write valid JSON there")
    }
  }
  init(value: JSON, file: String, path: String) {
    self.value = value
    self.file = file
    self.path = path
  }

  func failure(_ what: String, _ remedy: String = "correct the file") -> EngineError {
    EngineError(what, at: path.isEmpty ? file : "\(file): \(path)", remedy: remedy)
  }

  /// The member `name`; throws where it is absent or null.
  func member(_ name: String) throws(EngineError) -> JSONField {
    guard let field = optional(name) else { throw failure("\"\(name)\" is missing", "add it") }
    return field
  }
  /// The member `name`; nil where it is absent or null.
  func optional(_ name: String) -> JSONField? {
    guard let value = value[name], !value.isNull else { return nil }
    return JSONField(value: value, file: file, path: path.isEmpty ? name : "\(path).\(name)")
  }
  func elements() throws(EngineError) -> [JSONField] {
    guard let values = value.array else { throw failure("an array is expected, this is \(value.kind)") }
    return values.enumerated().map { JSONField(value: $1, file: file, path: "\(path)[\($0)]") }
  }
  func string() throws(EngineError) -> String {
    guard let text = value.string else { throw failure("a string is expected, this is \(value.kind)") }
    return text
  }
  func integer(in range: ClosedRange<Int>) throws(EngineError) -> Int {
    guard let number = value.integer else { throw failure("a whole number is expected, this is \(value.kind)") }
    guard range.contains(number) else {
      throw failure("\(number) is not in \(range.lowerBound)...\(range.upperBound)")
    }
    return number
  }
  func number(in range: ClosedRange<Double>) throws(EngineError) -> Double {
    guard let number = value.double else { throw failure("a number is expected, this is \(value.kind)") }
    guard range.contains(number) else {
      throw failure("\(number) is not in \(range.lowerBound)...\(range.upperBound)")
    }
    return number
  }
  func numbers(in range: ClosedRange<Double>) throws(EngineError) -> [Double] {
    var values: [Double] = []
    for element in try elements() { values.append(try element.number(in: range)) }
    return values
  }
  /// Checks the member "format": a reader of another number must stop.
  func requireFormat(_ known: Int) throws(EngineError) {
    let found = try member("format").integer(in: 0...Int(Int32.max))
    guard found == known else {
      throw failure("the file has format \(found), this program reads format \(known)", "use a matching pair")
    }
  }
}
