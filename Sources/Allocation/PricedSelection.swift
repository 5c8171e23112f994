/// Takes the sets of given numbers that cost least, Σ (a − μ w), for any price μ of weight: one pass over the candidates
/// in the order of a − μ w. What `WeightedExitTree` bounds with; it allocates nothing once it is set up.
///
/// Candidates of one exit and one weight are a class; a set has from `least` to `most` of each.
struct PricedSelection {
  /// Of the candidates that matter, best channel first.
  let area: [Double]
  let weight: [Double]
  let latest: [Double]
  let exit: [Int]
  let classOf: [Int]
  let exitOfClass: [Int]
  private let byArea: [Int]
  private let byWeight: [Int]

  /// The first exit whose number is not fixed.
  var openFrom = 1
  /// How many of each fixed exit, and at 0 of the open ones together, beyond what classes must have.
  var free: [Int]
  /// t + D_e: what `latest` must reach.
  var reach: [Double]
  /// Between how many of each class.
  var least: [Int]
  var most: [Int]

  /// How many of each class the last set has, and its sums.
  var taken: [Int]
  private(set) var areaSum = 0.0
  private(set) var weightSum = 0.0

  /// By a − μ w for the last μ.
  private var byPrice: [Int]
  private var key: [Double]
  private var missing: [Int]

  /// O(K log K).
  init(_ weighted: WeightedProblem) {
    let (ranks, candidates) = (weighted.ranks, weighted.problem.candidates)
    let (weights, exits) = (ranks.map { weighted.weights[$0] }, ranks.map { candidates[$0].exit })
    area = ranks.map { candidates[$0].area }
    weight = weights
    latest = ranks.map { candidates[$0].latest }
    exit = exits
    byArea = Array(ranks.indices)
    byWeight = ranks.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }
    byPrice = byArea
    key = area

    let byClass = ranks.indices.sorted { (exits[$0], weights[$1], $0) < (exits[$1], weights[$0], $1) }
    var (classes, exitsOfClasses) = (Array(repeating: 0, count: ranks.count), [Int]())
    for (position, index) in byClass.enumerated() {
      let before = byClass[max(0, position - 1)]
      if position == 0 || exits[before] != exits[index] || weights[before] != weights[index] {
        exitsOfClasses.append(exits[index])
      }
      classes[index] = exitsOfClasses.count - 1
    }
    classOf = classes
    exitOfClass = exitsOfClasses
    taken = Array(repeating: 0, count: exitsOfClasses.count)
    least = taken
    most = Array(repeating: .max, count: exitsOfClasses.count)
    free = Array(repeating: 0, count: weighted.problem.window.blockCount + 1)
    missing = free
    reach = Array(repeating: 0, count: free.count)
  }

  var classCount: Int { exitOfClass.count }

  /// μ = 0; false where the eligible candidates are too few for the numbers, at any price. O(K).
  mutating func takeLeastAreas() -> Bool { take(byArea) }

  /// μ → ∞. O(K).
  mutating func takeGreatestWeights() { _ = take(byWeight) }

  /// O(K) where the order of the last price is nearly right.
  mutating func take(price: Double) {
    for index in area.indices { key[index] = area[index] - price * weight[index] }
    sortByKey()
    _ = take(byPrice)
  }

  /// The members of a set that the last `reach` allows: of each class the least areas.
  func members(of numbers: [Int]) -> [Int] {
    var left = numbers
    return byArea.filter { index in
      guard left[classOf[index]] > 0, latest[index] >= reach[exit[index]] else { return false }
      left[classOf[index]] -= 1
      return true
    }
  }

  /// Prices move little from node to node, so the order is nearly right: sorting by insertion; before it, where there
  /// are many, in Shell's strides.
  private mutating func sortByKey() {
    var stride = 1
    while stride * 256 < byPrice.count { stride = 3 * stride + 1 }
    while stride > 0 {
      for position in byPrice.indices.dropFirst(stride) {
        let index = byPrice[position]
        var place = position
        while place >= stride, isDearer(byPrice[place - stride], index) {
          byPrice[place] = byPrice[place - stride]
          place -= stride
        }
        byPrice[place] = index
      }
      stride /= 3
    }
  }
  private func isDearer(_ one: Int, _ other: Int) -> Bool {
    key[one] != key[other] ? key[one] > key[other] : one > other
  }

  /// The first eligible candidates in `order` that the numbers allow; false where they are too few.
  private mutating func take(_ order: [Int]) -> Bool {
    var left = 0
    for exit in free.indices {
      // More must be of some classes than leave there.
      guard free[exit] >= 0 else { return false }
      missing[exit] = free[exit]
      left += free[exit]
    }
    for index in taken.indices {
      taken[index] = 0
      left += least[index]
    }
    (areaSum, weightSum) = (0, 0)
    for index in order {
      guard left > 0 else { break }
      let exit = exit[index]
      guard latest[index] >= reach[exit] else { continue }
      let own = classOf[index]
      let number = taken[own]
      if number >= least[own] {
        let group = exit < openFrom ? exit : 0
        guard missing[group] > 0, number < most[own] else { continue }
        missing[group] -= 1
      }
      taken[own] = number + 1
      areaSum += area[index]
      weightSum += weight[index]
      left -= 1
    }
    return left == 0
  }
}
