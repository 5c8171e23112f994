public import EdgeModel
import Glibc
import Units

/// The instants at which one device's tasks arrive, in order.
public struct ArrivalProcess: Sendable {
  private enum Kind: Sendable {
    case periodic(next: Instant, period: Duration)
    case poisson(last: Instant, rate: Double, RandomStream)
    case replay([Instant], next: Int)
  }
  private var kind: Kind
  private let end: Instant

  /// `replayed` are the device's instants where `arrivals` is a replay, ascending. Nothing arrives at or after `end`.
  public init(_ arrivals: Arrivals, device: DeviceID, seed: UInt64, end: Instant, replayed: [Instant] = []) {
    var stream = RandomStream(seed: seed, device: device, purpose: "arrivals")
    switch arrivals {
    case .periodic(let period):
      // A phase of its own for each device: emulated devices are not synchronised.
      kind = .periodic(next: .start + period * stream.uniform(), period: period)
    case .poisson(let rate): kind = .poisson(last: .start, rate: rate, stream)
    case .replay: kind = .replay(replayed, next: 0)
    }
    self.end = end
  }

  /// The next arrival; nil when there is none before the end.
  public mutating func next() -> Instant? {
    guard let instant = draw(), instant < end else { return nil }
    return instant
  }

  private mutating func draw() -> Instant? {
    switch kind {
    case .periodic(let next, let period):
      kind = .periodic(next: next + period, period: period)
      return next
    case .poisson(let last, let rate, var stream):
      let next = Instant(seconds: last.inSeconds - log(1 - stream.uniform()) / rate)
      kind = .poisson(last: next, rate: rate, stream)
      return next
    case .replay(let instants, let next):
      guard next < instants.count else { return nil }
      kind = .replay(instants, next: next + 1)
      return instants[next]
    }
  }
}
