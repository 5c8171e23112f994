import ArgumentParser
import Glibc
import TraceLog

/// The user's command.
@main
struct Offramp: ParsableCommand {
  static let version = Release.version
  static let configuration = CommandConfiguration(
    commandName: "offramp",
    abstract: "A testbed for multi-user edge inference with batching and early exiting.",
    version: version,
    subcommands: [
      RunCommand.self, SimulateCommand.self, SweepCommand.self, ValidateCommand.self, CommandsCommand.self,
      CollectCommand.self,
      AuditCommand.self,
      ReportCommand.self, AllocateCommand.self, PoliciesCommand.self, ProfileCommand.self, CalibrateCommand.self,
    ])

  static func main() {
    // A reader that goes away (`offramp run … | head`) must not end the launcher and leave its nodes behind.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      CommandEnd(error).exit()
    }
  }
}
