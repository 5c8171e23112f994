import EdgeModel
import Units

/// One direction of the link between two nodes: messages leave one after the other, each as long as its bits take, and
/// arrive a latency later. None overtakes another, though the link may change in between.
struct LinkQueue {
  var link: SimulatedLink
  /// When the last bit of all that was sent has left.
  private var isFree = Instant.start
  private var lastArrival = Instant.start
  private var faults: LinkFaults?

  init(_ link: SimulatedLink, faults: LinkFaults? = nil) {
    self.link = link
    self.faults = faults
  }

  /// When a message sent `now` is there, nil where a planned fault loses it; `bytes` is asked for only where the link has
  /// a rate. `now` never goes back from one call to the next. O(1).
  mutating func send(at now: Instant, bytes: @autoclosure () -> Int) -> Instant? {
    let left = leave(at: now, bytes: bytes())
    if faults == nil { return arrive(left, after: .zero) }
    guard let delay = faults?.delay(ofMessageSent: now) else { return nil }
    return arrive(left, after: delay)
  }
  /// The same for a message that no fault loses.
  mutating func sendSurely(at now: Instant, bytes: @autoclosure () -> Int) -> Instant {
    arrive(leave(at: now, bytes: bytes()), after: faults?.addition(at: now) ?? .zero)
  }

  private mutating func leave(at now: Instant, bytes: @autoclosure () -> Int) -> Instant {
    var left = now
    if let rate = link.rate {
      left = max(isFree, now) + .nanoseconds(Int64((Double(bytes()) * 8e9 / rate.value).rounded()))
      isFree = left
    }
    return left
  }
  private mutating func arrive(_ left: Instant, after delay: Duration) -> Instant {
    lastArrival = max(lastArrival, left + link.latency + delay)
    return lastArrival
  }
}
