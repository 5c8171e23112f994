import Foundation
import PlainJSON
import Testing

/// `offramp sweep` as users call it, simulated.
@Suite struct SweepTests {
  static let grid = """

    sweep:
      seeds: 1..2
      policies: [exit-aware-shelf-packing, conventional]
      axes:
        cell.bandwidth: [1 MHz, 3 MHz]
        devices.groups.phones.count: [3, 6]
    """
  /// Points of `grid`.
  static let count = 16

  private func topology(_ place: Workplace, _ grid: String = Self.grid, duration: String = "1 s") throws -> String {
    try place.topology(duration: duration) { $0 + grid }
  }
  @discardableResult
  private func sweep(_ place: Workplace, _ arguments: [String], status: Int32 = 0) async throws -> RunningProgram {
    let run = try RunningProgram("offramp", ["sweep"] + arguments, in: place)
    let ended = try #require(try await run.end(within: 120))
    #expect(ended == status, "\(run.standardOutput)\(run.standardError)")
    return run
  }
  private func expectOneErrorLine(_ run: RunningProgram, _ words: String...) {
    // How far a slow sweep is, is no error.
    let lines = run.standardError.split(separator: "\n").filter { !$0.hasPrefix("sweep: ") }
    #expect(lines.count == 1 && lines[0].hasPrefix("error: "), "\(run.standardError)")
    for word in words { #expect(run.standardError.contains(word), "\(run.standardError)") }
  }
  private func file(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }
  private static func results(_ directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory + "/results")) ?? []).sorted()
  }
  private func results(_ directory: String) -> [String] { Self.results(directory) }
  private static let tables = ["sweep.csv", "sweep.mat", "sweep.npy"]

  // MARK: One grid, one table

  @Test func tablesDependOnTheGridAlone() async throws {
    let place = try Workplace()
    let topology = try topology(place)
    let (one, two, shards) = (place.path("one"), place.path("two"), place.path("shards"))
    try await sweep(place, [topology, "--output", one, "--jobs", "1"])
    try await sweep(place, [topology, "--output", two, "--jobs", "2"])
    // All at once: they begin in one directory, and make the tables one after the other.
    let running = try ["1/3", "0/3", "2/3"].map {
      try RunningProgram("offramp", ["sweep", topology, "--output", shards, "--shard", $0, "--jobs", "1"], in: place)
    }
    for run in running { #expect(try await run.end(within: 120) == 0, "\(run.standardError)") }
    for table in Self.tables {
      #expect(file("\(one)/\(table)") != nil)
      for other in [two, shards] { #expect(file("\(one)/\(table)") == file("\(other)/\(table)"), "\(table) \(other)") }
    }
    #expect(results(one).count == Self.count && results(one) == results(shards))
    // Shards of two hosts, copied together.
    let (left, right) = (place.path("left"), place.path("right"))
    try await sweep(place, [topology, "--output", left, "--shard", "0/2"])
    try await sweep(place, [topology, "--output", right, "--shard", "1/2"])
    #expect(results(left).count == Self.count / 2)
    for name in results(right) {
      try FileManager.default.copyItem(atPath: "\(right)/results/\(name)", toPath: "\(left)/results/\(name)")
    }
    let made = try await sweep(place, [topology, "--output", left, "--tables"])
    #expect(made.standardOutput.contains("0 run now"))
    for table in Self.tables { #expect(file("\(one)/\(table)") == file("\(left)/\(table)"), "\(table)") }
  }

  /// A row is what `offramp simulate` says of the same topology.
  @Test func rowsAreTheRunsSummaries() async throws {
    let place = try Workplace()
    let out = place.path("sweep")
    try await sweep(place, [try topology(place), "--output", out])
    let text = String(decoding: file(out + "/sweep.csv") ?? Data(), as: UTF8.self)
    let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(lines.count == Self.count + 1)
    let row = Dictionary(uniqueKeysWithValues: zip(lines[0].map(String.init), lines[11].map(String.init)))
    #expect(row["cell.bandwidth"] == "3 MHz" && row["cell.bandwidth [Hz]"] == "3000000" && row["seed"] == "1")
    let phones = try #require(row["devices.groups.phones.count"])
    let same = try place.topology(duration: "1 s") { $0.replacingOccurrences(of: "count: 6", with: "count: \(phones)") }
    let run = place.path("run")
    let simulate = try RunningProgram(
      "offramp", ["simulate", same, "--output", run, "--no-traces", "--policy", try #require(row["policy"])], in: place)
    #expect(try await simulate.end(within: 60) == 0, "\(simulate.standardError)")
    let summary = try FinishedRun(run).json("summary.json")
    #expect(row["generated"] == summary["tasks"]?["generated"]?.integer.map(String.init))
    for (column, value) in [
      ("throughput_per_s", summary["throughput_per_s"]), ("latency_p99_ms", summary["latency_ms"]?["p99"]),
      ("exit_share_1", summary["exit_share"]?.array?.first),
    ] { #expect(Double(row[column] ?? "") == value?.double, "\(column)") }
    let result = try JSON(utf8: try #require(file("\(out)/results/\(row["key"] ?? "").json")))
    #expect(result["summary"]?["tasks"] == summary["tasks"] && result["valid"]?.bool == true)
    #expect(result["parameters"]?["cell.bandwidth"]?.string == "3 MHz")
  }

  /// Every point of every grid that ships is a sound topology.
  @Test func shippedGridsAreSound() async throws {
    let place = try Workplace()
    let folder = Workplace.checkout.appending(path: "Topologies/experiments").path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
    #expect(!files.isEmpty)
    for file in files.sorted() {
      let listed = try await sweep(place, ["\(folder)/\(file)", "--output", place.path("none"), "--dry-run"])
      #expect(listed.standardOutput.split(separator: "\n").count > 2, "\(file)")
    }
  }

  @Test func aFileWithASweepIsATopology() async throws {
    let place = try Workplace()
    let topology = try topology(place)
    for command in [["validate", topology], ["simulate", topology, "--output", place.path("run"), "--no-traces"]] {
      let run = try RunningProgram("offramp", command, in: place)
      #expect(try await run.end(within: 60) == 0, "\(run.standardError)")
    }
  }

  // MARK: Again, after whatever happened

  @Test func onlyWhatIsMissingOrInvalidIsRunAgain() async throws {
    let place = try Workplace()
    let (topology, out) = (try topology(place), place.path("sweep"))
    let listed = try await sweep(place, [topology, "--output", out, "--dry-run"])
    #expect(listed.standardOutput.split(separator: "\n").count == Self.count + 1)
    #expect(!FileManager.default.fileExists(atPath: out), "a dry run writes nothing")
    try await sweep(place, [topology, "--output", out])
    let csv = file(out + "/sweep.csv")
    let again = try await sweep(place, [topology, "--output", out])
    #expect(again.standardOutput.contains("\(Self.count) valid, 0 INVALID; 0 run now"))
    // One missing, one cut in the middle, one of another key, one INVALID, and strangers.
    let names = results(out)
    let path = { (index: Int) in "\(out)/results/\(names[index])" }
    let whole = try #require(file(path(1)))
    try FileManager.default.removeItem(atPath: path(0))
    try whole.prefix(whole.count / 2).write(to: URL(filePath: path(1)))
    try Data(whole).write(to: URL(filePath: path(2)))
    let invalid = String(decoding: try #require(file(path(3))), as: UTF8.self)
      .replacingOccurrences(of: "\"valid\": true", with: "\"valid\": false")
    try Data(invalid.utf8).write(to: URL(filePath: path(3)))
    try Data("?".utf8).write(to: URL(filePath: out + "/results/stranger.json"))
    try Data("?".utf8).write(to: URL(filePath: out + "/results/.hidden.json"))
    // The tables tell of what is there before anything is run.
    try await sweep(place, [topology, "--output", out, "--dry-run"])
    let mended = try await sweep(place, [topology, "--output", out])
    #expect(mended.standardOutput.contains("\(Self.count) valid, 0 INVALID; 4 run now"), "\(mended.standardOutput)")
    let notes = mended.standardError.split(separator: "\n").filter { !$0.hasPrefix("sweep: ") }
    #expect(notes.count == 2 && notes.allSatisfy { $0.hasPrefix("note: ") && $0.contains("set aside") })
    for index in [1, 2] { #expect(file(path(index) + ".damaged") != nil) }
    #expect(file(out + "/sweep.csv") == csv)
  }

  /// Another grid of the same topology keeps what both have.
  @Test func anotherGridKeepsWhatItShares() async throws {
    let place = try Workplace()
    let out = place.path("sweep")
    try await sweep(place, [try topology(place), "--output", out])
    let more = Self.grid.replacingOccurrences(of: "1..2", with: "[2, 3]") + "\n"
    let run = try await sweep(place, [try topology(place, more), "--output", out])
    #expect(run.standardOutput.contains("\(Self.count) valid, 0 INVALID; \(Self.count / 2) run now"))
  }

  /// Two points that are over at once, and two of a day: a sweep of this is caught in the middle.
  private static let endless = "\nsweep: {seeds: 1..2, axes: {duration: [1 s, 24 h]}}"

  private func caughtInTheMiddle(_ place: Workplace, _ out: String, by signal: Int32) async throws -> RunningProgram {
    let run = try RunningProgram(
      "offramp", ["sweep", try topology(place, Self.endless), "--output", out, "--jobs", "1"], in: place)
    run.send(signal) { Self.results(out).filter { !$0.hasPrefix(".") }.count == 2 }
    try #require(try await run.end(within: 120) != nil)
    return run
  }

  @Test func killedInTheMiddleNothingFinishedIsLost() async throws {
    let place = try Workplace()
    let (out, other) = (place.path("sweep"), place.path("other"))
    _ = try await caughtInTheMiddle(place, out, by: SIGKILL)
    let finished = results(out)
    let before = finished.map { file("\(out)/results/\($0)") }
    // The same, but for an end that can be waited for.
    let topology = try topology(place, Self.endless.replacingOccurrences(of: "24 h", with: "2 s"))
    let again = try await sweep(place, [topology, "--output", out])
    #expect(again.standardOutput.contains("4 valid, 0 INVALID; 2 run now"), "\(again.standardOutput)")
    #expect(before == finished.map { file("\(out)/results/\($0)") })
    try await sweep(place, [topology, "--output", other])
    for table in Self.tables { #expect(file("\(out)/\(table)") == file("\(other)/\(table)")) }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func aSignalKeepsWhatIsFinished(signal: Int32) async throws {
    let place = try Workplace()
    let out = place.path("sweep")
    let run = try await caughtInTheMiddle(place, out, by: signal)
    #expect(run.process.terminationStatus == 2)
    expectOneErrorLine(run, "interrupted by SIG", "with 2 of 4 points done", "run it again for the rest")
    let rows = String(decoding: file(out + "/sweep.csv") ?? Data(), as: UTF8.self).split(separator: "\n").count - 1
    #expect(rows == 2, "the tables hold what is finished")
    #expect(results(out).count == 2 && results(out).allSatisfy { !$0.hasPrefix(".") })
  }

  // MARK: Endings

  @Test func invalidPointsAreCounted() async throws {
    let place = try Workplace()
    // No simulated upload is as exact as this asks.
    let grid = "\nsweep: {axes: {limits.upload_error: [5 ms, 1 us]}}"
    let (topology, out) = (try topology(place, grid), place.path("sweep"))
    for _ in 0..<2 {
      let run = try await sweep(place, [topology, "--output", out], status: 3)
      #expect(run.standardOutput.contains("1 valid, 1 INVALID"), "\(run.standardOutput)")
      #expect(run.standardOutput.contains("INVALID: limits.upload_error 1 us, seed 1: "), "\(run.standardOutput)")
    }
    #expect(String(decoding: file(out + "/sweep.csv") ?? Data(), as: UTF8.self).contains(",false,"))
  }

  @Test func pointsThatFailAreNamedAndTheOthersGoOn() async throws {
    let place = try Workplace()
    let grid = "\nsweep: {policies: [external, equal-share]}"
    let topology = try place.topology(duration: "1 s") {
      $0 + "\npolicy: {name: external, endpoint: 'tcp://127.0.0.1:1'}" + grid
    }
    let out = place.path("sweep")
    let run = try await sweep(place, [topology, "--output", out], status: 2)
    expectOneErrorLine(run, "1 of 2 points failed", "external", "virtual time cannot wait")
    #expect(results(out).count == 1)
  }

  @Test func keptRunsAreWholeRuns() async throws {
    let place = try Workplace()
    let grid = "\nsweep: {seeds: 1..2}"
    let (topology, out) = (try topology(place, grid), place.path("sweep"))
    try await sweep(place, [topology, "--output", out, "--keep-runs"])
    let names = try FileManager.default.contentsOfDirectory(atPath: out + "/runs")
    #expect(names.sorted().map { $0 + ".json" } == results(out))
    for name in names {
      let audit = try RunningProgram("offramp", ["audit", "\(out)/runs/\(name)"], in: place)
      #expect(try await audit.end(within: 30) == 0, "\(audit.standardError)")
      let result = try JSON(utf8: try #require(file("\(out)/results/\(name).json")))
      #expect(try FinishedRun("\(out)/runs/\(name)").json("summary.json") == result["summary"])
    }
  }

  // MARK: Bad input

  @Test func mistakesAreOneLineAndTouchNothing() async throws {
    let place = try Workplace()
    let out = place.path("sweep")
    let cases: [(grid: String, says: String)] = [
      ("\nsweep: {axes: {cell.bandwith: [1 MHz]}}", "did you mean 'bandwidth'"),
      ("\nsweep: {axes: {cell.bandwidth: []}}", "has no values"), ("\nsweep: {}", "grid is empty"),
      ("", "no key 'sweep'"),
      ("\nsweep: {axes: {cell.bandwidth: [1]}}", "at the grid's point cell.bandwidth 1, seed 1"),
    ]
    for (grid, says) in cases {
      expectOneErrorLine(try await sweep(place, [try topology(place, grid), "--output", out], status: 1), says)
    }
    let sound = try topology(place)
    for (arguments, says) in [
      (["--shard", "2/2"], "is no shard"), (["--shard", "a"], "is no shard"), (["--jobs", "0"], "0 jobs"),
      (["--tables", "--dry-run"], "do not go together"), (["--output", sound], "cannot read the directory"),
    ] { expectOneErrorLine(try await sweep(place, [sound, "--output", out] + arguments, status: 1), says) }
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func aFolderOfAnotherTopologyIsLeftAlone() async throws {
    let place = try Workplace()
    let out = place.path("sweep")
    try await sweep(place, [try topology(place, "\nsweep: {seeds: 1..2}"), "--output", out])
    let before = try FileManager.default.subpathsOfDirectory(atPath: out).sorted()
    let csv = file(out + "/sweep.csv")
    let other = try topology(place, "\nsweep: {seeds: 1..2}", duration: "3 s")
    expectOneErrorLine(try await sweep(place, [other, "--output", out], status: 1), "of another topology", "--output")
    #expect(try FileManager.default.subpathsOfDirectory(atPath: out).sorted() == before)
    #expect(file(out + "/sweep.csv") == csv)
    let full = place.path("full")
    try FileManager.default.createDirectory(atPath: full, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(filePath: full + "/notes.txt"))
    expectOneErrorLine(try await sweep(place, [other, "--output", full], status: 1), "has other files")
    #expect(try FileManager.default.contentsOfDirectory(atPath: full) == ["notes.txt"])
  }

  /// No file may be larger than 1 KiB: sweep.json is smaller, and no result is.
  @Test func aFullDiskIsOneLineAndWhatIsThereStays() async throws {
    let place = try Workplace()
    let (topology, out) = (try topology(place), place.path("sweep"))
    try await sweep(place, [topology, "--output", out, "--shard", "0/2"])
    let (before, csv) = (results(out), file(out + "/sweep.csv"))
    let limited = try RunningProgram(
      URL(filePath: "/bin/bash"),
      ["-c", "ulimit -f 1; exec \"$0\" \"$@\"", Workplace.program("offramp").path, "sweep", topology, "--output", out],
      in: place)
    #expect(try await limited.end(within: 60) == 2)
    expectOneErrorLine(limited, "cannot write", "8 of 16 points done", "run it again for the rest")
    #expect(results(out) == before && file(out + "/sweep.csv") == csv)
    try await sweep(place, [topology, "--output", out])
    #expect(results(out).count == Self.count)
  }
}

extension Live {
  /// `offramp sweep --live`.
  @Suite struct LiveSweepTests {
    @Test func pointsRunLiveAndLeaveOneTable() async throws {
      let place = try Workplace()
      let topology = try place.topology(duration: "1 s") { $0 + "\nsweep: {seeds: 1..2}" }
      let out = place.path("sweep")
      let simulated = try RunningProgram("offramp", ["sweep", topology, "--output", out], in: place)
      #expect(try await simulated.end(within: 60) == 0, "\(simulated.standardError)")
      let live = try RunningProgram("offramp", ["sweep", topology, "--output", out, "--live"], in: place)
      // A busy machine makes a live run INVALID, which is a result too.
      let status = try #require(try await live.end(within: 120))
      #expect([0, 3].contains(status), "\(live.standardError)")
      #expect(nodeProcesses(mentioning: out).isEmpty)
      let text = try String(contentsOfFile: out + "/sweep.csv", encoding: .utf8)
      let modes = text.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
      #expect(modes == ["simulated", "live", "simulated", "live"], "simulated and live side by side")
      let kept = (try? FileManager.default.contentsOfDirectory(atPath: out + "/runs")) ?? []
      #expect(status == 3 || kept.isEmpty, "a valid run's traces are removed")
    }

    @Test func aSignalEndsTheRunAndTheSweep() async throws {
      let place = try Workplace()
      let topology = try place.topology(duration: "30 s") { $0 + "\nsweep: {seeds: 1..3}" }
      let out = place.path("sweep")
      let run = try RunningProgram("offramp", ["sweep", topology, "--output", out, "--live"], in: place)
      try #require(try await eventually(within: 40) { nodeProcesses(mentioning: out).count == 3 })
      kill(run.process.processIdentifier, SIGTERM)
      #expect(try await run.end(within: 20) == 2)
      #expect(nodeProcesses(mentioning: out).isEmpty)
      let lines = run.standardError.split(separator: "\n")
        .filter { !$0.hasPrefix("sweep: ") }
      #expect(lines.count == 1 && lines[0].contains("interrupted by SIGTERM with 0 of 3 points done"), "\(lines)")
    }
  }
}
