import Testing
import Units

/// Amounts read as people write them; a missing or wrong unit is answered with the choices.
@Suite struct QuantityTextTests {
  @Test(arguments: [("20 MHz", 2e7), ("20MHz", 2e7), ("2 GHz", 2e9), ("1e3 kHz", 1e6), ("5 Hz", 5), (" 1 Hz ", 1)])
  func readsFrequencies(_ text: String, _ value: Double) throws {
    #expect(try Hertz(text: text) == Hertz(value))
  }
  @Test(arguments: [
    ("2 Mbit", 2e6), ("1 B", 8), ("1 KiB", 8192), ("1 kB", 8000), ("1 MiB", 8_388_608), ("3 bit", 3), ("1 GB", 8e9),
  ]) func readsVolumes(_ text: String, _ value: Double) throws {
    #expect(try Bits(text: text) == Bits(value))
  }
  @Test func readsTheOthers() throws {
    #expect(try BitRate(text: "2 Mbit/s") == BitRate(2e6))
    #expect(try Watts(text: "200 mW") == Watts(0.2))
    #expect(try Decibels(text: "-3.5 dB") == Decibels(-3.5))
    #expect(try Metres(text: "1.5 km") == Metres(1500))
    #expect(try readEventRate("6 /s") == 6)
    #expect(try readEventRate("30/min") == 0.5)
    #expect(try readNoiseDensity("-169 dBm/Hz") == -169)
  }
  @Test(arguments: [
    ("100 ms", Duration.milliseconds(100)), ("2.5 s", .milliseconds(2500)), ("3 min", .seconds(180)),
    ("1 h", .seconds(3600)), ("7 ns", .nanoseconds(7)), ("1 us", .microseconds(1)), ("1 µs", .microseconds(1)),
    ("-5 ms", .milliseconds(-5)), ("1e3 ms", .seconds(1)), ("+1 s", .seconds(1)), (".5 s", .milliseconds(500)),
  ]) func readsTimes(_ text: String, _ time: Duration) throws {
    #expect(try Duration(text: text) == time)
  }

  @Test(arguments: ["5", "5 ", "1e3", "-0.5"]) func missingUnitNamesTheChoices(_ text: String) {
    let error = #expect(throws: QuantityError.self) { try Hertz(text: text) }
    #expect(error?.what.contains("no unit") == true && error?.remedy.contains("GHz, MHz, kHz, Hz") == true)
  }
  @Test(arguments: ["5 mhz", "5 M Hz", "5 ms", "5 Hz Hz", "1e Hz", "5 MHzz", "1.2.3 Hz"])
  func wrongUnitNamesTheChoices(_ text: String) {
    let error = #expect(throws: QuantityError.self) { try Hertz(text: text) }
    #expect(error?.what.contains("is no unit of frequency") == true, "\(String(describing: error))")
    #expect(error?.remedy.contains("GHz, MHz, kHz, Hz") == true)
  }
  @Test(arguments: [
    "", " ", "Hz", "nan Hz", "inf Hz", "-inf Hz", "1e999 Hz", "½ Hz", "٣ Hz", "--5 Hz", "e5 Hz", "0x Hz",
  ])
  func nonNumbersAreErrors(_ text: String) {
    #expect(throws: QuantityError.self) { try Hertz(text: text) }
  }
  @Test func hugeAmountsAreErrors() {
    #expect(throws: QuantityError.self) { try Hertz(text: "1e308 GHz") }
    #expect(throws: QuantityError.self) { try Duration(text: "1001 h") }
    #expect(throws: QuantityError.self) { try Duration(text: "-1e300 s") }
  }
  @Test(.timeLimit(.minutes(1))) func longTextsAreRefusedAtOnce() {
    #expect(throws: QuantityError.self) { try Hertz(text: String(repeating: "1.", count: 500_000) + " Hz") }
  }

  /// Every unit's text reads back as the amount, over random amounts.
  @Test func roundTrip() throws {
    var random = SplitMix(seed: 3)
    for _ in 0..<2000 {
      let number = Double.random(in: -1e6...1e6, using: &random)
      for (unit, factor) in [("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3), ("Hz", 1)] {
        #expect(try Hertz(text: "\(number) \(unit)").value == number * factor)
      }
      let time = Duration.nanoseconds(Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random))
      #expect(try Duration(text: "\(time.inNanoseconds) ns") == time)
    }
  }

  @Test func randomTextsNeverTrap() {
    var random = SplitMix(seed: 5)
    let alphabet = Array("0123456789+-.eE MGkHzsmhµ%/é½\u{301}\n")
    for _ in 0..<20_000 {
      let text = String(
        (0..<Int.random(in: 0...12, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
      _ = try? Hertz(text: text)
      _ = try? Duration(text: text)
    }
  }
}

/// A seeded generator, so that a failing case can be run again.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
