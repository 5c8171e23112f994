import Glibc

/// Calls of malloc and its kin on this thread, where Scripts/bench/count-allocations.c is preloaded.
enum Allocations {
  private typealias Count = @convention(c) () -> UInt64
  private static let counter: Count? = dlsym(nil, "offramp_allocations").map { unsafeBitCast($0, to: Count.self) }

  static var areCounted: Bool { counter != nil }
  /// How many `body` makes.
  static func count<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> Double {
    let before = counter?() ?? 0
    try body()
    return Double((counter?() ?? 0) - before)
  }
}
