public import Inference

/// The samples that a profile is made of.
public struct ProfileMeasurement: Sendable {
  /// Rounds over everything; each sample count is this.
  public var repeats: Int
  /// What two readings of the clock in a row are apart [s]: what shorter times drown in.
  public var timer: Double
  /// Block 1, head 1, block 2, …; bringing the features in counts as part of block 1.
  public var parts: LatencySamples
  /// Part 0: the whole pass.
  public var whole: LatencySamples
  /// Part n - 1: features into the engine's tensors, entering block n.
  public var loading: LatencySamples
  /// Part n - 1: exit n's answers out of the engine's tensors.
  public var answering: LatencySamples
  /// Part n - 1: behind block n < K, gathering rows of a batch that is one larger, at `rows - 1`.
  public var gathering: LatencySamples
  /// The same for keeping the first rows.
  public var keeping: LatencySamples
}
