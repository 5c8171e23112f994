public import EdgeModel
import Glibc
import Synchronization

extension EngineMeasurement {
  /// Measures `count` instances while all of them are at work, each on a thread of its own: the 99th percentiles of the
  /// slowest of them at each batch size, non-decreasing.
  ///
  /// `engine` gives each instance its engine. No sample is taken before all of them are warm, and none beside one that is
  /// through: whoever is goes on for nobody until the last one is. Takes as long as the slowest takes beside the others.
  public func run<Engine: InferenceEngine & ~Copyable>(
    together count: Int, largestBatch: Int, features: [FeatureBuffer],
    engine: @escaping @Sendable (Int) throws(EngineError) -> Engine
  ) throws(EngineError) -> LatencyProfile {
    precondition(count >= 1)
    let results = Mutex<[Result<LatencyProfile, EngineError>]>([])
    let all = Together(count: count)
    runTogether(count, notBegun: { _ in all.giveUpOne() }) { index in
      let result = Result { () throws(EngineError) in
        var engine = try engine(index)
        return try run(&engine, largestBatch: largestBatch, features: features, beside: all).p99
      }
      if case .failure = result { all.giveUpOne() }
      results.withLock { $0.append(result) }
    }
    var profiles: [LatencyProfile] = []
    for result in results.withLock({ $0 }) { profiles.append(try result.get()) }
    guard profiles.count == count, let first = profiles.first else {
      throw EngineError("the system has no thread for \(count) instances", remedy: "use fewer instances")
    }
    return profiles.dropFirst().reduce(first) { $0.slower($1, upTo: largestBatch) }
  }
}

extension LatencyProfile {
  /// The greater latency at each batch size, as tables.
  func slower(_ other: LatencyProfile, upTo largest: Int) -> LatencyProfile {
    func slower(_ one: LatencyCurve, _ other: LatencyCurve) -> LatencyCurve {
      .table((1...largest).map { max(one.seconds($0), other.seconds($0)) })
    }
    return LatencyProfile(
      blocks: zip(blocks, other.blocks).map { one, other in
        BlockProfile(
          latency: slower(one.latency, other.latency), head: slower(one.head, other.head), accuracy: one.accuracy)
      })
  }
}

/// Runs `body` for 0..<count at the same time, each on a thread of its own, and waits for all. Where the system has no
/// thread left, the rest does not run, which `notBegun` hears of.
public func runTogether(
  _ count: Int, notBegun: (Int) -> Void = { _ in }, _ body: @escaping @Sendable (Int) -> Void
) {
  final class Start: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var threads: [pthread_t] = []
  for index in 0..<count {
    let start = Unmanaged.passRetained(Start { body(index) })
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, start.toOpaque())
    if code == 0 {
      threads.append(thread)
    } else {
      start.release()
      notBegun(index)
    }
  }
  for thread in threads { pthread_join(thread, nil) }
}
