import Yams

/// One YAML document as nodes that know their lines. Survives any bytes: every failure is a problem with its place.
struct YAMLDocument {
  /// Aliases (`*name`) that a file may use. Each may repeat all before it, so their number bounds what a small file can
  /// swell to.
  static let mostAliases = 16

  let text: String
  let root: Node

  init(_ bytes: [UInt8], _ problems: ProblemCollector) throws(TopologyError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let place = Self.place(ofByte: Self.firstInvalidByte(in: bytes), in: bytes)
      problems.report("the file is not UTF-8", at: place, remedy: "save it as UTF-8")
      throw problems.error
    }
    if let offset = bytes.firstIndex(where: { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) {
      let code = String(bytes[offset], radix: 16)
      problems.report(
        "the file holds the control character 0x\(code)", at: Self.place(ofByte: offset, in: bytes), remedy: "remove it"
      )
      throw problems.error
    }
    if Self.countAliases(in: text) > Self.mostAliases {
      problems.report("the file uses more than \(Self.mostAliases) aliases (*name)", remedy: "write the values out")
      throw problems.error
    }
    self.text = text
    root = try Self.compose(text, problems)
  }

  private static func compose(_ text: String, _ problems: ProblemCollector) throws(TopologyError) -> Node {
    do {
      // The encoding is named because Yams would otherwise let an environment variable choose it.
      // A byte order mark says nothing in UTF-8, and the parser stumbles over it.
      let body = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
      if let node = try Yams.compose(yaml: body, .default, .default, .utf8) { return node }
      problems.report(
        "the file is empty", remedy: "write a topology, or begin with a copy of Topologies/quickstart.yaml")
    } catch let error as YamlError {
      report(error, text, problems)
    } catch {
      problems.report("this is no YAML", remedy: "check the file")
    }
    throw problems.error
  }

  private static func report(_ error: YamlError, _ text: String, _ problems: ProblemCollector) {
    switch error {
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "'\($0)'" }.joined(separator: ", ")
      problems.report("\(names) is given twice in one mapping", at: Place(context.mark), remedy: "keep one of them")
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      if isIndentedByTab(line: mark.line, of: text) {
        problems.report("a tab indents this line", at: Place(mark), remedy: "indent with spaces, as YAML asks")
      } else if problem.contains("another document") {
        problems.report("a second document begins here", at: Place(mark), remedy: "keep one topology in a file")
      } else {
        problems.report(
          "this is no YAML: \(problem)", at: Place(mark),
          remedy: "check the indentation, the quotes and the brackets here and on the line before")
      }
    case .reader(let problem, _, _, _):
      problems.report("this is no YAML: \(problem)", remedy: "remove characters that are no text")
    default:
      problems.report("this is no YAML", remedy: "check the file")
    }
  }

  private static func isIndentedByTab(line: Int, of text: String) -> Bool {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.indices.contains(line - 1) else { return false }
    return lines[line - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
  }

  /// How many aliases the text can hold at most: a `*` with a name behind it, where a value may begin. It also counts
  /// some in comments and quotes, which a bound may do.
  private static func countAliases(in text: String) -> Int {
    var count = 0
    var previous: UInt8 = 0x0A
    var isStar = false
    for byte in text.utf8 {
      if isStar, byte > 0x20 { count += 1 }
      isStar = byte == UInt8(ascii: "*") && (previous <= 0x20 || " [{,:?-".utf8.contains(previous))
      previous = byte
    }
    return count
  }

  /// Where the bytes first differ from their repaired text.
  private static func firstInvalidByte(in bytes: [UInt8]) -> Int {
    zip(String(decoding: bytes, as: UTF8.self).utf8, bytes).prefix { $0 == $1 }.count
  }

  /// Counts columns in scalars, as YAML does.
  private static func place(ofByte offset: Int, in bytes: [UInt8]) -> Place {
    let before = bytes[..<offset]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
    return Place(line: before.count { $0 == 0x0A } + 1, column: column)
  }
}

extension Place {
  init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}

extension Node {
  var place: Place? { mark.map { Place($0) } }
  /// What this is, for messages.
  var kindInWords: String {
    switch self {
    case .scalar(let scalar): scalar.string.isEmpty ? "empty" : "the plain value '\(scalar.string.shortened)'"
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }
}

extension String {
  /// At most 60 characters of this text, for messages.
  var shortened: String { count > 60 ? prefix(57) + "…" : self }
}
