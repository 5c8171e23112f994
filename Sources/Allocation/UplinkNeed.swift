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
    case .signalToNoise(let ratio): log1p(ratio / bandwidth) / log(2)
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
