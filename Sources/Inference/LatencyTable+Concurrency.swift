public import EdgeModel
import PlainJSON

/// The optional member `concurrency` of a table: [{"instances": 2, "blocks": […]}, …], the blocks as the table's own, or
/// {"instances": 2, "slowdown": 1.6} for all of them alike; in the order of the numbers.
extension LatencyTable {
  /// Latencies with several instances at work.
  public struct Concurrency: Hashable, Sendable {
    /// At work together; at least 2.
    public var instances: Int
    /// Of each of them.
    public var profile: LatencyProfile
    public init(instances: Int, profile: LatencyProfile) {
      self.instances = instances
      self.profile = profile
    }
  }
  static let mostInstances = 64
  private static let largestSlowdown = 1e3

  /// Instances that the table covers; at least 1.
  public var largestConcurrency: Int { concurrency.last?.instances ?? 1 }

  /// Latencies with 1, 2, … `instances` ≤ `largestConcurrency` at work. Of a number that is not there the next greater
  /// one's, which is on the safe side.
  public func profiles(upTo instances: Int) -> [LatencyProfile] {
    precondition((1...largestConcurrency).contains(instances), "the table does not cover so many instances")
    return (1...instances).map { count in
      count == 1 ? profile : concurrency.first { $0.instances >= count }?.profile ?? profile
    }
  }

  /// As full tables, and no shorter with more instances than with fewer.
  static func rising(
    _ concurrency: [Concurrency], from alone: LatencyProfile, upTo largestBatch: Int
  ) -> [Concurrency] {
    var last = alone
    return concurrency.map { entry in
      last = last.slower(tables(of: entry.profile, upTo: largestBatch), upTo: largestBatch)
      return Concurrency(instances: entry.instances, profile: last)
    }
  }

  static func concurrency(
    of root: JSONField, alone: LatencyProfile, largest: Int
  ) throws(EngineError) -> [Concurrency] {
    guard let list = root.optional("concurrency") else { return [] }
    var entries: [Concurrency] = []
    for field in try list.elements() {
      let instances = try field.member("instances").integer(in: 2...mostInstances)
      guard instances > entries.last?.instances ?? 1 else {
        throw field.failure("\(instances) instances are not more than those before", "write the numbers in order")
      }
      let profile =
        field.optional("slowdown") == nil
        ? try blocks(of: field, as: alone, largest: largest)
        : alone.slowed(by: try field.member("slowdown").number(in: 1...largestSlowdown), upTo: largest)
      entries.append(Concurrency(instances: instances, profile: profile))
    }
    return entries
  }

  private static func blocks(
    of field: JSONField, as alone: LatencyProfile, largest: Int
  ) throws(EngineError) -> LatencyProfile {
    let list = try field.member("blocks")
    var blocks: [BlockProfile] = []
    for block in try list.elements() { blocks.append(try self.block(block, largest: largest)) }
    guard blocks.count == alone.blocks.count else {
      throw list.failure("\(blocks.count) blocks, the table has \(alone.blocks.count)", "give each block once")
    }
    return LatencyProfile(blocks: blocks)
  }

  func json(of entry: Concurrency) -> JSON {
    .object([
      JSON.Member("instances", .integer(Int64(entry.instances))),
      JSON.Member("blocks", .array(entry.profile.blocks.map { json(of: $0) })),
    ])
  }
}

extension LatencyProfile {
  fileprivate func slowed(by factor: Double, upTo largest: Int) -> LatencyProfile {
    func slowed(_ curve: LatencyCurve) -> LatencyCurve { .table((1...largest).map { curve.seconds($0) * factor }) }
    return LatencyProfile(
      blocks: blocks.map {
        BlockProfile(latency: slowed($0.latency), head: slowed($0.head), accuracy: $0.accuracy)
      })
  }
}
