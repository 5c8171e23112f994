import Units

/// The bounds of every field; Docs/Topologies.md repeats them for people.
enum FieldBounds {
  static let seed = Bounds(0...Int.max, "0 to 9223372036854775807")
  static let duration = Bounds(Duration.milliseconds(1)...Duration.seconds(86_400), "1 ms to 24 h")
  static let bandwidth = Bounds(Hertz(1e3)...Hertz(1e11), "1 kHz to 100 GHz")
  static let carrier = Bounds(Hertz(1e8)...Hertz(1e11), "100 MHz to 100 GHz")
  static let noise = Bounds(-250.0 ... -50.0, "-250 dBm/Hz to -50 dBm/Hz")
  static let frameLength = Bounds(Duration.milliseconds(1)...Duration.seconds(60), "1 ms to 60 s")
  static let lead = Bounds(Duration.microseconds(100)...Duration.seconds(60), "100 us to the frame's length")
  static let setAside = Bounds(Duration.zero...Duration.seconds(60), "0 s to the frame's length")
  static let memory = Bounds(Bits(8 * 1024)...Bits(8e12), "1 KiB to 1000 GB")
  static let instances = Bounds(1...64, "1 to 64")
  static let threads = Bounds(1...256, "1 to 256")
  static let gpu = Bounds(0...255, "0 to 255, or cpu")
  static let maxBatch = Bounds(1...1024, "1 to 1024")
  static let searchNodes = Bounds(1...1_000_000_000, "1 to 1000000000")
  static let queueing = Bounds(Duration.zero...Duration.seconds(60), "0 s to 60 s")
  static let count = Bounds(1...mostDevices, "1 to \(mostDevices)")
  static let processes = Bounds(1...1024, "1 to 1024")
  static let share = Bounds(0.0...1.0, "0 to 1 (or 0 % to 100 %)")
  static let confidence = Bounds(0.0...1.0, "0 to 1 (or 0 % to 100 %)")
  static let deadline = Bounds(Duration.milliseconds(1)...Duration.seconds(3600), "1 ms to 1 h")
  static let period = Bounds(Duration.microseconds(100)...Duration.seconds(3600), "100 us to 1 h")
  static let rate = Bounds(1e-6...1e4, "0.000001 /s to 10000 /s")
  static let distance = Bounds(Metres(1)...Metres(1e5), "1 m to 100 km")
  static let snr = Bounds(Decibels(-50)...Decibels(100), "-50 dB to 100 dB")
  static let transmitPower = Bounds(Watts(1e-6)...Watts(1e3), "0.001 mW to 1000 W")
  static let computePower = Bounds(Watts(0)...Watts(1e4), "0 W to 10000 W")
  static let weight = Bounds(1e-6...1e6, "0.000001 to 1000000")
  static let simulated = Bounds(Duration.zero...Duration.seconds(60), "0 s to 60 s")
  static let linkRate = Bounds(BitRate(1e3)...BitRate(1e12), "1 kbit/s to 1000 Gbit/s")
  static let limit = Bounds(Duration.microseconds(1)...Duration.seconds(60), "1 us to 60 s")
  static let faultInstant = Bounds(Duration.zero...Duration.seconds(86_400), "0 s to 24 h")
  static let faultLength = Bounds(Duration.milliseconds(1)...Duration.seconds(86_400), "1 ms to 24 h")
  static let bandwidthFactor = Bounds(0.01...10.0, "0.01 to 10 (or 1 % to 1000 %)")
  static let engineSpeed = Bounds(0.01...1.0, "0.01 to 1 (or 1 % to 100 %)")
  static let linkDelay = Bounds(Duration.microseconds(1)...Duration.seconds(60), "1 us to 60 s")
  static let clockStep = Bounds(Duration.seconds(-60)...Duration.seconds(60), "-60 s to 60 s")

  /// Devices of one topology. Each is a state machine and a port; past this, one machine's file descriptors end.
  static let mostDevices = 10_000
  static let mostWorkers = 64
  static let mostGroups = 1000
  static let mostFurtherModels = 15
  static let mostFaults = 100
  /// Axes of a sweep, and points of its grid: each is read and checked before the first is run.
  static let mostAxes = 16
  static let mostGridPoints = 100_000
  /// Characters of a name, which ends up in file names.
  static let longestName = 48
}
