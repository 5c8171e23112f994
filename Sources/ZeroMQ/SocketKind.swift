import CZeroMQ

/// The kinds that never throw a message away at the high-water mark, which PUB and SUB would.
public enum SocketKind: Sendable, Hashable {
  /// Talks to one ROUTER, or to several in turn.
  case dealer
  /// Talks to many peers; a message's first part is the peer's routing id.
  case router
  /// One peer, both ways.
  case pair
  case push
  case pull
  /// Asks a REP, one question at a time, and never hears the answer to an earlier one: asking again gives up the last
  /// question, and answers carry the number of theirs.
  case req
  /// Answers REQs: `receive`, then `send`, by turns. The other order is an error.
  case rep

  var code: Int32 {
    switch self {
    case .dealer: ZMQ_DEALER
    case .router: ZMQ_ROUTER
    case .pair: ZMQ_PAIR
    case .push: ZMQ_PUSH
    case .pull: ZMQ_PULL
    case .req: ZMQ_REQ
    case .rep: ZMQ_REP
    }
  }
}
