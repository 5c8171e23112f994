import CEpoll
import DequeModule
import Glibc
import Inference
import Terminal
import ZeroMQ

/// A server over HTTP/1.1: each arrival is a POST on a connection of its own while it lasts, from a pool that grows to a
/// bound; beyond it arrivals wait here, and are not sent once their deadline has passed.
final class HTTPTarget {
  /// How long answers may stay away after a run's last arrival [ns].
  private static let grace: Int64 = 2_000_000_000
  /// Time between what was set up and the first arrival [ns].
  private static let pause: Int64 = 50_000_000

  private let name: String
  private let address: sockaddr_in
  private let head: [UInt8]
  private let features: FeatureFile
  private let deadline: Int64
  private let limit: Int
  private let events: Int32
  private let timer: TimerDescriptor
  private var connections: [HTTPConnection] = []
  private var idle: [Int] = []
  private var waiting: Deque<Int> = []
  private var open = 0
  private var log = RequestLog([])
  private var begin: Int64 = 0

  init(server: String, head: String, features: FeatureFile, deadline: Int64, connections: Int) throws {
    let words = server.split(separator: ":")
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    guard words.count == 2, let port = UInt16(words[1]), inet_pton(AF_INET, String(words[0]), &address.sin_addr) == 1
    else { throw UsageError("no address and port", "--http \(server)", "write it as 127.0.0.1:8000") }
    address.sin_port = port.bigEndian
    self.address = address
    self.head = try FileBytes.read(head)
    self.features = features
    self.deadline = deadline
    name = server
    limit = connections
    events = epoll_create1(0)
    timer = try TimerDescriptor()
    watch(timer.descriptor, as: UInt64.max, adding: true)
  }
  deinit { close(events) }

  /// Sends all arrivals, each at its instant, and waits for what is still under way behind the last.
  func run(_ arrivals: [Arrival]) throws -> RequestLog {
    let last = arrivals.last?.due ?? 0
    try openConnections(Int(Double(arrivals.count) * Double(deadline) / Double(max(1, last))))
    log = RequestLog(arrivals)
    begin = monotonicNow() + Self.pause
    var next = 0
    while next < arrivals.count || open > 0 || !waiting.isEmpty {
      let now = monotonicNow() - begin
      if now > last + Self.grace { break }
      while next < arrivals.count, arrivals[next].due <= now {
        waiting.append(next)
        next += 1
      }
      try sendWaiting(arrivals)
      timer.arm(at: begin + (next < arrivals.count ? arrivals[next].due : last + Self.grace))
      try hear()
    }
    log.close()
    closeAll()
    return log
  }

  /// As many as a server that answers all in time needs, so that no arrival pays for opening one.
  private func openConnections(_ count: Int) throws {
    for _ in 0..<min(limit, max(64, count)) { idle.append(try openConnection()) }
  }
  private func openConnection() throws -> Int {
    connections.append(try HTTPConnection(to: address, name: name))
    watch(connections[connections.count - 1].descriptor, as: UInt64(connections.count - 1), adding: true)
    return connections.count - 1
  }
  /// What is still under way goes with its connection: the next run begins with new ones.
  private func closeAll() {
    for connection in connections { close(connection.descriptor) }
    connections.removeAll()
    idle.removeAll()
    waiting.removeAll()
    open = 0
  }

  private func sendWaiting(_ arrivals: [Arrival]) throws {
    while let request = waiting.first {
      let now = monotonicNow() - begin
      if now > arrivals[request].due + deadline {
        log.records[request].outcome = .unsent
      } else {
        guard let free = try idle.popLast() ?? (connections.count < limit ? openConnection() : nil) else { return }
        send(arrivals[request], as: request, on: free, at: now)
      }
      waiting.removeFirst()
    }
  }

  private func send(_ arrival: Arrival, as request: Int, on place: Int, at now: Int64) {
    log.records[request].sent = now
    connections[place].request = request
    open += 1
    let exit = Float(arrival.exit)
    let isSent = withUnsafeBytes(of: exit) { exit in
      head.withUnsafeBytes { head in
        features.withFeature(of: arrival.sample) { connections[place].send([head, $0, exit]) }
      }
    }
    if !isSent { replace(place) } else if connections[place].isWriting { watch(place) }
  }

  private func hear() throws {
    let heard = try withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { buffer in
      let count = epoll_wait(events, buffer.baseAddress, 256, -1)
      guard count >= 0 || errno == EINTR else {
        throw UsageError("cannot wait (\(String(cString: strerror(errno))))", name, "report this")
      }
      return (0..<max(0, Int(count))).map { (place: buffer[$0].data.u64, events: buffer[$0].events) }
    }
    for (place, events) in heard {
      guard place != UInt64.max else {
        _ = timer.acknowledge()
        continue
      }
      hear(Int(place), events)
    }
  }

  private func hear(_ place: Int, _ events: UInt32) {
    if connections[place].isWriting, events & EPOLLOUT.rawValue != 0 {
      guard connections[place].flush() else { return replace(place) }
      if !connections[place].isWriting { watch(place) }
    }
    guard events & ~EPOLLOUT.rawValue != 0 else { return }
    do throws(HTTPBreak) {
      guard let response = try connections[place].receive() else { return }
      conclude(place, response)
      if response.closes || connections[place].isWriting { replace(place) }
    } catch { replace(place) }
  }

  private func conclude(_ place: Int, _ response: HTTPConnection.Response) {
    guard let request = connections[place].request else { return }
    log.records[request].answered = monotonicNow() - begin
    log.records[request].status = "\(response.status)"
    log.records[request].outcome = .rejected
    if response.status == 200, let (predicted, batch) = response.numbers {
      log.records[request].outcome = .answered
      log.records[request].predicted = predicted
      log.records[request].batch = batch
    }
    connections[place].request = nil
    idle.append(place)
    open -= 1
  }

  /// A new connection in the place of one that broke or that the server closes; its request, if any, is lost.
  private func replace(_ place: Int) {
    close(connections[place].descriptor)
    if connections[place].request != nil { open -= 1 }
    idle.removeAll { $0 == place }
    guard let fresh = try? HTTPConnection(to: address, name: name) else { return }
    connections[place] = fresh
    watch(fresh.descriptor, as: UInt64(place), adding: true)
    idle.append(place)
  }

  private func watch(_ place: Int) {
    watch(connections[place].descriptor, as: UInt64(place), adding: false, writing: connections[place].isWriting)
  }
  private func watch(_ descriptor: Int32, as place: UInt64, adding: Bool, writing: Bool = false) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
    event.data.u64 = place
    epoll_ctl(events, adding ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event)
  }
}
