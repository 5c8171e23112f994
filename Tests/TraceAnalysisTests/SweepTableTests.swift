import EdgeModel
import Foundation
import PlainJSON
import Testing

@testable import TraceAnalysis

/// A sweep's table, and the three files it is written to.
@Suite struct SweepTableTests {
  static func result(_ key: String, seed: UInt64 = 1, isValid: Bool = true, summary: JSON = summary) -> SweepResult {
    SweepResult(
      key: key, mode: "simulated", policy: "tree-search", seed: seed, parameters: [.init("load", "2")],
      topologySHA256: "ab", version: "1", isValid: isValid, reasons: isValid ? [] : ["late, \"very\"", "lost"],
      took: 0.5, summary: summary)
  }
  static let summary: JSON = [
    "tasks": ["generated": 12, "completed": 9, "late": 1, "refused": 2, "expired": 0, "lost": 0],
    "throughput_per_s": 4.5, "deadline_met": 0.75, "accuracy": .null,
    "latency_ms": ["p50": 1.5, "p90": 2.5, "p99": 3, "max": 3], "exit_share": [0.25, 0.75], "mean_batch": 2.5,
    "device_energy_j": 0.125, "fairness_jain": 1, "uplink_error_ms": ["p50": 0.1, "p99": 0.2],
    "solve_us": ["p50": 0, "p99": 0],
  ]

