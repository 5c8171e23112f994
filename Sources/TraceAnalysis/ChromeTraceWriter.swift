import EdgeModel
import Foundation
import PlainJSON

/// Writes Chrome trace-event JSON, which the Perfetto UI opens, event by event: the file may be larger than memory.
struct ChromeTraceWriter {
  /// A row in the UI.
  struct Track: Hashable {
    var process: Int
    var thread: Int
  }
  private static let flushAt = 1 << 20
  private let path: String
  private let file: FileHandle
  private var buffer: [UInt8] = []
  private var isFirst = true

  init(_ url: URL) throws(RunError) {
    path = url.path
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else {
      throw RunError("cannot write the timeline", at: path, remedy: "check free space and permissions")
    }
    self.file = file
    buffer.append(contentsOf: "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n".utf8)
  }

  mutating func nameProcess(_ process: Int, _ name: String) throws(RunError) {
    try metadata("process_name", process, 0, "\"name\":\(Self.quoted(name))")
    try metadata("process_sort_index", process, 0, "\"sort_index\":\(process)")
  }
  mutating func nameTrack(_ track: Track, _ name: String) throws(RunError) {
    try metadata("thread_name", track.process, track.thread, "\"name\":\(Self.quoted(name))")
    try metadata("thread_sort_index", track.process, track.thread, "\"sort_index\":\(track.thread)")
  }

  /// `arguments` is the inside of a JSON object.
  mutating func slice(
    _ name: String, _ category: StaticString, on track: Track, from start: Instant, to end: Instant,
    arguments: String = ""
  ) throws(RunError) {
    let length = Instant(nanoseconds: max(0, end.nanoseconds - start.nanoseconds))
    try event(
      "\"ph\":\"X\",\"name\":\(Self.quoted(name)),\"cat\":\"\(category)\",\"ts\":\(Self.microseconds(start)),"
        + "\"dur\":\(Self.microseconds(length)),\(Self.place(track)),\"args\":{\(arguments)}")
  }

  /// A mark without length. `arguments` is the inside of a JSON object.
  mutating func mark(
    _ name: String, _ category: StaticString, on track: Track, at instant: Instant, arguments: String
  ) throws(RunError) {
    try event(
      "\"ph\":\"i\",\"s\":\"t\",\"name\":\(Self.quoted(name)),\"cat\":\"\(category)\",\"ts\":\(Self.microseconds(instant)),"
        + "\(Self.place(track)),\"args\":{\(arguments)}")
  }

  /// One point of a flow: it binds to the slice on `track` that is open at `instant`.
  mutating func flow(_ phase: FlowPhase, id: Int, on track: Track, at instant: Instant) throws(RunError) {
    let binding = phase == .end ? ",\"bp\":\"e\"" : ""
    try event(
      "\"ph\":\"\(phase.rawValue)\",\"name\":\"task\",\"cat\":\"task\",\"id\":\(id),"
        + "\"ts\":\(Self.microseconds(instant)),\(Self.place(track))\(binding)")
  }
  enum FlowPhase: String { case start = "s", step = "t", end = "f" }

  mutating func close() throws(RunError) {
    buffer.append(contentsOf: "\n]}\n".utf8)
    try flush()
    try? file.close()
  }

  private mutating func metadata(
    _ name: StaticString, _ process: Int, _ thread: Int, _ arguments: String
  ) throws(RunError) {
    try event("\"ph\":\"M\",\"name\":\"\(name)\",\"pid\":\(process),\"tid\":\(thread),\"args\":{\(arguments)}")
  }
  private mutating func event(_ members: String) throws(RunError) {
    buffer.append(contentsOf: (isFirst ? "{" : ",\n{").utf8)
    buffer.append(contentsOf: members.utf8)
    buffer.append(UInt8(ascii: "}"))
    isFirst = false
    if buffer.count >= Self.flushAt { try flush() }
  }
  private mutating func flush() throws(RunError) {
    do { try file.write(contentsOf: Data(buffer)) } catch {
      throw RunError("cannot write the timeline", at: path, remedy: "check free space and permissions")
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private static func place(_ track: Track) -> String { "\"pid\":\(track.process),\"tid\":\(track.thread)" }
  /// Microseconds with three digits behind the point, exact.
  private static func microseconds(_ instant: Instant) -> String {
    let magnitude = instant.nanoseconds.magnitude
    let rest = String(magnitude % 1_000)
    let sign = instant.nanoseconds < 0 ? "-" : ""
    return "\(sign)\(magnitude / 1_000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
  static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    JSON.quote(text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
