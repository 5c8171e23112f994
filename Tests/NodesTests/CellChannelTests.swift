import EdgeModel
import Glibc
import Nodes
import Testing
import Units

struct CellChannelTests {
  private let cell = Cell(bandwidth: Hertz(20e6), carrier: Hertz(2e9), noiseDensity: -169)
  private func group(_ channel: ChannelModel, first: Int = 0, count: Int = 1, power: Double = 0.2) -> DeviceGroup {
    DeviceGroup(
      name: "g", firstDevice: DeviceID(first), count: count, requiredAccuracy: 0.9, deadline: .milliseconds(100),
      arrivals: .poisson(rate: 1), channel: channel, transmitPower: Watts(power))
  }
  private func decibels(_ ratio: Double) -> Double { 10 * log10(ratio) }

  /// By hand: log10(0.5) = −0.30103, log10(3.5) = 0.544068, log10(28) = 1.447158.
  @Test func pathLossIsThatOf3GPP() {
    let macro: [(Double, Double)] = [(1000, 128.1), (500, 116.7813), (100, 90.5), (10_000, 165.7)]
    for (distance, loss) in macro {
      #expect(abs(PathLoss.macro.decibels(distance: distance, carrier: 2e9) - loss) < 1e-4)
    }
    let micro: [(Double, Double, Double)] = [(100, 3.5e9, 104.58865), (10, 28e9, 88.52447), (1, 1e9, 22.4)]
    for (distance, carrier, loss) in micro {
      #expect(abs(PathLoss.urbanMicro.decibels(distance: distance, carrier: carrier) - loss) < 1e-4)
    }
    // At least a metre.
    #expect(PathLoss.macro.decibels(distance: 0, carrier: 2e9) == PathLoss.macro.decibels(distance: 1, carrier: 2e9))
  }

  /// 0.2 W are 23.0103 dBm; 116.7813 dB are lost over 500 m; noise is −169 + 73.0103 dBm: 2.2187 dB.
  @Test func linkBudgetAtAFixedDistance() {
    let fixed = ChannelModel(.distance(from: Metres(500), to: Metres(500), pathLoss: .macro), fading: .none)
    let channel = CellChannel(cell: cell, groups: [group(fixed)], seed: 1)
    #expect(abs(decibels(channel.snr(of: 0, in: 3)) - 2.2187) < 1e-3)
    let twice = CellChannel(cell: cell, groups: [group(fixed, power: 0.4)], seed: 1)
    #expect(abs(twice.snr(of: 0, in: 3) / channel.snr(of: 0, in: 3) - 2) < 1e-9)
    #expect(channel.spectralEfficiency(of: 0, in: 3) == log2(1 + channel.snr(of: 0, in: 3)))
  }

  @Test func devicesStandUniformlyOverTheRingsArea() {
    let ring = ChannelModel(.distance(from: Metres(100), to: Metres(400), pathLoss: .macro), fading: .none)
    let channel = CellChannel(cell: cell, groups: [group(ring, count: 2000)], seed: 1)
    func snr(at distance: Double) -> Double {
      let fixed = ChannelModel(.distance(from: Metres(distance), to: Metres(distance), pathLoss: .macro), fading: .none)
      return CellChannel(cell: cell, groups: [group(fixed)], seed: 1).snr(of: 0, in: 0)
    }
    let all = (0..<2000).map { channel.snr(of: DeviceID($0), in: 0) }
    #expect(all.allSatisfy { $0 <= snr(at: 100) * (1 + 1e-9) && $0 >= snr(at: 400) * (1 - 1e-9) })
    // Half of the area lies within √((100² + 400²) / 2) = 291.5 m; ± 0.011.
    #expect(abs(Double(all.count { $0 > snr(at: 291.548) }) / 2000 - 0.5) < 0.04)
  }

  @Test func meanSNRIsUniformInDecibels() {
    let given = ChannelModel(.snr(from: Decibels(5), to: Decibels(15)), fading: .none)
    let channel = CellChannel(cell: cell, groups: [group(given, count: 2000)], seed: 1)
    let all = (0..<2000).map { decibels(channel.snr(of: DeviceID($0), in: 7)) }
    #expect(all.allSatisfy { (4.999...15.001).contains($0) })
    #expect(abs(all.reduce(0, +) / 2000 - 10) < 0.3)
  }

  @Test func rayleighFadingHasMeanOneAndAnExponentialShape() {
    let faded = ChannelModel(.snr(from: Decibels(10), to: Decibels(10)), fading: .rayleigh)
    let channel = CellChannel(cell: cell, groups: [group(faded, count: 2)], seed: 1)
    let gains = (0..<40_000).map { channel.snr(of: 0, in: FrameID($0)) / 10 }
    #expect(gains.allSatisfy { $0 >= 0 })
    // Standard error 0.005.
    let mean = gains.reduce(0, +) / 40_000
    #expect(abs(mean - 1) < 0.02)
    #expect(abs(Double(gains.count { $0 > 1 }) / 40_000 - exp(-1)) < 0.01)
    let others = (0..<40_000).map { channel.snr(of: 1, in: FrameID($0)) / 10 }
    let covariance = zip(gains, others).reduce(0) { $0 + ($1.0 - 1) * ($1.1 - 1) } / 40_000
    #expect(abs(covariance) < 0.02)
    #expect(channel.snr(of: 0, in: 17) == gains[17] * 10)
  }

  @Test func aTraceBeginsAgainAfterItsLastFrameAndIsNotFaded() {
    let traced = ChannelModel(.trace(file: "snr"), fading: .rayleigh)
    let other = ChannelModel(.snr(from: Decibels(10), to: Decibels(10)), fading: .none)
    let channel = CellChannel(
      cell: cell, groups: [group(other), group(traced, first: 1, count: 2)], seed: 1,
      traces: [1: [1, 2, 3], 2: [-5]])
    for (frame, value) in [(0, 1.0), (1, 2), (2, 3), (3, 1), (4, 2), (302, 3)] {
      #expect(abs(decibels(channel.snr(of: 1, in: FrameID(frame))) - value) < 1e-9)
      #expect(abs(decibels(channel.snr(of: 2, in: FrameID(frame))) + 5) < 1e-9)
      #expect(abs(channel.snr(of: 0, in: FrameID(frame)) - 10) < 1e-9)
    }
  }
}
