import Glibc

/// A mean and its 95 % confidence interval from one long run: means over stretches of equally many tasks, corrected by
/// how far the gaps between arrivals were from their known mean (a control variate; its coefficient by regression).
struct BatchMeans {
  let mean: Double
  /// Half the interval's width.
  let halfWidth: Double

  /// At least 30 stretches, each much longer than the run remembers: the mean response and the mean gap in each.
  init(responses: [Double], gaps: [Double], meanGap: Double) {
    let count = Double(responses.count)
    precondition(responses.count == gaps.count && count >= 30)
    let (response, gap) = (responses.reduce(0, +) / count, gaps.reduce(0, +) / count)
    let pairs = zip(responses, gaps)
    let covariance = pairs.reduce(0) { $0 + ($1.0 - response) * ($1.1 - gap) }
    let slope = covariance / gaps.reduce(0) { $0 + ($1 - gap) * ($1 - gap) }
    mean = response - slope * (gap - meanGap)
    let residual = pairs.reduce(0) { sum, pair in
      let rest = pair.0 - response - slope * (pair.1 - gap)
      return sum + rest * rest
    }
    // Student's t with as many degrees of freedom as there are stretches, less two: 2.05 at 28, 1.97 at 200.
    let student = 1.96 + 2.5 / (count - 2)
    let spread = (gap - meanGap) * (gap - meanGap) / gaps.reduce(0) { $0 + ($1 - gap) * ($1 - gap) }
    halfWidth = student * (residual / (count - 2) * (1 / count + spread)).squareRoot()
  }
}
