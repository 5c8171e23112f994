import CZeroMQ

/// The processors that the calling thread may run on; threads that it starts afterwards inherit them.
public enum CPUAffinity {
  /// 64 to a word, as the kernel has them.
  private static let words = 16

  /// Their numbers, ascending.
  /// - Throws: `other` on a machine of more than 1,024.
  public static func current() throws(ZeroMQError) -> [Int] {
    var bits = [UInt64](repeating: 0, count: words)
    guard offramp_get_affinity(&bits, bits.count * 8) >= 0 else {
      throw ZeroMQError("cannot read the thread's processors", at: "sched_getaffinity")
    }
    return (0..<64 * words).filter { bits[$0 / 64] & 1 << ($0 % 64) != 0 }
  }

  /// Keeps the calling thread on `numbers`, each from 0 to 1,023; those that do not exist are left out.
  /// - Throws: where none of them exists for this process.
  public static func keep(on numbers: [Int]) throws(ZeroMQError) {
    var bits = [UInt64](repeating: 0, count: words)
    for number in numbers { bits[number / 64] |= 1 << (number % 64) }
    guard offramp_set_affinity(bits, bits.count * 8) >= 0 else {
      throw ZeroMQError("cannot set the thread's processors", at: "sched_setaffinity")
    }
  }
}
