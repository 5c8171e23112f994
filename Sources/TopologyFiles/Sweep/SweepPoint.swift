/// One point of a sweep's grid, as the file names it.
public struct SweepPoint: Hashable, Sendable {
  /// Its place in the grid, from 0: axes in the order of the file, the first the slowest, then policies, then seeds.
  public var index: Int
  /// Each axis and its value as written.
  public var parameters: [Parameter]
  /// nil: the topology's.
  public var policy: String?
  public var seed: Int

  public struct Parameter: Hashable, Sendable {
    public var axis: String
    public var value: String
  }

  /// `cell.bandwidth 1 MHz, tree-search, seed 3`.
  public var name: String {
    (parameters.map { "\($0.axis) \($0.value)" } + [policy].compactMap { $0 } + ["seed \(seed)"]).joined(
      separator: ", ")
  }
}
