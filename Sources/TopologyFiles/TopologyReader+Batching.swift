import Allocation
import EdgeModel
import Units

/// What a policy with open plans may be told.
extension TopologyReader {
  static let batchingKeys = ["max_batch", "queue_delay", "queue_timeout"]

  /// - Parameter name: of the policy, nil where it could not be read.
  func readBatching(_ policy: MappingReader, of name: String?) -> BatchingOptions? {
    let open = PolicyCatalog.entries.filter(\.hasOpenPlans).map(\.name)
    if let name, !open.contains(name), let key = Self.batchingKeys.first(where: policy.has) {
      problems.report(
        "'\(key)' is for policies with open plans, not for \(name)", at: policy.place(of: key),
        remedy: "remove it or choose one of \(open.joined(separator: ", "))")
      return nil
    }
    var options = BatchingOptions()
    var isWhole = true
    if policy.has("max_batch") {
      options.maxBatch = policy.whole("max_batch", FieldBounds.maxBatch, example: "16")
      isWhole = options.maxBatch != nil
    }
    if policy.has("queue_timeout") {
      options.timeout = policy.amount(
        "queue_timeout", FieldBounds.queueing, example: "100 ms", Duration.init(text:))
      isWhole = isWhole && options.timeout != nil
    }
    guard
      let delay = policy.amount(
        "queue_delay", standard: options.queueDelay, FieldBounds.queueing, example: "5 ms", Duration.init(text:)),
      isWhole
    else { return nil }
    options.queueDelay = delay
    return options
  }
}
