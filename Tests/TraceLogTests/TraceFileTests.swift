import EdgeModel
import Glibc
import PlainJSON
import Testing
import TraceLog

struct TraceFileTests {
  @Test func recordsAreWrittenInOrderWithAFooterThatCountsThem() throws {
    let path = temporaryPath()
    defer { unlink(path) }
    let file = try TraceFile(path: path)
    for number in 0..<1_000 { file.append(.stopped(cause: "\(number)"), at: Instant(nanoseconds: Int64(number))) }
    try file.close(at: .start)
    let lines = try read(path).split(separator: 0x0A)
    #expect(lines.count == 1_001)
    for (index, line) in lines.enumerated() { #expect(try JSON(utf8: line)["seq"]?.integer == index) }
    let footer = try JSON(utf8: lines[1_000])
    #expect(footer["event"]?.string == "traceClosed")
    #expect(footer["records"]?.integer == 1_000)
  }

  @Test func endWritesAllThatWaitsButNoFooter() throws {
    let path = temporaryPath()
    defer { unlink(path) }
    let file = try TraceFile(path: path)
    file.append(.stopped(cause: "test"), at: .start)
    try file.end()
    let lines = try read(path).split(separator: 0x0A)
    #expect(lines.count == 1)
  }

  @Test func existingFileIsNotOverwritten() throws {
    let path = temporaryPath()
    defer { unlink(path) }
    try TraceFile(path: path).end()
    #expect(throws: TraceFile.Failure.self) { try TraceFile(path: path) }
  }

  private func temporaryPath() -> String {
    let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    return "\(root)/offramp-trace-\(getpid())-\(UInt64.random(in: 0 ... .max)).jsonl"
  }
  private func read(_ path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while true {
      let byte = fgetc(file)
      if byte == EOF { return bytes }
      bytes.append(UInt8(byte))
    }
  }
}
