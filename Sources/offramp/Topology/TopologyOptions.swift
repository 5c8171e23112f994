import Allocation
import ArgumentParser
import EdgeModel
import TraceAnalysis
import Units

/// What a command line may ask for in place of the topology's.
struct TopologyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The policy in place of the topology's; 'offramp policies' lists them.", valueName: "name"))
  var policy: String?
  @Option(help: ArgumentHelp("The seed in place of the topology's.", valueName: "number"))
  var seed: UInt64?
  @Option(help: ArgumentHelp("For how long tasks arrive, in place of the topology's, as '20 s'.", valueName: "time"))
  var duration: String?

  func overrides() throws(CommandFailure) -> RunDescription.Overrides {
    if let policy { try PolicyOption.check(policy) }
    return RunDescription.Overrides(policy: policy, seed: seed, duration: try readDuration())
  }

  private func readDuration() throws(CommandFailure) -> Duration? {
    guard let duration else { return nil }
    do throws(QuantityError) {
      let time = try Duration(text: duration)
      guard time >= .milliseconds(1), time <= .seconds(86_400) else {
        throw QuantityError("'\(duration)' is out of range", remedy: "give a time of 1 ms to 24 h")
      }
      return time
    } catch {
      throw CommandFailure(error.what, at: "--duration", remedy: error.remedy)
    }
  }
}

/// A policy and an objective by their names on the command line.
enum PolicyOption {
  /// That there is one of this name, here or behind an endpoint.
  static func check(_ name: String) throws(CommandFailure) {
    guard name != ExternalPolicy.name else { return }
    _ = try entry(named: name)
  }
  static func objective(named name: String) throws(CommandFailure) -> Objective {
    guard let objective = Objective(rawValue: name) else {
      let names = Objective.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandFailure("no objective is called '\(name)'", at: "--objective", remedy: "choose one of \(names)")
    }
    return objective
  }

  static func entry(named name: String, knowing objective: Objective) throws(CommandFailure) -> PolicyEntry {
    let entry = try entry(named: name)
    guard entry.objectives.contains(objective) else {
      throw CommandFailure(
        "the policy '\(name)' does not know the objective '\(objective.rawValue)'", at: "--policy",
        remedy: "choose one of \(PolicyCatalog.names(knowing: objective).joined(separator: ", "))")
    }
    return entry
  }

  static func entry(named name: String) throws(CommandFailure) -> PolicyEntry {
    do throws(UnknownPolicy) { return try PolicyCatalog.entry(named: name) } catch {
      let names = PolicyCatalog.names.joined(separator: ", ")
      throw CommandFailure("no policy is called '\(name)'", at: "--policy", remedy: "choose one of \(names)")
    }
  }
}