  @Test func csvIsTidy() throws {
    let table = SweepTable(
      axes: ["cell.bandwidth", "load"],
      rows: [
        .init(values: ["1 MHz", "1"], result: Self.result("a")),
        .init(values: ["2500 kHz", "2"], result: Self.result("b", seed: .max, isValid: false, summary: [:])),
      ])
    let text = String(decoding: table.csv, as: UTF8.self)
    #expect(
      text == """
        key,mode,policy,seed,cell.bandwidth,cell.bandwidth [Hz],load,valid,generated,completed,late,refused,expired,lost,\
        throughput_per_s,deadline_met,accuracy,latency_p50_ms,latency_p90_ms,latency_p99_ms,latency_max_ms,mean_batch,\
        device_energy_j,fairness_jain,uplink_error_p50_ms,uplink_error_p99_ms,solve_p50_us,solve_p99_us,exit_share_1,\
        exit_share_2,reasons
        a,simulated,tree-search,1,1 MHz,1000000,1,true,12,9,1,2,0,0,4.5,0.75,,1.5,2.5,3,3,2.5,0.125,1,0.1,0.2,0,0,0.25,0.75,
        b,simulated,tree-search,18446744073709551615,2500 kHz,2500000,2,false,,,,,,,,,,,,,,,,,,,,,,,"late, ""very""; lost"

        """)
  }

  @Test(arguments: [
    (["1 MHz", "2 kHz"], "Hz", [1e6, 2e3]), (["100 ms", "2 s"], "s", [0.1, 2]), (["3 min"], "s", [180]),
    (["5 m", "1 km"], "m", [5, 1000]), (["5 mW"], "W", [0.005]), (["-3 dB"], "dB", [-3]),
    (["6 /s", "60 /min"], "/s", [6, 1]), (["75 %", "92.5%"], "1", [0.75, 0.925]), (["-169 dBm/Hz"], "dBm/Hz", [-169]),
    (["1", "2.5", "-3e2"], nil, [1, 2.5, -300]),
  ]) func amountsHaveNumbers(_ texts: [String], _ unit: String?, _ values: [Double]) throws {
    let numbers = try #require(AxisNumbers(texts))
    #expect(numbers.unit == unit)
    #expect(zip(numbers.values, values).allSatisfy { abs($0 - $1) <= 1e-12 * abs($1) })
  }
  @Test(arguments: [["1 MHz", "1"], ["5 m", "5 s"], ["a"], [""], ["nan"], ["0x10"], ["%"], ["[1 dB, 2 dB]"]])
  func othersHaveNone(_ texts: [String]) { #expect(AxisNumbers(texts) == nil) }

  // MARK: Binary files

  /// Random tables: what is written is what is read back, cell by cell.
  @Test(arguments: 0..<40) func filesHoldEveryCell(seed: Int) throws {
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "tables")
    let alphabet = Array("abcXYZ019 .,'\"\\µ–🙂[]%")
    func text() -> String {
      String((0..<Int.random(in: 0...9, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    }
    let axes = (0..<Int.random(in: 0...4, using: &random)).map { "axis\($0)" + text().filter(\.isASCII) }
    let rows = (0..<Int.random(in: 0...12, using: &random)).map { index in
      SweepTable.Row(
        values: axes.map { _ in Bool.random(using: &random) ? text() : "\(Int.random(in: 0...9, using: &random))" },
        result: Self.result(
          text(), seed: .random(in: 0 ... .max, using: &random), isValid: Bool.random(using: &random),
          summary: ["throughput_per_s": .number(.random(in: -1e9...1e9, using: &random))]))
    }
    let table = SweepTable(axes: axes, rows: rows)
    let numpy = try NumpyReader(NumpyFile(table).bytes)
    let mat = try MatReader(MatFile(table).bytes)
    #expect(numpy.names == table.columns.map(\.name))
    #expect(mat.names == MatFile.fieldNames(numpy.names) && Set(mat.names).count == numpy.names.count)
    #expect(mat.columns == numpy.names)
    for (index, column) in table.columns.enumerated() {
      #expect(column.count == table.rowCount)
      #expect(Self.words(column.cells) == numpy.cells[index], "\(column.name)")
      #expect(Self.words(column.cells) == mat.cells[index], "\(column.name)")
    }
  }
  private static func words(_ cells: SweepTable.Cells) -> [String] {
    switch cells {
    case .text(let cells): cells
    case .numbers(let cells): cells.map { "\($0 ?? .nan)" }
    case .whole(let cells): cells.map { "\($0)" }
    case .flags(let cells): cells.map { "\($0)" }
    }
  }

  /// Bytes by hand, after the two formats' descriptions.
  @Test func bytesAreTheFormats() throws {
    let table = SweepTable(axes: [], rows: [])
    let numpy = NumpyFile(table).bytes
    #expect(numpy.prefix(8) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0])
    #expect(numpy.count % 64 == 0 && numpy.last == 0x0A, "no rows: nothing behind the header")
    let length = Int(numpy[8]) | Int(numpy[9]) << 8
    #expect(10 + length == numpy.count)
    #expect(
      String(decoding: numpy[10...], as: UTF8.self).hasPrefix(
        "{'descr': [('key', '<U1'), ('mode', '<U1'), ('policy', '<U1'), ('seed', '<u8'), ('valid', '|b1'), ('generated', '<f8'), "
      ))
    #expect(String(decoding: numpy[10...], as: UTF8.self).contains("'fortran_order': False, 'shape': (0,), }"))
    let mat = MatFile(SweepTable(axes: [], rows: [.init(values: [], result: Self.result("k"))])).bytes
    #expect(String(decoding: mat.prefix(39), as: UTF8.self) == "MATLAB 5.0 MAT-file, written by Offramp")
    #expect(mat[116..<128].elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x01, 0x49, 0x4D]))
    // miMATRIX and its size; flags of a struct; dimensions 1 × 1; the name "sweep".
    #expect(mat[128..<132].elementsEqual([14, 0, 0, 0]))
    #expect(mat[136..<152].elementsEqual([6, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]))
    #expect(mat[152..<168].elementsEqual([5, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]))
    #expect(mat[168..<184].elementsEqual([1, 0, 0, 0, 5, 0, 0, 0] + Array("sweep".utf8) + [0, 0, 0]))
    // The fields' names have 64 bytes each; a small element holds that.
    #expect(mat[184..<192].elementsEqual([5, 0, 4, 0, 64, 0, 0, 0]))
    #expect(mat.count % 8 == 0)
  }

  @Test func namesFitMATLAB() {
    let long = String(repeating: "a", count: 80)
    let names = MatFile.fieldNames([
      "cell.bandwidth", "cell.bandwidth [Hz]", "cell bandwidth", "0", "µ", "_x", long, long + "b",
    ])
    #expect(
      names == [
        "cell_bandwidth", "cell_bandwidth_Hz", "cell_bandwidth_2", "c0", "c", "c_x", String(long.prefix(63)),
        String(long.prefix(61)) + "_2",
      ])
  }

  // MARK: The directory

  @Test func resultsAreReadBack() throws {
    let place = try TemporaryDirectory()
    defer { place.remove() }
    let directory = SweepDirectory(place.path + "/sweep")
    let own = SweepDirectory.Description(name: "n", topology: "n.yaml", topologySHA256: "12", version: "1")
    try directory.check(own)
    #expect(try place.list() == [], "checking makes nothing")
    try directory.create(own)
    for (key, isValid) in [("aa", true), ("bb", false)] {
      let result = Self.result(key, seed: .max, isValid: isValid)
      try directory.write(result)
      #expect(directory.read(key) == .result(result))
    }
    #expect(try directory.keys() == ["aa", "bb"])
    try directory.check(own)
    try directory.create(own)
    var other = own
    other.topologySHA256 = "34"
    #expect(throws: RunError.self) { try directory.check(other) }
    try place.write(Array("{\"format\": 2, \"topology_sha256\": \"12\"}".utf8), to: "sweep/sweep.json")
    #expect(throws: RunError.self) { try directory.check(own) }
    try place.write([0x7B], to: "sweep/sweep.json")
    #expect(throws: RunError.self) { try directory.check(own) }
    // Another shard that is about to begin, and a stranger.
    try place.write([0x7B], to: "other/.sweep.json.1-2")
    try SweepDirectory(place.path + "/other").check(own)
    try place.write([0x7B], to: "other/file")
    #expect(throws: RunError.self) { try SweepDirectory(place.path + "/other").check(own) }
  }

  /// Cut anywhere, a result is damaged and not something else.
  @Test func halfAResultIsNone() throws {
    let place = try TemporaryDirectory()
    defer { place.remove() }
    let directory = SweepDirectory(place.path)
    let bytes = Array(Self.result("aa").json.pretty.utf8)
    // The last byte is the newline.
    for count in 0..<bytes.count - 1 {
      try place.write(bytes.prefix(count), to: "results/aa.json")
      guard case .damaged = directory.read("aa") else {
        Issue.record("\(count) bytes are read as a result")
        continue
      }
    }
    try place.write(bytes, to: "results/bb.json")
    #expect(directory.read("bb") == .damaged("it is not the result of this key"))
    try directory.setAside("bb")
    #expect(try place.list("results") == ["aa.json", "bb.json.damaged"])
    #expect(try directory.keys() == ["aa"])
  }

  @Test func aFileThatCannotBeWrittenLeavesTheOldOne() throws {
    #expect(throws: RunError.self) { try AtomicFile.write([1], to: "/dev/full/file") }
    let place = try TemporaryDirectory()
    defer { place.remove() }
    try AtomicFile.write([1, 2], to: place.path + "/file")
    try AtomicFile.write([3], to: place.path + "/file")
    #expect(try place.read("file") == [3])
    #expect(try place.list() == ["file"], "nothing temporary stays")
  }
}
