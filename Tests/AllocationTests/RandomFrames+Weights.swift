import Allocation
import EdgeModel
import Units

/// Weights and served shares of every kind that the objectives must cope with.
extension RandomFrames {
  enum Weights: CaseIterable {
    /// 1, 2 and 4.
    case priorityClasses
    /// All the same, and not 1.
    case equal
    /// Decimal fractions: a common measure only but for rounding.
    case decimals
    /// All different, within a factor of 10.
    case distinct
    /// From a thousandth to a million, some the same.
    case ordersOfMagnitude
    /// As much as the area: no task is better than another.
    case likeAreas
  }

  mutating func weighted(_ frame: FrameState, _ weights: Weights) -> FrameState {
    var copy = frame
    let same = uniform(0.5, 3)
    for index in copy.tasks.indices {
      switch weights {
      case .priorityClasses: copy.tasks[index].weight = [1, 2, 4][whole(0, 2)]
      case .equal: copy.tasks[index].weight = same
      case .decimals: copy.tasks[index].weight = Double(whole(1, 12)) * 0.1
      case .distinct: copy.tasks[index].weight = uniform(1, 10)
      case .ordersOfMagnitude: copy.tasks[index].weight = (0..<whole(0, 9)).reduce(0.001) { weight, _ in weight * 10 }
      case .likeAreas:
        copy.tasks[index].weight =
          copy.tasks[index].feature.value / copy.tasks[index].uplink.efficiency(over: copy.bandwidth.value) + 1
      }
    }
    return copy
  }

  /// What devices were served: whole numbers now and then, fractions, or nothing.
  mutating func served(_ frame: FrameState) -> FrameState {
    var copy = frame
    for index in copy.tasks.indices {
      copy.tasks[index].served = chance(0.3) ? 0 : chance(0.5) ? Double(whole(0, 20)) : uniform(0, 200)
    }
    return copy
  }
}
