import ZeroMQ

extension Part {
  convenience init(_ text: String) { self.init(copying: Array(text.utf8)) }

  var array: [UInt8] { withUnsafeBytes { Array($0) } }
  var text: String { String(decoding: array, as: UTF8.self) }
}

extension Message {
  init(texts: [String]) { self.init(texts.map { Part($0) }) }

  var texts: [String] { map(\.text) }
}

/// A test waits for what must come, and the suite's time limit ends one that waits in vain.
extension Socket {
  func receiveWaiting() throws -> Message {
    var set = try BoundedPollSet()
    _ = set.add(self)
    while true {
      if let message = try receive() { return message }
      try set.wait()
    }
  }

  func send(_ texts: [String]) throws(ZeroMQError) -> SendResult { try send(Message(texts: texts)) }

  func sendWaiting(_ texts: [String]) throws { try sendWaiting(Message(texts: texts)) }

  func sendWaiting(_ message: Message) throws {
    var set = try BoundedPollSet()
    let index = set.add(self)
    set.setWantsWrite(true, at: index)
    while try send(message) != .sent { try set.wait() }
  }
}
