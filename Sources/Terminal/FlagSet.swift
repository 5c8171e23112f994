/// The flags of one node program: every flag is `--name value`, or a switch.
///
/// Of our own, because the node executables carry no Foundation (Docs/Decisions).
public struct FlagSet: Sendable {
  public struct Flag: Sendable {
    var name: String
    /// What stands for the value in the help; nil for a switch.
    var placeholder: String?
    var help: String
    /// nil: the flag must be given (or, for a repeated flag, may be absent).
    var standard: String?
    var isRepeated = false
    var isOptional = false

    public static func required(_ name: String, _ placeholder: String, _ help: String) -> Flag {
      Flag(name: name, placeholder: placeholder, help: help)
    }
    public static func standard(_ name: String, _ placeholder: String, _ value: String, _ help: String) -> Flag {
      Flag(name: name, placeholder: placeholder, help: help, standard: value)
    }
    public static func optional(_ name: String, _ placeholder: String, _ help: String) -> Flag {
      Flag(name: name, placeholder: placeholder, help: help, isOptional: true)
    }
    public static func repeated(_ name: String, _ placeholder: String, _ help: String) -> Flag {
      Flag(name: name, placeholder: placeholder, help: help, isRepeated: true)
    }
    public static func toggle(_ name: String, _ help: String) -> Flag { Flag(name: name, help: help, isOptional: true) }
  }

  let program: String
  let summary: String
  let flags: [Flag]

  public init(_ program: String, _ summary: String, _ flags: [Flag]) {
    self.program = program
    self.summary = summary
    self.flags = flags
  }

  public var help: String {
    let rows = flags.map { flag in (left: "--\(flag.name)" + (flag.placeholder.map { " \($0)" } ?? ""), flag) }
    let width = min(34, rows.map(\.left.count).max() ?? 0)
    let lines = rows.map { left, flag in
      var notes: [String] = []
      if let standard = flag.standard { notes.append("default \(standard)") }
      if flag.isRepeated { notes.append("may be repeated") }
      if flag.standard == nil, !flag.isRepeated, !flag.isOptional { notes.append("required") }
      let note = notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))"
      return "  \(left)\(String(repeating: " ", count: max(1, width - left.count + 2)))\(flag.help)\(note)"
    }
    return "\(program): \(summary)\n\nusage: \(program) --flag value …\n\n\(lines.joined(separator: "\n"))\n"
  }

  /// Reads arguments, without the program's name.
  public func parse(_ arguments: [String]) throws(UsageError) -> FlagValues {
    var values: [String: [String]] = [:]
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--"), let flag = flags.first(where: { "--\($0.name)" == word }) else {
        throw UsageError("there is no flag '\(word)'", program, "say --help for those there are")
      }
      guard values[flag.name] == nil || flag.isRepeated else {
        throw UsageError("\(word) is given twice", program, "give it once")
      }
      if flag.placeholder == nil {
        values[flag.name] = [""]
      } else {
        guard let value = rest.popFirst() else {
          throw UsageError("\(word) has no value", program, "write \(word) \(flag.placeholder ?? "")")
        }
        values[flag.name, default: []].append(value)
      }
    }
    for flag in flags where values[flag.name] == nil {
      if let standard = flag.standard {
        values[flag.name] = [standard]
      } else if !flag.isRepeated, !flag.isOptional {
        throw UsageError("--\(flag.name) is missing", program, "say --help for what it needs")
      }
    }
    return FlagValues(program: program, values: values)
  }
}

/// A command line that cannot be used; one line.
public struct UsageError: Error, Sendable, CustomStringConvertible {
  public var description: String
  public init(_ what: String, _ place: String, _ remedy: String) { description = "\(what), \(place); \(remedy)" }
}
