/// The policy that is no function of ours: a scheduler of the user's own, in a process of its own, asked once per frame.
///
/// It has no entry in `PolicyCatalog.entries`, since what those make is pure and this waits for a socket. Who can ask it
/// is `ZeroMQTransport.ExternalScheduler`.
public enum ExternalPolicy {
  public static let name = "external"
  public static let objective = "whatever the user's scheduler does"
  /// Nobody can know, so nothing is claimed.
  public static let exactness = PolicyEntry.Exactness.heuristic
  public static let complexity = "the user's; its answer must be here by half the lead"
  public static let reference = "Docs/Policies.md, \"Your own scheduler\""
}

extension PolicyCatalog {
  /// Every name that a topology, or `--policy`, may say.
  public static var names: [String] { entries.map(\.name) + [ExternalPolicy.name] }
}
