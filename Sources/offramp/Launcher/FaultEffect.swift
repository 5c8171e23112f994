import EdgeModel

/// A planned fault, and when the launcher made it happen.
struct FaultEffect: Hashable {
  /// In the order of the topology.
  var fault: Int
  /// On the run's clock.
  var at: Instant
}
