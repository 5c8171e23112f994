/// What can be said of an endpoint's text without opening it.
enum Endpoint {
  /// `endpoint` as a peer reaches it that knows the same host as `known`: a bound wildcard address is replaced.
  static func reachable(_ endpoint: String, via known: String) -> String {
    guard isWildcard(endpoint), let port = endpoint.split(separator: ":").last,
      let end = known.lastIndex(of: ":")
    else { return endpoint }
    return "\(known[..<end]):\(port)"
  }
  static func isWildcard(_ endpoint: String) -> Bool {
    endpoint.hasPrefix("tcp://0.0.0.0:") || endpoint.hasPrefix("tcp://*:") || endpoint.hasPrefix("tcp://[::]:")
  }
}
