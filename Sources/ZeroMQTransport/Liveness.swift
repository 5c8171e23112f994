import Nodes
import Units

/// Who is alive, by the rules of `PeerLiveness`.
struct Liveness<Peer: Hashable & Sendable>: Sendable {
  static var beat: Int64 { PeerLiveness.beat.inNanoseconds }
  static var patience: Int64 { PeerLiveness.patience.inNanoseconds }

  private var heard: [Peer: Int64] = [:]
  private(set) var nextBeat: Int64

  init(now: Int64) { nextBeat = now + Self.beat }

  mutating func hear(_ peer: Peer, at now: Int64) { heard[peer] = now }
  mutating func forget(_ peer: Peer) { heard[peer] = nil }
  /// Whether it is time to beat and to look who is silent.
  mutating func isDue(at now: Int64) -> Bool {
    guard now >= nextBeat else { return false }
    // A process that was stopped itself hears nothing meanwhile: it must not bury its peers for that.
    if now - nextBeat > Self.beat { for peer in heard.keys { heard[peer] = now } }
    nextBeat = now + Self.beat
    return true
  }
  /// The peer that has been silent longest, where that is too long.
  func silent(at now: Int64, for patience: Int64 = Self.patience) -> Peer? {
    guard let (peer, last) = heard.min(by: { $0.value < $1.value }), now - last > patience else { return nil }
    return peer
  }
}
