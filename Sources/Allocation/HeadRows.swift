public import EdgeModel

/// On which rows of a batch a plan reckons that exit heads run.
public enum HeadRows: Hashable, Sendable {
  /// On all that enter the block: the envelope that holds whatever exit rule tasks have.
  case entering
  /// On those that leave there. This is what `BatchExecutor` does while exits are assigned; by confidence the head is
  /// asked for every row that may leave.
  case leaving
}

extension LatencyProfile {
  /// The same profile with each head's time in its block's, as if heads ran on every row that enters.
  ///
  /// For frames with tasks that may leave by confidence: no plan can then count on heads that run on leavers alone.
  public var withHeadsInBlocks: LatencyProfile {
    LatencyProfile(
      blocks: blocks.map { block in
        BlockProfile(latency: Self.sum(block.latency, block.head), accuracy: block.accuracy)
      })
  }

  private static func sum(_ body: LatencyCurve, _ head: LatencyCurve) -> LatencyCurve {
    switch (body, head) {
    case (.linear(let alpha, let beta), .linear(let headAlpha, let headBeta)):
      return .linear(alpha: alpha + headAlpha, beta: beta + headBeta)
    default:
      let largest = min(body.largestBatch ?? .max, head.largestBatch ?? .max)
      return .table(zip(body.monotoneTable(upTo: largest), head.monotoneTable(upTo: largest)).map(+))
    }
  }
}
