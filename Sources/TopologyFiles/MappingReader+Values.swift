import Units
import Yams

/// Plain values by key: text, numbers, amounts with units, one of a choice.
///
/// `example` shows in errors how a value is written; a key without `standard` must be there.
extension MappingReader {
  func text(_ key: String, standard: String? = nil, example: String) -> String? {
    guard let node = has(key) || standard == nil ? required(key, example: example) : nil else {
      return has(key) ? nil : standard
    }
    guard case .scalar(let scalar) = node else {
      problems.report(
        "'\(key)' must be a plain value and is \(node.kindInWords)", at: node.place,
        remedy: "write for example '\(key): \(example)'")
      return nil
    }
    guard !scalar.string.isEmpty || standard != nil else {
      problems.report("'\(key)' is empty", at: node.place, remedy: "write for example '\(key): \(example)'")
      return nil
    }
    return scalar.string
  }

  /// A name that can stand in file names and flags.
  func name(_ key: String, example: String) -> String? {
    guard let text = text(key, example: example) else { return nil }
    let isPlain = text.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }
    guard isPlain, !text.hasPrefix("-"), text.utf8.count <= FieldBounds.longestName else {
      problems.report(
        "'\(text.shortened)' is no name", at: place(of: key),
        remedy: "use lower-case letters, digits and hyphens, at most \(FieldBounds.longestName)")
      return nil
    }
    return text
  }

  func whole(_ key: String, standard: Int? = nil, _ bounds: Bounds<Int>, example: String) -> Int? {
    value(key, standard, bounds, example) { (text) throws(QuantityError) in
      guard let number = Int(text) else {
        throw QuantityError("'\(text.shortened)' is no whole number", remedy: "write one from \(bounds.words)")
      }
      return number
    }
  }

  /// A number without a unit.
  func number(_ key: String, standard: Double? = nil, _ bounds: Bounds<Double>, example: String) -> Double? {
    value(key, standard, bounds, example) { (text) throws(QuantityError) in
      guard let number = readPlainNumber(text) else {
        throw QuantityError("'\(text.shortened)' is no number", remedy: "write one from \(bounds.words)")
      }
      return number
    }
  }

  /// A number from 0 to 1, or a percentage.
  func share(_ key: String, standard: Double? = nil, _ bounds: Bounds<Double>, example: String) -> Double? {
    value(key, standard, bounds, example, readShare)
  }

  func amount<Value: Comparable & Sendable>(
    _ key: String, standard: Value? = nil, _ bounds: Bounds<Value>, example: String,
    _ read: (String) throws(QuantityError) -> Value
  ) -> Value? {
    value(key, standard, bounds, example, read)
  }

  func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, standard: Choice? = nil, example: String
  ) -> Choice? {
    if !has(key), let standard { return standard }
    guard let text = text(key, example: example) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    problems.report(
      "unknown \(key) '\(text.shortened)'", at: place(of: key),
      remedy: Spelling.remedy(for: text, among: Choice.allCases.map(\.rawValue), listing: "choose one of"))
    return nil
  }

  /// One amount for both ends of a range, or a list of two: `15 dB`, `[5 dB, 20 dB]`.
  func range<Value: Comparable & Sendable>(
    _ key: String, _ bounds: Bounds<Value>, example: String, _ read: (String) throws(QuantityError) -> Value
  ) -> ClosedRange<Value>? {
    guard let node = required(key, example: example) else { return nil }
    guard case .sequence(let sequence) = node else {
      return amount(key, bounds, example: example, read).map { $0...$0 }
    }
    guard sequence.count == 2 else {
      problems.report(
        "'\(key)' lists \(sequence.count) values", at: node.place, remedy: "write two, for example '\(key): \(example)'"
      )
      return nil
    }
    let ends = sequence.map { self.parse($0, key, bounds, example, read) }
    guard let low = ends[0], let high = ends[1] else { return nil }
    guard low <= high else {
      problems.report("'\(key)' begins above its end", at: node.place, remedy: "write the smaller value first")
      return nil
    }
    return low...high
  }

  private func value<Value: Comparable & Sendable>(
    _ key: String, _ standard: Value?, _ bounds: Bounds<Value>, _ example: String,
    _ read: (String) throws(QuantityError) -> Value
  ) -> Value? {
    if !has(key), let standard { return standard }
    guard let node = required(key, example: example) else { return nil }
    return parse(node, key, bounds, example, read)
  }

  private func parse<Value: Comparable & Sendable>(
    _ node: Node, _ key: String, _ bounds: Bounds<Value>, _ example: String,
    _ read: (String) throws(QuantityError) -> Value
  ) -> Value? {
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
      problems.report(
        "'\(key)' must be a plain value and is \(node.kindInWords)", at: node.place,
        remedy: "write for example '\(key): \(example)'")
      return nil
    }
    do throws(QuantityError) {
      let value = try read(scalar.string)
      if bounds.range.contains(value) { return value }
      problems.report(
        "'\(key)' is \(scalar.string.shortened)", at: node.place, remedy: "it must be from \(bounds.words)")
    } catch {
      problems.report("\(error.what) ('\(key)')", at: node.place, remedy: error.remedy)
    }
    return nil
  }
}

/// Reads `0.95` or `95 %`.
func readShare(_ text: String) throws(QuantityError) -> Double {
  let isPercentage = text.hasSuffix("%")
  let digits = isPercentage ? String(text.dropLast()).trimmingSpaces : text
  guard let number = readPlainNumber(digits) else {
    throw QuantityError("'\(text.shortened)' is no share", remedy: "write a number from 0 to 1 or a percentage, 95 %")
  }
  return isPercentage ? number / 100 : number
}

/// A finite number in decimal digits. Double also reads "nan", "inf" and hexadecimal digits, which nobody means here.
private func readPlainNumber(_ digits: String) -> Double? {
  guard digits.utf8.count <= 32, digits.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
    let number = Double(digits), number.isFinite
  else { return nil }
  return number
}

extension String {
  fileprivate var trimmingSpaces: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
