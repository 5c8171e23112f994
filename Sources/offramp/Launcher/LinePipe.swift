import Glibc

/// A pipe that a child writes lines into; what comes is also appended to a log.
struct LinePipe {
  /// No status line is longer; a child that writes more without an end of line is not one of ours [byte].
  private static let longestLine = 1 << 16

  /// For poll sets; -1 once the child closed its end.
  private(set) var descriptor: Int32
  private let log: Int32
  private var rest: [UInt8] = []

  /// `writing` is the child's end; close it when the child has it.
  static func make(log: Int32) throws(SpawnFailure) -> (pipe: LinePipe, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SpawnFailure(code: errno) }
    for end in ends { Descriptor.closeOnExec(end) }
    Descriptor.doNotBlock(ends[0])
    return (LinePipe(descriptor: ends[0], log: log), ends[1])
  }
  private init(descriptor: Int32, log: Int32) {
    self.descriptor = descriptor
    self.log = log
  }

  /// The lines that came since, without waiting.
  mutating func lines() -> [String] {
    var lines: [String] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while descriptor >= 0 {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else {
        if count == 0 || (errno != EAGAIN && errno != EINTR) { close() }
        break
      }
      _ = write(log, buffer, count)
      for byte in buffer[..<count] {
        if byte == 0x0A {
          lines.append(String(decoding: rest, as: UTF8.self))
          rest.removeAll(keepingCapacity: true)
        } else if rest.count < Self.longestLine {
          rest.append(byte)
        }
      }
    }
    return lines
  }

  mutating func close() {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
  }
}
