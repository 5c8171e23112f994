import Allocation
import ArgumentParser
import Foundation
import Inference
import TopologyFiles
import TraceAnalysis

/// Why a command stops: lines for people, and the exit code that the contract gives it.
struct CommandFailure: Error {
  /// Each `what, where; what to do`.
  var lines: [String]
  var code: Int32

  init(_ what: String, at place: String, remedy: String, code: Int32 = 1) {
    lines = ["\(what), \(place); \(remedy)"]
    self.code = code
  }
  init(lines: [String] = [], code: Int32) {
    self.lines = lines
    self.code = code
  }

  /// What the libraries below throw on bad input; nil for other errors.
  init?(_ error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as TopologyError: self.init(lines: error.problems.map(\.description), code: 1)
    case let error as RunError: self.init(lines: [error.description], code: 1)
    case let error as EngineError: self.init(lines: [error.description], code: 1)
    default: return nil
    }
  }
}

/// How the program ends on an error: every error is one line on standard error, and usage is 1, not the parser's 64.
struct CommandEnd {
  private let error: any Error
  init(_ error: any Error) { self.error = error }

  func exit() -> Never {
    let known = CommandFailure(error)
    // Asked for --help or --version: the parser prints what was asked for.
    if known == nil, Offramp.exitCode(for: error) == .success { Offramp.exit(withError: error) }
    let failure = known ?? usageFailure
    // What was printed before stands before the error where both go to one file.
    fflush(nil)
    for line in failure.lines { StandardError.print("error: \(line)") }
    Foundation.exit(failure.code)
  }

  private var usageFailure: CommandFailure {
    if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), !Self.commands.contains(word) {
      return CommandFailure(
        "there is no command '\(word)'", at: "offramp",
        remedy: "choose one of \(Self.commands.joined(separator: ", "))")
    }
    let words = Offramp.message(for: error).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let what = words.prefix(1).lowercased() + words.dropFirst()
    return CommandFailure(
      what.hasSuffix(".") ? String(what.dropLast()) : what, at: command, remedy: "see '\(command) --help'")
  }

  /// The command that was typed, as far as it is one.
  private var command: String {
    guard let word = CommandLine.arguments.dropFirst().first, Self.commands.contains(word) else { return "offramp" }
    return "offramp \(word)"
  }

  private static var commands: [String] {
    Offramp.configuration.subcommands.compactMap { $0.configuration.commandName }
  }
}
