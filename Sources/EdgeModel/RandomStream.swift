/// A stream of random numbers with a name: (seed, device or worker, purpose). Streams are independent of each other and of the
/// order in which they are drawn from, so adding a device changes no other device's arrivals or channel.
///
/// The generator is SplitMix64 (Steele, Lea, Flood 2014): 64 bits of state, full period, cheap to seed by hashing.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A stream for one purpose of one device; `index` picks one of many short streams (a frame's number, say).
  public init(seed: UInt64, device: DeviceID, purpose: StaticString, index: Int = 0) {
    var hash = Self.mix(seed ^ 0x9E37_79B9_7F4A_7C15)
    purpose.withUTF8Buffer { for byte in $0 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 } }
    hash = Self.mix(hash ^ UInt64(bitPattern: Int64(device.number)) &* 0xD6E8_FEB8_6659_FD93)
    state = Self.mix(hash ^ UInt64(bitPattern: Int64(index)) &* 0xA076_1D64_78BD_642F)
  }

  /// A stream for one purpose of one worker; its purposes are not those of devices.
  public init(seed: UInt64, worker: WorkerID, purpose: StaticString, index: Int = 0) {
    self.init(seed: seed, device: DeviceID(worker.number), purpose: purpose, index: index)
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }
  /// Uniform in [0, 1).
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
