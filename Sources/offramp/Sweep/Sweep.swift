import Allocation
import Foundation
import Glibc
import TopologyFiles
import TraceAnalysis

/// A sweep from its file to its tables.
struct Sweep {
  private let file: SweepFile
  private let directory: SweepDirectory
  private let mode: SweepMode
  private let keepsRuns: Bool
  /// Keys by point.
  private let keys: [SweepMode: [String]]
  /// Indices of the points that are this process's.
  private let own: [Int]

  /// Reads and checks every point of the grid, and that the directory is not another sweep's; writes nothing.
  init(path: String, output: String?, mode: SweepMode, shard: SweepShard, keepsRuns: Bool) throws {
    file = try SweepFile.read(path: path, policies: PolicyCatalog.names)
    directory = SweepDirectory(output ?? "runs/sweeps/\(file.name)")
    self.mode = mode
    self.keepsRuns = keepsRuns
    var known = SweepKeys(version: Offramp.version)
    var keys: [SweepMode: [String]] = [.simulated: [], .live: []]
    try file.forEachPoint { (point) throws(TopologyError) in
      for mode in SweepMode.allCases { keys[mode]?.append(try known.key(of: point, mode: mode.rawValue)) }
    }
    self.keys = keys
    own = shard.points(of: file.count)
    try directory.check(description)
  }

  private var description: SweepDirectory.Description {
    SweepDirectory.Description(
      name: file.name, topology: URL(filePath: file.path).lastPathComponent, topologySHA256: file.baseSHA256,
      version: Offramp.version)
  }
  private func key(_ index: Int, _ mode: SweepMode) -> String { keys[mode]?[index] ?? "" }

  // MARK: What is asked for

  /// Prints this process's points and what is known of them.
  func list() throws {
    let states = try SweepResults(directory)
    var table = Table(columns: [.init(heading: "key"), .init(heading: "state"), .init(heading: "point", width: 200)])
    for index in own {
      let key = key(index, mode)
      table.rows.append([key, states.state(of: key), file.point(index).name])
    }
    print(table.text)
  }

  /// Makes the tables from what is there.
  func tabulate() throws {
    let signals = SignalPipe()
    defer { signals.release() }
    var tally = SweepTally(total: own.count)
    try failing { () throws(RunError) in
      try directory.create(description)
      try survey(&tally)
    }
    try finish(tally)
  }

  /// Runs what is missing or INVALID, and makes the tables.
  func perform(jobs: Int) throws {
    // A file that may not grow is an error like a full disk, not the end.
    signal(SIGXFSZ, SIG_IGN)
    // Before any other thread: they shall not take the signals.
    let signals = SignalPipe()
    var tally = SweepTally(total: own.count)
    var todo: [Int] = []
    try failing { () throws(RunError) in
      try directory.create(description)
      todo = try survey(&tally)
    }
    let runner = SweepRunner(
      file: file, directory: directory, keepsRuns: keepsRuns, signals: signals,
      points: todo.map { (index: $0, key: key($0, mode)) })
    do {
      switch mode {
      case .simulated: try runner.simulate(jobs: jobs, &tally)
      case .live: try runner.runLive(&tally)
      }
    } catch {
      // What is finished stays, and is in the tables where there is room for them.
      try? writeTables()
      throw failure(error, tally)
    }
    try finish(tally)
  }

  // MARK: Results and tables

  /// Counts what this process's points have, and says which are to be run: the missing and the INVALID, each once.
  /// Files that are no results are set aside.
  @discardableResult
  private func survey(_ tally: inout SweepTally) throws(RunError) -> [Int] {
    let results = try SweepResults(directory)
    var todo: [Int] = []
    var chosen: Set<String> = []
    for index in own {
      let key = key(index, mode)
      switch results.find(key) {
      case .result(let result)?:
        tally.know(result, of: file.point(index))
        if result.isValid { continue }
      case .damaged(let why)?:
        StandardError.print(
          "note: \(directory.result(key).path) is no whole result (\(why)); set aside as \(key).json.damaged, its point "
            + "is run again")
        try directory.setAside(key)
      case nil: break
      }
      // Points of one key are one run.
      if chosen.insert(key).inserted { todo.append(index) } else { tally.share() }
    }
    return todo
  }

  /// Every result of the grid, of both modes, in the grid's order.
  private func writeTables() throws(RunError) {
    try directory.writeTables { () throws(RunError) in
      let results = try SweepResults(directory)
      var rows: [SweepTable.Row] = []
      for index in 0..<file.count {
        for mode in SweepMode.allCases {
          guard case .result(let result)? = results.find(key(index, mode)) else { continue }
          rows.append(.init(values: file.point(index).parameters.map(\.value), result: result))
        }
      }
      return SweepTable(axes: file.axes, rows: rows)
    }
  }

  // MARK: Endings

  private func finish(_ tally: SweepTally) throws {
    try failing { () throws(RunError) in try writeTables() }
    print("\(file.name): \(tally.counts)")
    print(
      "tables: \(directory.csv.relativePath), \(directory.mat.lastPathComponent), \(directory.numpy.lastPathComponent)")
    if let failed = tally.firstFailure {
      throw CommandFailure(
        "\(tally.failed) of \(tally.total) points failed, the first (\(failed.point)): \(failed.line)",
        at: directory.path, remedy: "mend that and run it again, which does only what is missing", code: 2)
    }
    if let invalid = tally.firstInvalid {
      print("INVALID: \(invalid.point): \(invalid.line)")
      throw CommandFailure(code: 3)
    }
  }

  private func failure(_ error: any Error, _ tally: SweepTally) -> CommandFailure {
    switch error {
    case let interruption as SweepInterruption:
      CommandFailure(
        "the sweep was interrupted by \(interruption.name) with \(tally.done) of \(tally.total) points done",
        at: directory.path, remedy: "run it again for the rest", code: 2)
    case let error as RunError:
      CommandFailure(
        "\(error.what), the sweep stops with \(tally.done) of \(tally.total) points done", at: error.place,
        remedy: "\(error.remedy), then run it again for the rest", code: 2)
    default: CommandFailure(error) ?? CommandFailure("\(error)", at: directory.path, remedy: "run it again", code: 2)
    }
  }

  /// What cannot be read or written is a failure, not bad usage.
  private func failing(_ body: () throws(RunError) -> Void) throws(CommandFailure) {
    do { try body() } catch { throw CommandFailure(lines: [error.description], code: 2) }
  }
}
