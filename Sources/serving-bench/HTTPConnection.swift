import Glibc
import Terminal

/// One keep-alive connection over HTTP/1.1 with at most one request under way; never blocks.
struct HTTPConnection {
  struct Response {
    var status: Int
    /// The body's last eight bytes: two little-endian 32-bit numbers, what the servers of the benchmark answer.
    var numbers: (Int, Int)?
    var closes: Bool
  }

  let descriptor: Int32
  /// The arrival whose answer it waits for.
  var request: Int?
  private var outgoing: [UInt8] = []
  private var incoming: [UInt8] = []

  init(to address: sockaddr_in, name: String) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var (address, on) = (address, Int32(1))
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard descriptor >= 0, status == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw UsageError("cannot connect (\(reason))", name, "start the server first")
    }
  }

  var isWriting: Bool { !outgoing.isEmpty }

  /// Sends `parts` as one request; what the socket does not take at once waits for `flush`. False where it broke.
  mutating func send(_ parts: [UnsafeRawBufferPointer]) -> Bool {
    let vectors = parts.map { iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count) }
    let sent = writev(descriptor, vectors, Int32(vectors.count))
    guard sent >= 0 || errno == EAGAIN else { return false }
    var skip = max(0, sent)
    for part in parts {
      outgoing += part.dropFirst(min(skip, part.count))
      skip -= min(skip, part.count)
    }
    return true
  }
  mutating func flush() -> Bool {
    let sent = write(descriptor, outgoing, outgoing.count)
    guard sent >= 0 || errno == EAGAIN else { return false }
    outgoing.removeFirst(max(0, sent))
    return true
  }

  /// Reads what is there. A response once it is whole; throws where the connection broke.
  mutating func receive() throws(HTTPBreak) -> Response? {
    let before = incoming.count
    incoming.append(contentsOf: repeatElement(0, count: 4096))
    let count = incoming.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + before, 4096) }
    incoming.removeLast(4096 - max(0, count))
    guard count > 0 || (count < 0 && errno == EAGAIN) else { throw HTTPBreak() }
    return try parse()
  }

  private mutating func parse() throws(HTTPBreak) -> Response? {
    guard let headEnd = Self.headEnd(in: incoming) else { return nil }
    let head = String(decoding: incoming[..<headEnd], as: UTF8.self).lowercased()
    guard head.hasPrefix("http/1.1 "), let status = Int(head.dropFirst(9).prefix(3)),
      let field = head.split(separator: "\r\n").first(where: { $0.hasPrefix("content-length:") }),
      let length = Int(field.dropFirst(15).filter { $0 != " " })
    else { throw HTTPBreak() }
    guard incoming.count >= headEnd + 4 + length else { return nil }
    let body = incoming[(headEnd + 4)..<(headEnd + 4 + length)]
    incoming.removeAll(keepingCapacity: true)
    return Response(status: status, numbers: Self.numbers(body), closes: head.contains("\r\nconnection: close"))
  }

  private static func numbers(_ body: ArraySlice<UInt8>) -> (Int, Int)? {
    guard body.count >= 8 else { return nil }
    return Array(body.suffix(8)).withUnsafeBytes { bytes in
      (
        Int(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self))),
        Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: Int32.self)))
      )
    }
  }

  /// Where the empty line behind the head begins.
  private static func headEnd(in bytes: [UInt8]) -> Int? {
    let mark = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
    return bytes.withUnsafeBytes { all in
      all.indices.dropLast(3).first {
        all[$0] == mark.0 && all[$0 + 1] == mark.1 && all[$0 + 2] == mark.0 && all[$0 + 3] == mark.1
      }
    }
  }
}

/// The connection ended, or what came is no HTTP/1.1 response with a content-length.
struct HTTPBreak: Error {}
