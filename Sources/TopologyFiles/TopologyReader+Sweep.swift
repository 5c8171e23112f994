import EdgeModel
import Yams

/// The grid of `offramp sweep`. A run reads it too, and does not follow it: a mistake of form shows at once.
extension TopologyReader {
  static let sweepKeys = ["seeds", "policies", "axes"]

  /// - Parameter root: the topology that it stands in, which its paths lead into.
  func readSweep(_ node: Node, in root: Node) -> SweepBlock? {
    guard let sweep = MappingReader(node, "sweep", keys: Self.sweepKeys, problems) else { return nil }
    guard Self.sweepKeys.contains(where: sweep.has) else {
      problems.report("the sweep's grid is empty", at: sweep.place, remedy: "give it axes, policies or seeds")
      return nil
    }
    let seeds = sweep.has("seeds") ? readSeeds(sweep) : []
    let policies = sweep.has("policies") ? readPolicies(sweep) : []
    let axes = sweep.has("axes") ? readAxes(sweep, root) : []
    guard let seeds, let policies, let axes else { return nil }
    let block = SweepBlock(seeds: seeds, policies: policies, axes: axes)
    guard block.count != nil else {
      problems.report(
        "the sweep's grid has more than \(FieldBounds.mostGridPoints) points", at: sweep.place,
        remedy: "sweep in parts, each a topology of its own")
      return nil
    }
    return block
  }

  // MARK: Seeds and policies

  private func readSeeds(_ sweep: MappingReader) -> [Int]? {
    guard let nodes = readOneOrMore(sweep, "seeds", atMost: FieldBounds.mostGridPoints) else { return nil }
    var seeds: [Int] = []
    var known: Set<Int> = []
    for node in nodes {
      guard let range = readSeedRange(node) else { return nil }
      // The count of a range may be past the largest number.
      guard range.upperBound - range.lowerBound < FieldBounds.mostGridPoints - seeds.count else {
        problems.report(
          "'seeds' has more than \(FieldBounds.mostGridPoints) seeds", at: node.place, remedy: "give fewer")
        return nil
      }
      for seed in range {
        guard known.insert(seed).inserted else {
          problems.report("the seed \(seed) is given twice", at: node.place, remedy: "keep one of them")
          return nil
        }
        seeds.append(seed)
      }
    }
    return seeds
  }

  /// `7`, or `1..10` with both ends.
  private func readSeedRange(_ node: Node) -> ClosedRange<Int>? {
    let ends = (node.plainText ?? "").split(separator: ".", omittingEmptySubsequences: false)
    let low = ends.first.flatMap { Int($0) }
    let high = ends.count == 3 && ends[1].isEmpty ? Int(ends[2]) : ends.count == 1 ? low : nil
    guard let low, let high, low <= high, FieldBounds.seed.range.contains(low) else {
      problems.report(
        "'seeds' holds \(node.kindInWords)", at: node.place,
        remedy: "write whole numbers of \(FieldBounds.seed.words), or ranges, for example '1..10'")
      return nil
    }
    return low...high
  }

  private func readPolicies(_ sweep: MappingReader) -> [String]? {
    guard let nodes = readOneOrMore(sweep, "policies", atMost: policies.count) else { return nil }
    var names: [String] = []
    for node in nodes {
      guard let name = node.plainText, policies.contains(name) else {
        problems.report(
          "'policies' holds \(node.kindInWords), which is no policy", at: node.place,
          remedy: Spelling.remedy(for: node.plainText ?? "", among: policies, listing: "choose of"))
        return nil
      }
      guard !names.contains(name) else {
        problems.report("the policy '\(name)' is given twice", at: node.place, remedy: "keep one of them")
        return nil
      }
      names.append(name)
    }
    return names
  }

  /// A list, or one plain value in its place.
  private func readOneOrMore(_ reader: MappingReader, _ key: String, atMost most: Int) -> [Node]? {
    if let node = reader.node(key), case .scalar = node { return [node] }
    return readList(reader, key, atMost: most)
  }

  // MARK: Axes

  private func readAxes(_ sweep: MappingReader, _ root: Node) -> [SweepBlock.Axis]? {
    guard let node = sweep.node("axes"), case .mapping(let mapping) = node else {
      problems.report(
        "'axes' must be a mapping and is \(sweep.node("axes")?.kindInWords ?? "empty")", at: sweep.place(of: "axes"),
        remedy: "write paths with lists of values below it, for example 'cell.bandwidth: [1 MHz, 2 MHz]'")
      return nil
    }
    guard (1...FieldBounds.mostAxes).contains(mapping.count) else {
      problems.report("'axes' lists \(mapping.count)", at: node.place, remedy: "list 1 to \(FieldBounds.mostAxes)")
      return nil
    }
    let axes = mapping.compactMap { readAxis($0.key, $0.value) }
    guard axes.count == mapping.count, areApart(axes) else { return nil }
    for axis in axes {
      // Points that set the same fields lead to the same places.
      var known: Set<[String]> = []
      for point in axis.points where known.insert(point.settings.map(\.path.text)).inserted {
        guard apply(point, to: root) != nil else { return nil }
      }
    }
    return axes
  }

