import EdgeModel
import Testing
import Units

@testable import Allocation

#if canImport(Glibc)
  import Glibc
#endif

/// w(t) itself: enough, least, and falling.
@Suite struct UplinkNeedTests {
  private func task(_ uplink: FrameTask.Uplink, bits: Double) -> FrameTask {
    FrameTask(
      id: TaskID(device: 0, number: 0), feature: Bits(bits), uplink: uplink, deadline: 1, requirement: .exit(1))
  }
  private func carried(_ task: FrameTask, over width: Double, within time: Double) -> Double {
    width * task.uplink.efficiency(over: width) * time / task.feature.value
  }

  @Test(arguments: UInt64(1)...10) func isTheLeastThatIsEnough(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "needs")
    var finite = 0
    for _ in 0..<2000 {
      func amount(_ low: Double, _ high: Double) -> Double { pow(10, low + (high - low) * random.uniform()) }
      let cell = amount(3, 10)
      let task = task(.signalToNoise(cell * amount(-9, 9)), bits: amount(0, 9))
      let time = amount(-4, 1)
      let need = task.need(within: time, inCell: cell)
      guard need.isFinite else {
        #expect(carried(task, over: cell, within: time) < 1)
        continue
      }
      finite += 1
      #expect(need <= cell)
      #expect(carried(task, over: need, within: time) >= 1 - 2e-12)
      #expect(carried(task, over: need * (1 - 1e-6), within: time) < 1)
      #expect(task.need(within: 1.01 * time, inCell: cell) <= need)
      #expect(task.need(within: 1.01 * time, inCell: cell) * 1.01 * time <= need * time * (1 + 1e-12))

      let block = cell / Double(Int.random(in: 1...300, using: &random))
      let blocks = task.need(within: time, inCell: cell, resourceBlock: block)
      #expect(blocks.isFinite && blocks >= need * (1 - 1e-9) && blocks < need + block * (1 + 1e-9))
    }
    #expect(finite > 500)
  }

  @Test func aLinearNeedIsTheAreaOverTheTime() {
    #expect(task(.spectralEfficiency(2), bits: 1e6).need(within: 0.1, inCell: 1e8) == 5e6)
    #expect(task(.spectralEfficiency(2), bits: 1e6).need(within: 0.1, inCell: 5e6) == 5e6)
    #expect(task(.spectralEfficiency(2), bits: 1e6).need(within: 0.1, inCell: 4.9e6) == .infinity)
    #expect(task(.spectralEfficiency(2), bits: 1e6).need(within: 0.1, inCell: 1e8, resourceBlock: 3e6) == 6e6)
    #expect(task(.spectralEfficiency(2), bits: 1e6).need(within: 0.1, inCell: 5.5e6, resourceBlock: 3e6) == .infinity)
  }
  @Test func aFixedPowerCarriesNoMoreThanItsLimit() {
    // c·log2(e)·t is 1.4427 bit for c·t = 1.
    #expect(task(.signalToNoise(10), bits: 1.4427).need(within: 0.1, inCell: 1e30) == .infinity)
    #expect(task(.signalToNoise(10), bits: 1.4426).need(within: 0.1, inCell: 1e30).isFinite)
  }
  @Test func nothingNeedsNothingAndNoTimeIsNotEnough() {
    #expect(task(.spectralEfficiency(2), bits: 0).need(within: 0, inCell: 1) == 0)
    #expect(task(.spectralEfficiency(2), bits: 1).need(within: 0, inCell: 1) == .infinity)
  }
}
