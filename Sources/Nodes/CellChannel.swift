public import EdgeModel
import Glibc
import Units

/// Every device's channel in every frame, by name of device and frame alone: asking twice, or in another order, gives the
/// same answer, and a device more changes no other device's channel.
public struct CellChannel: Sendable {
  private struct DeviceChannel: Sendable {
    /// Mean SNR over the cell's bandwidth, linear; nil where a trace gives it.
    var mean: Double
    var fading: ChannelModel.Fading
    /// SNR per frame [dB]; empty without a trace.
    var trace: [Double]
  }
  private let seed: UInt64
  private var devices: [DeviceChannel] = []

  /// `traces[device]` is the SNR per frame [dB] of a device whose group has a trace.
  public init(cell: Cell, groups: [DeviceGroup], seed: UInt64, traces: [DeviceID: [Double]] = [:]) {
    self.seed = seed
    for group in groups {
      for number in group.devices {
        let device = DeviceID(number)
        let mean = Self.meanSNR(of: device, in: group, cell: cell, seed: seed)
        let fading = traces[device] == nil ? group.channel.fading : .none
        devices.append(DeviceChannel(mean: mean, fading: fading, trace: traces[device] ?? []))
      }
    }
  }

  /// Linear SNR of `device` in `frame`, over the cell's bandwidth.
  public func snr(of device: DeviceID, in frame: FrameID) -> Double {
    let channel = devices[device.number]
    if !channel.trace.isEmpty { return pow(10, channel.trace[frame.number % channel.trace.count] / 10) }
    switch channel.fading {
    case .none: return channel.mean
    case .rayleigh:
      var stream = RandomStream(seed: seed, device: device, purpose: "fading", index: frame.number)
      return channel.mean * -log(1 - stream.uniform())
    }
  }

  /// r = log2(1 + SNR) [bit/s/Hz].
  public func spectralEfficiency(of device: DeviceID, in frame: FrameID) -> Double {
    log2(1 + snr(of: device, in: frame))
  }

  private static func meanSNR(of device: DeviceID, in group: DeviceGroup, cell: Cell, seed: UInt64) -> Double {
    var stream = RandomStream(seed: seed, device: device, purpose: "place")
    switch group.channel.mean {
    case .snr(let from, let to): return pow(10, (from.value + (to.value - from.value) * stream.uniform()) / 10)
    case .distance(let from, let to, let pathLoss):
      // Uniform over the ring's area: the square of the distance is uniform.
      let square = from.value * from.value + (to.value * to.value - from.value * from.value) * stream.uniform()
      let received =
        10 * log10(group.transmitPower.value * 1e3)
        - pathLoss.decibels(distance: square.squareRoot(), carrier: cell.carrier.value)
      let noise = cell.noiseDensity + 10 * log10(cell.bandwidth.value)
      return pow(10, (received - noise) / 10)
    case .trace: return 1
    }
  }
}

extension PathLoss {
  /// Loss [dB] at `distance` [m], at least 1 m, on `carrier` [Hz].
  public func decibels(distance: Double, carrier: Double) -> Double {
    let metres = max(distance, 1)
    switch self {
    case .macro: return 128.1 + 37.6 * log10(metres / 1000)
    case .urbanMicro: return 22.4 + 35.3 * log10(metres) + 21.3 * log10(carrier / 1e9)
    }
  }
}
