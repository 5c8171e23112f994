import EdgeModel
import Nodes

/// A queue with one server that, whenever it is free, takes all who wait, at most `largest` of them, and serves them
/// together in αb + τ: the recursion, without any node. Times in nanoseconds.
struct TakeAllQueue {
  let alpha: Int64
  let tau: Int64
  let largest: Int
  private var waiting: [Int64] = []
  private var first = 0
  private var isFree: Int64 = 0

  init(alpha: Int64, tau: Int64, largest: Int = .max) {
    (self.alpha, self.tau, self.largest) = (alpha, tau, largest)
  }

  /// Responses (arrival to end of service) in the order of arrivals, as far as `arrivals`, which must be sorted, decides
  /// them: nobody can join a batch that starts before the next arrival. `report` gets each batch's start and size.
  mutating func serve(
    _ arrivals: () -> Int64?, _ response: (Int64) -> Void, batch report: (Int64, Int) -> Void = { _, _ in }
  ) {
    while let next = arrivals() {
      // Batches that start before `next` arrives; at one instant the arrival is served first.
      while let start, start < next { run(at: start, response, report) }
      waiting.append(next)
      // An idle server takes the first who comes, though another may come at the same instant.
      if isFree < next { run(at: next, response, report) }
    }
    while let start { run(at: start, response, report) }
  }
  private var start: Int64? { first < waiting.count ? max(isFree, waiting[first]) : nil }

  private mutating func run(at start: Int64, _ response: (Int64) -> Void, _ report: (Int64, Int) -> Void) {
    let size = min(largest, waiting.count - first)
    isFree = start + alpha * Int64(size) + tau
    for index in first..<first + size { response(isFree - waiting[index]) }
    report(start, size)
    first += size
    if first == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      first = 0
    }
  }
}
