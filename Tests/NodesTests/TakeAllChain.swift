import Glibc

/// The mean response of take-all batching with Poisson arrivals: batch sizes are a Markov chain, since who arrives during
/// a service of αb + τ is the next batch, and if nobody does, the next one has the one task that comes first.
struct TakeAllChain {
  /// Stationary probability of each batch size, size 1 first.
  let sizes: [Double]
  private let rate: Double
  private let alpha: Double
  private let tau: Double

  /// `rate`·`alpha` < 1. Sizes beyond the mean plus 12 standard deviations are left out: their probability is below 1e-12.
  ///
  /// O(sizes³): the stationary distribution by Grassmann, Taksar and Heyman's elimination, which subtracts nothing.
  init(rate: Double, alpha: Double, tau: Double) {
    (self.rate, self.alpha, self.tau) = (rate, alpha, tau)
    let load = rate * alpha
    let mean = (rate * tau + 1) / (1 - load)
    let count = Int(mean + 12 * (mean / (1 - load * load)).squareRoot()) + 10
    var matrix: [[Double]] = []
    for size in 1...count { matrix.append(Self.next(after: rate * (alpha * Double(size) + tau), count: count)) }
    sizes = Self.stationary(&matrix)
  }

  /// Poisson probabilities of 1...count, that of 0 added to 1, that of more to `count`.
  private static func next(after mean: Double, count: Int) -> [Double] {
    var row = (1...count).map { exp(Double($0) * log(mean) - mean - lgamma(Double($0) + 1)) }
    row[0] += exp(-mean)
    row[count - 1] += max(0, 1 - row.reduce(0, +))
    return row
  }

  private static func stationary(_ matrix: inout [[Double]]) -> [Double] {
    let count = matrix.count
    for last in stride(from: count - 1, to: 0, by: -1) {
      let out = matrix[last][..<last].reduce(0, +)
      let row = matrix[last]
      for from in 0..<last where matrix[from][last] > 0 {
        matrix[from][last] /= out
        let share = matrix[from][last]
        matrix[from].withUnsafeMutableBufferPointer { target in
          row.withUnsafeBufferPointer { source in
            for to in 0..<last { target[to] += share * source[to] }
          }
        }
      }
    }
    var result = [1.0]
    for state in 1..<count { result.append((0..<state).reduce(0) { $0 + result[$1] * matrix[$1][state] }) }
    let sum = result.reduce(0, +)
    return result.map { $0 / sum }
  }

  /// Mean time from arrival to the end of service, over tasks. Who arrives in a service of s waits s/2 in the mean, then
  /// for its own batch; who finds the server idle is served alone.
  var meanResponse: Double {
    var (response, tasks) = (0.0, 0.0)
    for (index, share) in sizes.enumerated() {
      let service = alpha * Double(index + 1) + tau
      let mean = rate * service
      response += share * (mean * service / 2 + alpha * (mean + mean * mean) + tau * mean + exp(-mean) * (alpha + tau))
      tasks += share * (mean + exp(-mean))
    }
    return response / tasks
  }

  /// 1.5τ/(1 − λα) + (α/2)(λα + 2)/(1 − λ²α²), an upper bound.
  var bound: Double {
    let load = rate * alpha
    return 1.5 * tau / (1 - load) + alpha / 2 * (load + 2) / (1 - load * load)
  }
}
