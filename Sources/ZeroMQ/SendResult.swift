/// What became of a message. In every case the caller still has it.
public enum SendResult: Sendable, Hashable {
  /// libzmq has it, whole. That is no promise that the peer will: it may go before it reads.
  case sent
  /// Nothing was sent: the peer's queue is at the high-water mark, or there is no peer yet.
  case wouldBlock
  /// Nothing was sent: a ROUTER knows no peer of this routing id, or it has gone.
  case unroutable
}
