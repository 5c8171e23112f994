import Yams

/// A path of keys into a topology, `devices.groups.cameras.deadline`. A list's elements go by their name, or are all
/// meant by `*`.
struct SweepPath {
  let text: String
  let words: [String]
  /// Where the sweep names it.
  let mark: Mark?

  /// Reports a path with an empty key.
  init?(_ text: String, _ mark: Mark?, _ problems: ProblemCollector) {
    words = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    self.text = text
    self.mark = mark
    guard words.contains(where: \.isEmpty) else { return }
    problems.report(
      "'\(text.shortened)' is no path of keys", at: mark.map { Place($0) },
      remedy: "write keys with dots between them, for example cell.bandwidth")
    return nil
  }

  /// Whether some topology has a field that both would set, wholly or in part.
  func overlaps(_ other: SweepPath) -> Bool {
    zip(words, other.words).allSatisfy { $0 == $1 || $0 == "*" || $1 == "*" }
  }

  /// `root` with `value` at this path; nil where the path cannot be followed, which is reported.
  ///
  /// Keys that are not there are put in: whether there may be such a key, and such a value, the topology's reader says.
  func set(_ value: Node, in root: Node, _ problems: ProblemCollector) -> Node? {
    set(value, words[...], of: root, problems)
  }

  private func set(_ value: Node, _ rest: ArraySlice<String>, of node: Node?, _ problems: ProblemCollector) -> Node? {
    guard let word = rest.first else { return value }
    let further = rest.dropFirst()
    switch node {
    case .sequence(let list):
      guard let chosen = elements(word, of: list, at: rest.startIndex, problems) else { return nil }
      var elements = Array(list)
      for index in chosen {
        guard let element = set(value, further, of: elements[index], problems) else { return nil }
        elements[index] = element
      }
      return .sequence(Node.Sequence(elements, list.tag, list.style, list.mark))
    case .mapping(let mapping):
      return set(value, further, key: word, of: mapping.map { ($0.key, $0.value) }, mapping, problems)
    case .scalar(let scalar) where words[..<rest.startIndex] == ["policy"]:
      // A bare name is short for a mapping with that name.
      return set(value, further, key: word, of: [(key("name"), .scalar(scalar))], nil, problems)
    case .scalar, .alias, nil: return set(value, further, key: word, of: [], nil, problems)
    }
  }

  private func set(
    _ value: Node, _ rest: ArraySlice<String>, key word: String, of pairs: [(Node, Node)], _ mapping: Node.Mapping?,
    _ problems: ProblemCollector
  ) -> Node? {
    var pairs = pairs
    let index = pairs.firstIndex { $0.0.plainText == word }
    guard let new = set(value, rest, of: index.map { pairs[$0].1 }, problems) else { return nil }
    if let index { pairs[index].1 = new } else { pairs.append((key(word), new)) }
    return .mapping(Node.Mapping(pairs, .implicit, mapping?.style ?? .flow, mapping?.mark ?? mark))
  }

  /// Points at the sweep's line, so that a key nobody knows is reported there.
  private func key(_ word: String) -> Node { .scalar(Node.Scalar(word, .implicit, .any, mark)) }

  /// The elements that `word` means.
  private func elements(_ word: String, of list: Node.Sequence, at depth: Int, _ problems: ProblemCollector) -> [Int]? {
    if word == "*" { return Array(list.indices) }
    let names = list.map { $0.value(of: "name")?.plainText }
    if let index = names.firstIndex(of: word) { return [index] }
    let known = names.compactMap { $0 }
    problems.report(
      "'\(words[depth - 1].shortened)' has no element called '\(word.shortened)' ('\(text.shortened)')",
      at: mark.map { Place($0) }, remedy: Spelling.remedy(for: word, among: known + ["*"], listing: "choose one of"))
    return nil
  }
}

extension Node {
  /// The text of a plain value.
  var plainText: String? { if case .scalar(let scalar) = self { scalar.string } else { nil } }
  /// The value of a mapping's key.
  func value(of key: String) -> Node? {
    guard case .mapping(let mapping) = self else { return nil }
    return mapping.first { $0.key.plainText == key }?.value
  }
}