  private func readAxis(_ key: Node, _ values: Node) -> SweepBlock.Axis? {
    guard let name = key.plainText else {
      problems.report("\(key.kindInWords) is no axis", at: key.place, remedy: "write a path of keys")
      return nil
    }
    guard case .sequence(let list) = values, (1...FieldBounds.mostGridPoints).contains(list.count) else {
      problems.report(
        "the axis '\(name.shortened)' has no values", at: values.place ?? key.place,
        remedy: "list them, for example '\(name.shortened): [1, 2, 3]'")
      return nil
    }
    let isNamed = list.contains { $0.value(of: "set") != nil }
    guard isNamed ? isAxisName(name, at: key.place) : true else { return nil }
    let points = list.compactMap { isNamed ? readPoint($0, of: name) : point($0, at: name, key.mark) }
    guard points.count == list.count else { return nil }
    var known: Set<String> = []
    for (point, node) in zip(points, list) where !known.insert(point.written).inserted {
      problems.report(
        "the axis '\(name.shortened)' has the value '\(point.written.shortened)' twice", at: node.place,
        remedy: "keep one of them")
      return nil
    }
    return SweepBlock.Axis(name: name, points: points)
  }

  private func isAxisName(_ name: String, at place: Place?) -> Bool {
    let isPlain = name.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0) }
    if isPlain, !name.isEmpty, name.utf8.count <= FieldBounds.longestName { return true }
    problems.report(
      "'\(name.shortened)' is no name of an axis", at: place,
      remedy: "an axis whose points have 'set' is named, not a path: use lower-case letters, digits and hyphens")
    return false
  }

  /// A value of an axis that is a path.
  private func point(_ value: Node, at text: String, _ mark: Mark?) -> SweepBlock.Point? {
    guard let path = readPath(text, mark) else { return nil }
    return SweepBlock.Point(written: CanonicalNode(value).flow, settings: [.init(path: path, value: value)])
  }

  /// A point that sets several fields: `{value: 2, set: {cell.bandwidth: 2 MHz, …}}`.
  private func readPoint(_ node: Node, of axis: String) -> SweepBlock.Point? {
    guard let reader = MappingReader(node, "a point of '\(axis)'", keys: ["value", "set"], problems) else { return nil }
    let written = reader.text("value", example: "1")
    guard let set = reader.required("set", example: "{cell.bandwidth: 2 MHz}") else { return nil }
    guard case .mapping(let mapping) = set, !mapping.isEmpty else {
      problems.report("'set' sets nothing", at: set.place, remedy: "write paths with a value each below it")
      return nil
    }
    let settings = mapping.compactMap { pair in
      readPath(pair.key.plainText ?? "", pair.key.mark).map { SweepBlock.Setting(path: $0, value: pair.value) }
    }
    guard let written, settings.count == mapping.count else { return nil }
    return SweepBlock.Point(written: written, settings: settings)
  }

  private func readPath(_ text: String, _ mark: Mark?) -> SweepPath? {
    guard let path = SweepPath(text, mark, problems) else { return nil }
    let remedies = [
      "seed": "list seeds under 'seeds'", "policy": "list policies under 'policies'",
      "policy.name": "list policies under 'policies'", "sweep": "name a field of the topology",
    ]
    guard let remedy = remedies[text] ?? (path.words[0] == "sweep" ? remedies["sweep"] : nil) else { return path }
    problems.report("'\(text)' is no axis", at: mark.map { Place($0) }, remedy: remedy)
    return nil
  }

  /// Were a field set by two axes, one of them would not count.
  private func areApart(_ axes: [SweepBlock.Axis]) -> Bool {
    let paths = axes.map { axis in
      var known: Set<String> = []
      return axis.points.flatMap(\.settings).map(\.path).filter { known.insert($0.text).inserted }
    }
    for (index, own) in paths.enumerated() {
      for other in paths[..<index].joined() {
        guard let path = own.first(where: { $0.overlaps(other) }) else { continue }
        problems.report(
          "'\(path.text.shortened)' and '\(other.text.shortened)' set the same field", at: path.mark.map { Place($0) },
          remedy: "let one axis set it")
        return false
      }
    }
    return true
  }

  /// `root` with all that a point sets; nil where a path cannot be followed, which is reported.
  func apply(_ point: SweepBlock.Point, to root: Node) -> Node? {
    var root = root
    for setting in point.settings {
      guard let next = setting.path.set(setting.value, in: root, problems) else { return nil }
      root = next
    }
    return root
  }
}
