import Allocation
import ArgumentParser
import EdgeModel
import Foundation
import PlainJSON

struct AllocateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allocate", abstract: "Allocates one frame: who uploads, at what bandwidth, in which batch.",
    discussion: """
      The instance is JSON of format 1; an array of instances gives an array of answers. Without --json the answer is a \
      table for people.

      Exit status: 0, or 1 on bad input, with its place in the file.
      """)

  @Argument(help: "The instance's JSON file; - reads standard input.")
  var instance: String
  @Option(help: ArgumentHelp("The policy; 'offramp policies' lists them.", valueName: "name"))
  var policy = ExitAwareShelfPacking.name
  @Option(
    help: ArgumentHelp("What it maximises: throughput, weighted or proportional-fair.", valueName: "name"))
  var objective = Objective.throughput.rawValue
  @Option(
    help: ArgumentHelp(
      "Where your own scheduler listens; for --policy external. It is asked as in a run.", valueName: "endpoint"))
  var endpoint: String?
  @Flag(help: "Answer in JSON.")
  var json = false

  func run() throws {
    let allocator = try FrameAllocator(
      policy: policy, objective: try PolicyOption.objective(named: objective), endpoint: endpoint)
    let input = try readInstances()
    let answers = try allocator.answers(to: input.instances.map(\.frame))
    if json {
      print(input.isArray ? JSON.array(answers.map(\.json)).pretty : answers[0].json.pretty, terminator: "")
    } else if answers.isEmpty {
      print("no instances")
    } else {
      print(answers.map { AnswerTable($0).text }.joined(separator: "\n\n"))
    }
  }

  private func readInstances() throws(CommandFailure) -> AllocationInstances {
    let (bytes, name) = try InstanceInput.read(instance)
    do throws(InstanceError) { return try AllocationInstances(utf8: bytes) } catch {
      let place = error.place.isEmpty ? name : "\(name): \(error.place)"
      throw CommandFailure(error.message, at: place, remedy: error.remedy)
    }
  }
}

/// The bytes behind an instance's name.
private enum InstanceInput {
  static func read(_ name: String) throws(CommandFailure) -> (bytes: Data, name: String) {
    if name == "-" {
      guard let bytes = try? FileHandle.standardInput.readToEnd() else {
        throw CommandFailure("nothing came in", at: "standard input", remedy: "send an instance")
      }
      return (bytes, "standard input")
    }
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory) else {
      throw CommandFailure("there is no such file", at: name, remedy: "check the path, or send the instance to -")
    }
    guard !isDirectory.boolValue else {
      throw CommandFailure("this is a directory", at: name, remedy: "name a file with an instance")
    }
    guard let bytes = FileManager.default.contents(atPath: name) else {
      throw CommandFailure("the file cannot be read", at: name, remedy: "check its permissions")
    }
    return (bytes, name)
  }
}
