import Testing
import Units

@Suite struct QuantityTests {
  @Test func arithmeticStaysInItsUnit() {
    #expect(Hertz(2) + Hertz(3) == Hertz(5))
    #expect(Hertz(2) - Hertz(3) == Hertz(-1))
    #expect(Hertz(6) * 0.5 == Hertz(3) && 0.5 * Hertz(6) == Hertz(3) && Hertz(6) / 2 == Hertz(3))
    #expect(Hertz(6) / Hertz(3) == 2)
    #expect(Hertz.zero < Hertz(1e-9))
  }
  @Test func productsThatMeanSomething() {
    #expect(Bits(1e6) / BitRate(2e6) == Duration.milliseconds(500))
    #expect(Watts(0.2) * Duration.milliseconds(500) == Joules(0.1))
    #expect(Bits.bytes(3) == Bits(24))
    #expect(Hertz.megahertz(5) == Hertz(5e6))
  }
  @Test func decibelsAreRatiosOfPowers() {
    #expect(Decibels(0).linear == 1)
    #expect(abs(Decibels(10).linear - 10) < 1e-12)
    #expect(abs(Decibels(-30).linear - 1e-3) < 1e-15)
  }
  @Test func durationsConvert() {
    #expect(Duration.milliseconds(1500).inSeconds == 1.5)
    #expect(Duration.microseconds(1500).inMilliseconds == 1.5)
    #expect(Duration.nanoseconds(-7).inNanoseconds == -7)
    #expect(Duration.seconds(-1.5).inNanoseconds == -1_500_000_000)
    #expect(Duration.seconds(Int64.max / 2).inNanoseconds == .max)
    #expect(Duration.seconds(Int64.min / 2).inNanoseconds == .min)
  }
  @Test(arguments: [
    (Duration.milliseconds(30), "30 ms"), (.milliseconds(1500), "1.5 s"), (.microseconds(250), "250 us"),
    (.nanoseconds(12), "12 ns"), (.zero, "0 s"), (.seconds(-2), "-2 s"), (.seconds(86_400), "86400 s"),
    (.nanoseconds(1_000_001), "1.000001 ms"),
  ]) func durationsAsWords(_ time: Duration, _ words: String) throws {
    #expect(time.inWords == words)
    #expect(try Duration(text: words) == time)
  }
}
