import EdgeModel
import Nodes
import Testing
import Units

struct ArrivalProcessTests {
  private func instants(
    _ arrivals: Arrivals, device: Int = 0, end: Instant, replayed: [Instant] = []
  ) -> [Instant] {
    var process = ArrivalProcess(arrivals, device: DeviceID(device), seed: 11, end: end, replayed: replayed)
    var instants: [Instant] = []
    while let next = process.next() { instants.append(next) }
    // Nothing comes after the last.
    #expect(process.next() == nil)
    #expect(instants.allSatisfy { $0 >= .start && $0 < end })
    return instants
  }

  @Test func periodicTasksKeepTheirPeriodFromAPhaseOfTheirOwn() {
    var phases: [Double] = []
    for device in 0..<200 {
      let instants = instants(.periodic(period: .milliseconds(125)), device: device, end: .milliseconds(10_000))
      #expect(instants.count == 80)
      for (one, next) in zip(instants, instants.dropFirst()) { #expect(next - one == .milliseconds(125)) }
      phases.append((instants[0] - .start).inSeconds / 0.125)
    }
    #expect(phases.allSatisfy { (0..<1).contains($0) } && Set(phases).count == 200)
    // Standard error of the mean: 0.29 / √200 = 0.02.
    #expect(abs(phases.reduce(0, +) / 200 - 0.5) < 0.08)
  }

  @Test func poissonTasksHaveTheRateAndExponentialGaps() {
    let seconds = 5000
    let instants = instants(.poisson(rate: 8), end: .milliseconds(seconds * 1000))
    // 40,000 ± 200.
    #expect(abs(Double(instants.count) / Double(seconds) - 8) < 0.2)
    let gaps = zip(instants, instants.dropFirst()).map { ($1 - $0).inSeconds }
    #expect(gaps.allSatisfy { $0 >= 0 })
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
    // An exponential's deviation is its mean.
    #expect(abs(variance.squareRoot() / mean - 1) < 0.05)
    // And its median is ln 2 of it.
    #expect(abs(gaps.sorted()[gaps.count / 2] / mean - 0.6931) < 0.03)
  }

  @Test func aRateTooLowForAnyArrivalGivesNone() {
    #expect(instants(.poisson(rate: 1e-300), end: .milliseconds(1000)) == [])
    #expect(instants(.poisson(rate: .leastNonzeroMagnitude), end: .milliseconds(1000)) == [])
  }

  @Test func replayedTasksComeAsTheyAreUpToTheEnd() {
    let given = [0, 5, 5, 70, 100, 130].map(Instant.milliseconds)
    #expect(instants(.replay(file: "a"), end: .milliseconds(100), replayed: given) == Array(given.prefix(4)))
    #expect(instants(.replay(file: "a"), end: .milliseconds(100)) == [])
  }

  @Test func sameNameSameArrivals() {
    let first = instants(.poisson(rate: 20), device: 4, end: .milliseconds(5000))
    #expect(first == instants(.poisson(rate: 20), device: 4, end: .milliseconds(5000)))
    #expect(first != instants(.poisson(rate: 20), device: 5, end: .milliseconds(5000)))
  }
}
