import Yams

/// A mapping whose keys are known: hands out values by key and reports what is wrong with them.
///
/// Every value is read as an optional: nil means that a problem was reported, and the reader goes on to the next, so
/// that one run shows all mistakes.
struct MappingReader {
  /// What it is called in messages: `cell`.
  let title: String
  let place: Place?
  let problems: ProblemCollector
  private let values: [String: Node]

  /// Reports a node that is no mapping, and keys that are not among `keys`.
  init?(_ node: Node, _ title: String, keys: [String], _ problems: ProblemCollector) {
    guard case .mapping(let mapping) = node else {
      problems.report(
        "\(title) must be a mapping and is \(node.kindInWords)", at: node.place,
        remedy: "write its keys below it: \(keys.joined(separator: ", "))")
      return nil
    }
    var values: [String: Node] = [:]
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key, keys.contains(scalar.string) else {
        Self.report(unknown: key, in: title, keys, problems)
        continue
      }
      values[scalar.string] = value
    }
    self.title = title
    self.place = node.place
    self.problems = problems
    self.values = values
  }

  private static func report(unknown key: Node, in title: String, _ keys: [String], _ problems: ProblemCollector) {
    guard case .scalar(let scalar) = key else {
      problems.report("\(key.kindInWords) is no key of \(title)", at: key.place, remedy: "write a plain word")
      return
    }
    problems.report(
      "unknown key '\(scalar.string.shortened)' in \(title)", at: key.place,
      remedy: Spelling.remedy(for: scalar.string, among: keys, listing: "its keys are"))
  }

  func has(_ key: String) -> Bool { values[key] != nil }
  /// The value of `key`, for values that are not plain.
  func node(_ key: String) -> Node? { values[key] }
  func place(of key: String) -> Place? { values[key]?.place ?? place }

  /// The value of a key that must be there.
  func required(_ key: String, example: String) -> Node? {
    if let node = values[key] { return node }
    problems.report("\(title) has no key '\(key)'", at: place, remedy: "add it, for example '\(key): \(example)'")
    return nil
  }

  /// The one key of this mapping that says which kind it is; reports none and several.
  func onlyKey(of keys: [String]) -> String? {
    let found = keys.filter(has)
    if found.count == 1 { return found[0] }
    problems.report(
      found.isEmpty
        ? "\(title) does not say which kind it is" : "\(title) has both '\(found[0])' and '\(found[1])'",
      at: found.count > 1 ? place(of: found[1]) : place, remedy: "give exactly one of \(keys.joined(separator: ", "))")
    return nil
  }
  /// Reports `key` where it makes no sense.
  func refuse(_ key: String, because reason: String, remedy: String) {
    guard has(key) else { return }
    problems.report("'\(key)' \(reason)", at: place(of: key), remedy: remedy)
  }
}
