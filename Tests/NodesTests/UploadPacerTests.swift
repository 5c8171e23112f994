import EdgeModel
import Nodes
import Testing
import Units

struct UploadPacerTests {
  /// Grants of all sizes: those that fill their time, and those with time to spare.
  @Test func chunksCoverTheFeatureAndNeverRunAhead() {
    var random = RandomStream(seed: 5, device: 0, purpose: "grants")
    for _ in 0..<2000 {
      let total = Int.random(in: 1...Int(random.uniform() * 2e6) + 1, using: &random)
      let rate = 1e4 + random.uniform() * random.uniform() * 1e9
      let airtime = Double(total) * 8 / rate * (random.uniform() < 0.5 ? 1 : 1 + random.uniform())
      let start = Instant.start + .seconds(random.uniform() * 100)
      let grant = UplinkGrant(
        task: TaskID(device: 0, number: 0), frame: 0, batch: 0, worker: 0, bandwidth: Hertz(1e6), rate: BitRate(rate),
        uploadStart: start, uploadEnd: start + .seconds(airtime), exit: 1)
      let pacer = UploadPacer(
        grant: grant, total: total, quantum: .milliseconds(Int.random(in: 1...50, using: &random)))
      #expect((1...65_536).contains(pacer.chunkBytes))
      var next = 0
      var latest = start
      for index in 0..<pacer.chunkCount {
        let range = pacer.range(of: index)
        #expect(range.lowerBound == next && !range.isEmpty)
        #expect(index == pacer.chunkCount - 1 || range.count == pacer.chunkBytes)
        next = range.upperBound
        let due = pacer.due(index)
        #expect(due >= latest)
        latest = due
        // A nanosecond of rounding is less than a chunk.
        let allowed = rate / 8 * (due - start).inSeconds * (1 + 1e-9) + Double(pacer.chunkBytes)
        #expect(Double(next) <= allowed)
      }
      #expect(next == total)
      #expect(latest == grant.uploadEnd)
    }
  }

  @Test func chunksFollowRateAndQuantumWithinBounds() {
    func chunkBytes(_ rate: Double, _ quantum: Duration) -> Int {
      let grant = UplinkGrant(
        task: TaskID(device: 0, number: 0), frame: 0, batch: 0, worker: 0, bandwidth: Hertz(1e6), rate: BitRate(rate),
        uploadStart: .start, uploadEnd: .milliseconds(1), exit: 1)
      return UploadPacer(grant: grant, total: 1, quantum: quantum).chunkBytes
    }
    #expect(chunkBytes(8e6, .milliseconds(5)) == 5000)
    #expect(chunkBytes(8e3, .milliseconds(5)) == 1024)
    #expect(chunkBytes(8e9, .milliseconds(5)) == 65_536)
    #expect(UploadPacer.quantum(devices: 1) == .milliseconds(5))
    #expect(abs(UploadPacer.quantum(devices: 1000).inSeconds - 0.2) < 1e-12)
  }
}
