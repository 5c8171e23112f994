/// The part of a grid that one process runs: the points whose index modulo `count` is `index`.
struct SweepShard {
  let index: Int
  let count: Int

  /// Reads `i/n`; nil: all points.
  init(_ text: String?) throws(CommandFailure) {
    let parts = (text ?? "0/1").split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], (1...1_000_000).contains(count),
      (0..<count).contains(index)
    else {
      throw CommandFailure(
        "'\(text ?? "")' is no shard", at: "--shard", remedy: "write i/n with i from 0 to n − 1, for example 0/4")
    }
    (self.index, self.count) = (index, count)
  }

  func points(of count: Int) -> [Int] { Array(stride(from: index, to: count, by: self.count)) }
}
