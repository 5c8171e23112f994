import Glibc

/// A TCP client that knows nothing of ZeroMQ.
struct RawPeer: ~Copyable {
  private let descriptor: Int32

  init(to endpoint: String) {
    let port = UInt16(endpoint.split(separator: ":").last!)!
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    precondition(connected == 0, "nobody listens at \(endpoint)")
  }

  deinit { close(descriptor) }

  /// The other side may hang up in the middle; then the rest is not written.
  func write(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  /// Reads what comes until the other side hangs up.
  func waitForHangUp() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while recv(descriptor, &buffer, buffer.count, 0) > 0 {}
  }
}
