import ArgumentParser
import Inference
import Profiling
import Units

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile", abstract: "Measures a model's latency per block and batch size, or compares profiles.",
    discussion: """
      Every block and exit head at every batch size: median, p95, p99, the line α·b + β through the medians, and what \
      moving features, answers and survivors takes. The profile's file may stand as a worker's profile or latency_table.

      With --compare it prints the medians of profiles and latency tables beside each other, and measures nothing. The \
      program latency-profiler measures the same on hosts that have nothing installed.

      Exit status: 0, or 1 on bad input, a file that cannot be compared among it.
      """)

  @Argument(help: ArgumentHelp("The model's directory; with --compare, files of profiles.", valueName: "model"))
  var paths: [String]
  @Option(help: ArgumentHelp("The engine to measure: onnxruntime, cuda or torch.", valueName: "name"))
  var engine = ProfileRequest.standardEngine
  @Option(help: ArgumentHelp("The GPU of the engines cuda and torch, or cpu. (default: 0)", valueName: "n"))
  var device: String?
  @Option(help: ArgumentHelp("The plugin of the engine torch, where it is not found by itself.", valueName: "file"))
  var plugin: String?
  @Option(help: ArgumentHelp("ONNX Runtime's library, where it is not found by itself.", valueName: "file"))
  var library: String?
  @Option(help: ArgumentHelp("Threads the engine may use.", valueName: "n"))
  var threads = 1
  @Option(help: ArgumentHelp("Also measure 2, 3, … up to so many instances at work.", valueName: "n"))
  var instances = 1
  @Option(help: ArgumentHelp("The largest batch.", valueName: "n"))
  var maxBatch = ProfileRequest.standardBatch
  @Option(help: ArgumentHelp("Rounds over all batch sizes, at most.", valueName: "n"))
  var repeats = ProfileRequest.standardRepeats
  @Option(help: ArgumentHelp("Time after which no further round begins.", valueName: "time"))
  var budget = ProfileRequest.standardBudget.inWords
  @Option(help: ArgumentHelp("The profile's file.", valueName: "file"))
  var output: String?
  @Flag(help: "Print the profile in place of tables.")
  var json = false
  @Flag(help: "Compare the files of profiles and latency tables.")
  var compare = false

  func run() throws {
    if compare { try compareFiles() } else { try profile() }
  }

  private func profile() throws {
    guard let model = paths.first, paths.count == 1 else {
      throw CommandFailure(
        "\(paths.count) models", at: "offramp profile", remedy: "name one, or say --compare for files of profiles")
    }
    let budget = try readBudget()
    print(
      try ProfileSession.run(
        { () throws(EngineError) in
          try ProfileRequest(
            model: model, engine: engine, device: device, plugin: plugin, threads: threads, instances: instances,
            maxBatch: maxBatch, repeats: repeats, budget: budget, library: library)
        }, output: output, json: json))
  }

  private func compareFiles() throws {
    guard output == nil, !json else {
      throw CommandFailure(
        "a comparison is printed and not kept", at: output == nil ? "--json" : "--output", remedy: "leave it out")
    }
    let comparison = try ProfileComparison(files: paths)
    print(comparison.text)
    guard comparison.complaints.isEmpty else { throw CommandFailure(lines: comparison.complaints, code: 1) }
  }

  private func readBudget() throws(CommandFailure) -> Duration {
    do throws(QuantityError) { return try Duration(text: budget) } catch {
      throw CommandFailure(error.what, at: "--budget", remedy: error.remedy)
    }
  }
}
