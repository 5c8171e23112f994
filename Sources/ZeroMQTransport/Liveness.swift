/// Who is alive. Any message counts as life; a beat is sent where nothing else was.
struct Liveness<Peer: Hashable & Sendable>: Sendable {
  /// A beat this often [ns], and how long a silence is death: eight beats, because a busy or stolen machine may stop a
  /// healthy process for a second.
  static var beat: Int64 { 250_000_000 }
  static var patience: Int64 { 2_000_000_000 }

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
  /// A peer that has been silent too long, if there is one.
  func silent(at now: Int64) -> Peer? { heard.first { now - $0.value > Self.patience }?.key }
}
