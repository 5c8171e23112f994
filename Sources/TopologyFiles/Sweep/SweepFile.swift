import Allocation
import EdgeModel
import Inference
import PlainJSON
import Yams

/// A topology file with a `sweep:` block: a grid, and the topology at each of its points.
///
/// Not `Sendable`: it holds the file's nodes. The topologies it gives are.
public struct SweepFile {
  /// As it was given.
  public let path: String
  /// The topology's name.
  public let name: String
  /// SHA-256 of the topology without its `sweep:` block, whatever its layout and comments.
  public let baseSHA256: String
  /// Names of the axes, in the order of the file.
  public var axes: [String] { block.axes.map(\.name) }
  /// Points of the grid, 1 to 100,000.
  public let count: Int

  private let block: SweepBlock
  private let base: Node
  private let seed: Int
  private let policies: [String]

  /// Reads the topology at `path` and its grid. Throws every mistake of form; values are looked at by `resolve`.
  public static func read(path: String, policies: [String]) throws(TopologyError) -> SweepFile {
    let file = try TopologyFile.read(path: path, policies: policies)
    let problems = ProblemCollector(file: path)
    let document = try YAMLDocument(Array(file.text.utf8), problems)
    let reader = TopologyReader(problems: problems, policies: policies, base: ".", checksFiles: false)
    guard let node = document.root.value(of: "sweep") else {
      problems.report(
        "the topology has no key 'sweep'", at: document.root.place,
        remedy: "add a grid, for example 'sweep: {seeds: 1..10, axes: {cell.bandwidth: [1 MHz, 2 MHz]}}'")
      throw problems.error
    }
    guard let block = reader.readSweep(node, in: document.root), let count = block.count else { throw problems.error }
    return SweepFile(file, block, count, document.root, policies)
  }

  private init(_ file: TopologyFile, _ block: SweepBlock, _ count: Int, _ root: Node, _ policies: [String]) {
    path = file.path
    name = file.topology.name
    base = root.without("sweep")
    baseSHA256 = SHA256.hex(of: CanonicalNode(base).json.utf8Line)
    seed = Int(clamping: file.topology.seed)
    self.block = block
    self.count = count
    self.policies = policies
  }

  /// The point at `index`, in `0..<count`. O(axes).
  public func point(_ index: Int) -> SweepPoint {
    let digits = digits(of: index)
    return SweepPoint(
      index: index,
      parameters: zip(block.axes, digits.points).map { .init(axis: $0.name, value: $0.points[$1].written) },
      policy: block.policies.isEmpty ? nil : block.policies[digits.policy],
      seed: block.seeds.isEmpty ? seed : block.seeds[digits.seed])
  }

  /// What `index` means on each axis: the first axis is the slowest, the seed the fastest.
  private func digits(of index: Int) -> (points: [Int], policy: Int, seed: Int) {
    var rest = index
    func next(_ count: Int) -> Int {
      defer { rest /= max(1, count) }
      return rest % max(1, count)
    }
    let (seed, policy) = (next(block.seeds.count), next(block.policies.count))
    return (block.axes.reversed().map { next($0.points.count) }.reversed(), policy, seed)
  }

  /// Resolves every point in order. Throws all that is wrong with the grid's values, each mistake once, with the first
  /// point that has it; `body` then was called for the points that are right.
  public func forEachPoint(_ body: (ResolvedPoint) throws(TopologyError) -> Void) throws(TopologyError) {
    var found: [TopologyProblem] = []
    var known: Set<TopologyProblem> = []
    for index in 0..<count where found.count < ProblemCollector.bound {
      let point = point(index)
      do throws(TopologyError) { try body(try resolve(point)) } catch {
        for var problem in error.problems where known.insert(problem).inserted {
          problem.what += " at the grid's point \(point.name)"
          found.append(problem)
        }
      }
    }
    guard found.isEmpty else { throw TopologyError(problems: Array(found.prefix(ProblemCollector.bound))) }
  }

  /// The topology at `point` of this file, read by the very reader of topology files: the base, with the point's values
  /// at their paths, its policy and its seed. Throws that reader's problems, each with the line in the sweep or in the
  /// base.
  public func resolve(_ point: SweepPoint) throws(TopologyError) -> ResolvedPoint {
    let problems = ProblemCollector(file: path)
    let reader = TopologyReader(
      problems: problems, policies: policies, base: FilePath.directory(of: path), checksFiles: true)
    guard let root = apply(point, reader), let topology = reader.read(root), problems.isEmpty else {
      throw problems.error
    }
    guard let text = try? Yams.serialize(node: root, width: -1, allowUnicode: true) else {
      problems.report("the topology cannot be written as YAML", remedy: "remove characters that are no text")
      throw problems.error
    }
    let file = TopologyFile(topology: topology, text: text, sha256: SHA256.hex(of: Array(text.utf8)), path: path)
    return ResolvedPoint(point: point, file: file, canonical: CanonicalNode(root).json.line)
  }

  private func apply(_ point: SweepPoint, _ reader: TopologyReader) -> Node? {
    var root: Node? = base
    for (axis, chosen) in zip(block.axes, digits(of: point.index).points) {
      root = root.flatMap { reader.apply(axis.points[chosen], to: $0) }
    }
    guard let root else { return nil }
    let seeded = root.setting("seed", to: Node(String(point.seed)))
    return point.policy.map { Self.choose($0, in: seeded) } ?? seeded
  }

  /// As `--policy` does: what the topology says of another policy's rule or endpoint is not this one's.
  private static func choose(_ name: String, in root: Node) -> Node {
    guard let policy = root.value(of: "policy"), case .mapping = policy else {
      return root.setting("policy", to: Node(name))
    }
    var chosen = policy.setting("name", to: Node(name))
    if name != ExternalPolicy.name { chosen = chosen.without("endpoint") }
    let isOpen = PolicyCatalog.entries.contains { $0.name == name && $0.hasOpenPlans }
    if !isOpen { for key in TopologyReader.batchingKeys { chosen = chosen.without(key) } }
    return root.setting("policy", to: chosen)
  }
}

/// A point of the grid as a topology.
public struct ResolvedPoint: Hashable, Sendable {
  public var point: SweepPoint
  /// Its text is the topology without the sweep; its path is the sweep's file.
  public var file: TopologyFile
  /// What the text says, whatever its layout.
  var canonical: String
}

extension Node {
  fileprivate func without(_ key: String) -> Node {
    guard case .mapping(let mapping) = self else { return self }
    let pairs = mapping.filter { $0.key.plainText != key }.map { ($0.key, $0.value) }
    return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
  }
  /// A mapping with `value` at `key`, in the key's place where it is there.
  fileprivate func setting(_ key: String, to value: Node) -> Node {
    guard case .mapping(let mapping) = self else { return self }
    var pairs = mapping.map { ($0.key, $0.value) }
    if let index = pairs.firstIndex(where: { $0.0.plainText == key }) {
      pairs[index].1 = value
    } else {
      pairs.append((Node(key), value))
    }
    return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
  }
}
