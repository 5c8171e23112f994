import PlainJSON
import Yams

/// What a YAML node says, whatever its layout: comments, quotes, and the order of keys are gone.
struct CanonicalNode {
  private let node: Node
  init(_ node: Node) { self.node = node }

  /// Mappings with sorted keys; every plain value as text.
  var json: JSON { Self.json(node) }
  /// On one line and in the order as written, as tables show it: `{poisson: 6 /s}`.
  var flow: String { Self.flow(node) }

  private static func json(_ node: Node) -> JSON {
    switch node {
    case .scalar(let scalar): .string(scalar.string)
    case .sequence(let list): .array(list.map { json($0) })
    case .mapping(let mapping):
      .object(
        mapping.map { JSON.Member($0.key.plainText ?? flow($0.key), json($0.value)) }.sorted {
          $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        })
    // The parser puts what an alias stands for in its place.
    case .alias: .null
    }
  }

  private static func flow(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string
    case .sequence(let list): "[" + list.map(flow).joined(separator: ", ") + "]"
    case .mapping(let mapping): "{" + mapping.map { "\(flow($0.key)): \(flow($0.value))" }.joined(separator: ", ") + "}"
    case .alias: ""
    }
  }
}
