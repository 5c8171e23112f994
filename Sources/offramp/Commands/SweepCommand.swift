import ArgumentParser
import Foundation

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Runs the grid of a topology's 'sweep:' block, and makes one table of it.",
    discussion: """
      Every point of the grid is simulated, or run live, and its result kept. Running it again does only what is missing \
      or INVALID. The tables, sweep.csv, sweep.mat and sweep.npy, hold every result there is.

      Exit status: 0 all points are valid, 1 bad usage or topology, 2 a point failed or the sweep was interrupted, 3 some \
      are INVALID.
      """)

  @Argument(help: "The topology's YAML file.")
  var topology: String
  @Option(help: ArgumentHelp("The sweep's directory (default: runs/sweeps/NAME).", valueName: "dir"))
  var output: String?
  @Flag(help: "Run the points live, one after the other, instead of simulating them.")
  var live = false
  @Option(help: ArgumentHelp("Simulate so many points at a time (default: one a core).", valueName: "n"))
  var jobs: Int?
  @Option(help: ArgumentHelp("Run only the points whose index modulo n is i, counted from 0.", valueName: "i/n"))
  var shard: String?
  @Flag(help: "Keep each run's directory under DIR/runs/KEY, with traces and tables.")
  var keepRuns = false
  @Flag(help: "List the points and what is known of them, and run nothing.")
  var dryRun = false
  @Flag(help: "Make the tables from the results that are there, and run nothing.")
  var tables = false

  func run() throws {
    if tables, dryRun {
      throw CommandFailure("--tables and --dry-run do not go together", at: "offramp sweep", remedy: "give one")
    }
    let sweep = try Sweep(
      path: topology, output: output, mode: live ? .live : .simulated, shard: try SweepShard(shard),
      keepsRuns: keepRuns)
    if dryRun { return try sweep.list() }
    if tables { return try sweep.tabulate() }
    try sweep.perform(jobs: try checkedJobs())
  }

  private func checkedJobs() throws(CommandFailure) -> Int {
    guard let jobs else { return max(1, ProcessInfo.processInfo.activeProcessorCount) }
    guard (1...1024).contains(jobs) else {
      throw CommandFailure("there cannot be \(jobs) jobs", at: "--jobs", remedy: "give 1 to 1024")
    }
    return jobs
  }
}
