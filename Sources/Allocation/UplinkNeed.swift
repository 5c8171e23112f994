public import EdgeModel
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension FrameTask.Uplink {
  /// What a hertz carries when `bandwidth` [Hz] is granted [bit/s/Hz]; O(1).
  ///
  /// With a fixed transmit power the efficiency falls as the bandwidth grows: r(w) = log2(1 + c / w).
  public func efficiency(over bandwidth: Double) -> Double {
    switch self {
    case .spectralEfficiency(let efficiency): efficiency
    case .signalToNoise(let ratio):
      // The quotient overflows where the bandwidth is next to nothing.
      (ratio / bandwidth).isFinite ? log1p(ratio / bandwidth) / log(2) : log2(ratio) - log2(bandwidth)
    }
  }
}

extension FrameTask {
  /// Area a = L / r [Hz·s]: the bandwidth-time this task's feature takes ("best channel" means least area).
  ///
  /// Infinite where the channel carries nothing, 0 for an empty feature. Policies that plan with a linear need ask for
  /// the efficiency over the whole `cell` [Hz]. Where the transmit power is fixed this is the least efficiency of any
  /// grant within the cell, so a need planned with it is never too small.
  public func area(inCell cell: Double) -> Double {
    guard feature.value > 0 else { return 0 }
    let efficiency = uplink.efficiency(over: cell)
    return efficiency > 0 ? feature.value / efficiency : .infinity
  }
}

extension FrameTask {
  /// Need w(time) [Hz]: the least bandwidth that carries this task's feature within `time` [s], in whole resource
  /// blocks where they are given; infinite where the whole cell does not, 0 for an empty feature.
  ///
  /// w·r(w) rises with w, so the least w is where w·r(w)·time = L. With a fixed transmit power that is never reached
  /// where c·log2(e)·time < L. Never above the cell; what it lacks of L by rounding is within `Tolerance`. As `time`
  /// grows the need falls, and so does w(time)·time: a narrower grant has the better efficiency. Blocks of less than
  /// `Tolerance.part` of the cell count as continuous. O(1), some logarithms.
  func need(within time: Double, inCell cell: Double, resourceBlock: Double? = nil) -> Double {
    guard feature.value > 0 else { return 0 }
    guard time > 0, carriesFeature(over: cell, within: time) else { return .infinity }
    let least = min(cell, max(.leastNormalMagnitude, continuousNeed(within: time, inCell: cell)))
    guard let block = resourceBlock, block >= Tolerance.part * cell else { return least }
    var count = (least / block).rounded(.up)
    while count > 1, carriesFeature(over: (count - 1) * block, within: time) { count -= 1 }
    while !carriesFeature(over: count * block, within: time) { count += 1 }
    return count * block <= cell * (1 + Tolerance.part) ? count * block : .infinity
  }

  private func carriesFeature(over bandwidth: Double, within time: Double) -> Bool {
    bandwidth * uplink.efficiency(over: bandwidth) * time * (1 + Tolerance.part) >= feature.value
  }

  private func continuousNeed(within time: Double, inCell cell: Double) -> Double {
    let need: Double =
      switch uplink {
      case .spectralEfficiency(let efficiency): feature.value / efficiency / time
      case .signalToNoise(let ratio): ratio / Self.excess(ofLoad: feature.value / time / ratio * log(2))
      }
    return need > 0 && carriesFeature(over: need, within: time) ? need : bisectedNeed(within: time, inCell: cell)
  }

  /// u = c / w > 0 with ln(1 + u) = k·u, for the load k = L·ln 2 / (c·time) in (0, 1).
  ///
  /// 1 + u = −W₋₁(−k·e^{−k}) / k. Begins at an upper bound of that branch of Lambert's W (Chatzigeorgiou, IEEE
  /// Communications Letters 17(8), 2013); from there Newton's steps fall to the root.
  private static func excess(ofLoad load: Double) -> Double {
    let distance = max(0, load - log(load) - 1)
    var excess = (1 + (2 * distance).squareRoot() + distance) / load - 1
    for _ in 0..<20 {
      let step = (log1p(excess) - load * excess) / (1 / (1 + excess) - load)
      guard step > 1e-15 * excess else { break }
      excess -= step
    }
    return excess
  }

  /// For amounts at the edge of what a `Double` holds, where the closed forms lose their digits.
  private func bisectedNeed(within time: Double, inCell cell: Double) -> Double {
    var (low, high) = (Double.leastNormalMagnitude, cell)
    for _ in 0..<200 where low < high {
      let middle = high / 4 > low ? low.squareRoot() * high.squareRoot() : low + (high - low) / 2
      if carriesFeature(over: middle, within: time) { high = middle } else { low = middle }
    }
    return high
  }
}
