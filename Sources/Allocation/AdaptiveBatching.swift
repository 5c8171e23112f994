public import EdgeModel
import Units

/// `adaptive-batching`: open plans whose batch limit and delay are set anew in each frame, from the arrivals forecast for it
/// and the backlog.
///
/// Offers per frame are forecast for each device group by Holt's linear method (a moving average of the level and one of
/// the trend, `Forecast`). What a worker must carry in the frame, its share of the forecast and its backlog, is its load.
/// The limit is the smallest batch that keeps up with the load, b / D(b) ≥ load / frame, since larger ones only make
/// tasks wait; where none keeps up, the one that carries most. D(b) is the time of a batch whose exits are distributed
/// as those of the tasks at hand. Batches too slow for the tightest task at hand are no choice. The delay is what the
/// load needs to fill the rest of a batch, but no more than that task can spare: min((b − backlog) · frame / load,
/// slack − D(b)), and none where the backlog fills a batch. A heuristic; O(K (log K + workers) + N·b + groups).
public struct AdaptiveBatching: AllocationPolicy {
  public static let name = "adaptive-batching"
  private let options: BatchingOptions
  public init(_ options: BatchingOptions = BatchingOptions()) { self.options = options }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    let forecast = max(
      Double(frame.tasks.count), frame.recentOffers.reduce(0) { $0 + Forecast(of: $1).next })
    return OpenPlans(policy: Self.name, frame: frame).allocate { worker, members in
      let share = forecast * Double(members.count) / Double(max(1, frame.tasks.count))
      return rule(worker, members, load: share + Double(worker.queue.backlog), frame)
    }
  }

  private func rule(
    _ worker: WorkerState, _ members: [OpenAllocation.Member], load: Double, _ frame: FrameState
  ) -> OpenRule {
    let most = min(worker.maxBatch ?? .max, worker.profile.largestBatch ?? .max, options.maxBatch ?? .max)
    let times = BatchTimes(worker.profile, exits: members.map(\.grant.exit), upTo: max(1, min(most, Self.mostTried)))
    let slack = members.map { $0.grant.completion - $0.grant.uploadEnd }.min() ?? .infinity
    let period = frame.length ?? slack
    let choices = (1...times.largest).filter { $0 == 1 || times.seconds($0) <= slack }
    let keepingUp = choices.first { Double($0) * period >= load * times.seconds($0) }
    let batch = keepingUp ?? choices.max { Double($0) / times.seconds($0) < Double($1) / times.seconds($1) } ?? 1
    let missing = Double(max(0, batch - worker.queue.backlog))
    let fill = load > 0 && period.isFinite ? missing * period / load : 0
    let delay = max(0, min(fill, slack - times.seconds(batch), Self.longestDelay))
    return OpenRule(maxBatch: batch, queueDelay: delay, timeout: options.timeout?.inSeconds)
  }

  private static let mostTried = 4096
  /// [s].
  private static let longestDelay = 3600.0
}

/// D(b) for batches whose exits are distributed as a sample's [s].
private struct BatchTimes {
  private let table: LatencyTable
  /// Share of tasks that run block n, at index n − 1.
  private let shares: [Double]

  init(_ profile: LatencyProfile, exits: [Int], upTo size: Int) {
    table = LatencyTable(profile, upTo: size)
    let count = table.blockCount
    shares = (1...count).map { block in
      exits.isEmpty ? 1 : Double(exits.count { $0 >= block }) / Double(exits.count)
    }
  }
  var largest: Int { max(1, table.largestBatch) }
  func seconds(_ size: Int) -> Double {
    shares.enumerated().reduce(0) { sum, share in
      sum + table.seconds(block: share.offset + 1, size: Int((share.element * Double(size)).rounded(.up)))
    }
  }
}
