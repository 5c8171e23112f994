import EdgeModel
import Units

/// One direction of the link between two nodes: messages leave one after the other, each as long as its bits take, and
/// arrive a latency later. None overtakes another, though the link may change in between.
struct LinkQueue {
  var link: SimulatedLink
  /// When the last bit of all that was sent has left.
  private var isFree = Instant.start
  private var lastArrival = Instant.start

  init(_ link: SimulatedLink) { self.link = link }

  /// When a message sent `now` is there; `bytes` is asked for only where the link has a rate. `now` never goes back from
  /// one call to the next. O(1).
  mutating func send(at now: Instant, bytes: @autoclosure () -> Int) -> Instant {
    var left = now
    if let rate = link.rate {
      left = max(isFree, now) + .nanoseconds(Int64((Double(bytes()) * 8e9 / rate.value).rounded()))
      isFree = left
    }
    lastArrival = max(lastArrival, left + link.latency)
    return lastArrival
  }
}
