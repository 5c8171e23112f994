import EdgeModel
import Units

#if canImport(Glibc)
  import Glibc
#endif

/// Distributions that figures are reported on.
extension RandomFrames {
  /// Deadlines U[20, 80] ms, L U[100, 400] kbit, SNR U[0, 25] dB times Rayleigh, exits uniform, 100 MHz, α 0.3 ms, β 1 ms.
  mutating func benchmark(
    tasks: Int, blocks: Int, bandwidth: Double = 1e8, deadlines: ClosedRange<Double> = 0.02...0.08,
    alpha: Double = 0.0003, beta: Double = 0.001, lastExitShare: Double = 0
  ) -> FrameState {
    FrameState(
      bandwidth: Hertz(bandwidth),
      workers: [
        WorkerState(
          profile: LatencyProfile(
            blocks: Array(repeating: BlockProfile(latency: .linear(alpha: alpha, beta: beta)), count: blocks)))
      ],
      tasks: (0..<tasks).map { number in
        FrameTask(
          id: TaskID(device: 0, number: number), feature: Bits(uniform(1e5, 4e5)),
          uplink: .spectralEfficiency(log2(1 + pow(10, uniform(0, 2.5)) * -log(1 - uniform(0, 1)))),
          deadline: uniform(deadlines.lowerBound, deadlines.upperBound),
          requirement: .exit(chance(lastExitShare) ? blocks : whole(1, blocks)))
      })
  }
}
