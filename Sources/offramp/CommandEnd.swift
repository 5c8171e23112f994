import ArgumentParser
import Foundation

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
