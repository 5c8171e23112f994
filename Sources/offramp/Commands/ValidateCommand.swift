import ArgumentParser
import EdgeModel
import Units

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Checks topology files, and the files they name, without running them.",
    discussion: "Exit status: 0 all are fine, 1 otherwise, with one line for each mistake.")

  @Argument(help: "Topology files.")
  var topology: [String]

  func run() throws {
    var failures: [CommandFailure] = []
    for path in topology {
      do { print("\(path): \(Self.summary(of: try CheckedTopology(path: path).topology))") } catch {
        // Every file gets its say.
        guard let failure = CommandFailure(error) else { throw error }
        failures.append(failure)
      }
    }
    guard failures.isEmpty else { throw CommandFailure(lines: failures.flatMap(\.lines), code: 1) }
  }

  private static func summary(of topology: Topology) -> String {
    func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
    return [
      "valid: \(topology.name)", count(topology.deviceCount, "device") + " in " + count(topology.groups.count, "group"),
      count(topology.workers.count, "worker"), topology.policy.name, topology.duration.inWords,
    ].joined(separator: ", ")
  }
}
