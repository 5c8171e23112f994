/// The bound of a node: the least t at which a set below it can reach the target. `WeightedExitTree` proves it.
extension WeightedExitTree {
  /// The least t at which the node's relaxation reaches the target; nil where it never does.
  mutating func relax(fixed: Int, remaining: Int, from parentEnd: Double) -> Double? {
    var end = parentEnd
    var rounds = 0
    while true {
      guard countEligible(fixed: fixed, remaining: remaining, end: end) else { return nil }
      relaxation = relaxArea(fixed: fixed, end: end)
      switch relaxation {
      case .empty: return nil
      case .fits, .fractional:
        noteSplit(fixed: fixed)
        return end
      case .needs(let areaSum):
        end = max(end, problem.uploadEnd(areaSum: areaSum, largestArea: 0, count: 0))
        guard end <= problem.window.latestEnd else { return nil }
        rounds += 1
        guard rounds >= Self.mostRounds, fixed < blockCount else { continue }
        noteSplit(fixed: fixed)
        return end
      }
    }
  }

  mutating func noteSplit(fixed: Int) {
    guard fixed < blockCount else { return }
    let row = fixed * (blockCount + 1)
    for exit in 0..<(blockCount + 1) { taken[row + exit] = 0 }
    for index in 0..<classCount where exitOfClass[index] > fixed { taken[row + exitOfClass[index]] += rows[1][index] }
  }

  /// Counts the eligible candidates of each open exit, and bounds its latency by what must still be in the batch there
  /// (see `ExitTree.countEligible`); false where they are too few in all.
  mutating func countEligible(fixed: Int, remaining: Int, end: Double) -> Bool {
    var entering = remaining
    let row = fixed * (blockCount + 1)
    for exit in (fixed + 1)..<max(fixed + 1, blockCount + 1) {
      depth[exit] = depth[exit - 1] + seconds[max(1, entering) * blockCount + exit - 1]
      var count = 0
      var position = exitStart[exit]
      while count < remaining, position < exitStart[exit + 1] {
        if exitLatest[position] >= end + depth[exit] { count += 1 }
        position += 1
      }
      eligible[row + exit] = count
      entering -= count
    }
    for exit in 1..<(blockCount + 1) { reach[exit] = end + depth[exit] }
    return entering <= 0
  }

  /// The least area with which the candidates eligible at t = `end` reach the target.
  mutating func relaxArea(fixed: Int, end: Double) -> Relaxation {
    guard select(byArea, fixed: fixed) else { return .empty }
    if weightMade >= target {
      keepRow(above: true)
      return isUploaded(areaAbove, by: end) ? .fits : .needs(areaAbove)
    }
    // The least areas are too light: whatever reaches the target needs more.
    guard isUploaded(areaMade, by: end) else { return .needs(areaMade) }
    keepRow(above: false)
    var hasAbove = false
    if price > 0 {
      selectAtPrice(fixed: fixed)
      let bound = bound(areaMade, weightMade)
      guard isUploaded(bound, by: end) else { return .needs(bound) }
      hasAbove = weightMade >= target
      keepRow(above: hasAbove)
      if hasAbove, isUploaded(areaAbove, by: end) { return .fits }
    }
    if !hasAbove {
      _ = select(byWeight, fixed: fixed)
      guard weightMade >= target else { return .empty }
      keepRow(above: true)
      if isUploaded(areaAbove, by: end) { return .fits }
    }
    for _ in 0..<Self.mostPrices {
      price = (areaAbove - areaBelow) / (weightAbove - weightBelow)
      selectAtPrice(fixed: fixed)
      let bound = bound(areaMade, weightMade)
      guard isUploaded(bound, by: end) else { return .needs(bound) }
      // Nothing is cheaper at the two sets' own price: the maximum.
      let gain = areaBelow - price * weightBelow - (areaMade - price * weightMade)
      guard gain > 1e-14 * (areaAbove + price * weightAbove) else { break }
      let isAbove = weightMade >= target
      keepRow(above: isAbove)
      if isAbove, isUploaded(areaAbove, by: end) { return .fits }
    }
    return .fractional((target - weightBelow) / (weightAbove - weightBelow))
  }

  func isUploaded(_ areaSum: Double, by end: Double) -> Bool {
    problem.uploadEnd(areaSum: areaSum, largestArea: 0, count: 0) <= end
  }

  /// g(μ) of the selection made at the price μ, less what rounding may have added.
  func bound(_ areaSum: Double, _ weightSum: Double) -> Double {
    let magnitude = areaSum + price * (weightSum + target)
    return areaSum + price * (target - weightSum) - 4e-16 * Double(ranks.count + 8) * magnitude
  }

  mutating func keepRow(above: Bool) {
    rows.swapAt(above ? 1 : 0, 2)
    if above {
      (areaAbove, weightAbove) = (areaMade, weightMade)
    } else {
      (areaBelow, weightBelow) = (areaMade, weightMade)
    }
  }

  mutating func selectAtPrice(fixed: Int) {
    for index in area.indices { key[index] = area[index] - price * weight[index] }
    // Prices move little from node to node, so the order is nearly right: sorting by insertion; before it, where there
    // are many, in Shell's strides.
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
    _ = select(byPrice, fixed: fixed)
  }

  func isDearer(_ one: Int, _ other: Int) -> Bool {
    key[one] != key[other] ? key[one] > key[other] : one > other
  }

  /// Takes the first eligible candidates in `order` that the node's numbers allow; false where they are too few.
  mutating func select(_ order: [Int], fixed: Int) -> Bool {
    var left = 0
    for exit in 0..<(blockCount + 1) {
      missing[exit] = free[exit]
      left += free[exit]
      // More must be of some classes than leave there.
      guard free[exit] >= 0 else { return false }
    }
    for index in 0..<classCount {
      rows[2][index] = 0
      left += least[index]
    }
    (areaMade, weightMade) = (0, 0)
    for index in order {
      guard left > 0 else { break }
      let exit = exit[index]
      guard latest[index] >= reach[exit] else { continue }
      let own = classOf[index]
      let number = rows[2][own]
      if number >= least[own] {
        let group = exit <= fixed ? exit : 0
        guard missing[group] > 0, number < most[own] else { continue }
        missing[group] -= 1
      }
      rows[2][own] = number + 1
      areaMade += area[index]
      weightMade += weight[index]
      left -= 1
    }
    return left == 0
  }
}
