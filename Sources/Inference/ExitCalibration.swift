/// What the exit rule `confidence(threshold)` is worth on a model's held-out images, by the answers and confidences its
/// exits gave them when it was made.
public struct ExitCalibration: Hashable, Sendable {
  /// One exit alone, asked about every image.
  public struct Exit: Hashable, Sendable {
    /// Images whose confidence lies in one part of 0...1.
    public struct Bin: Hashable, Sendable {
      /// Confidences above `low` up to `high`; those of 0 are in the first bin.
      public var low: Double
      public var high: Double
      public var count: Int
      /// Over the bin's images; 0 where there are none.
      public var meanConfidence: Double
      public var accuracy: Double
    }
    /// From 1.
    public var exit: Int
    public var accuracy: Double
    public var meanConfidence: Double
    public var bins: [Bin]
    /// How far confidence and accuracy are apart: |difference| averaged over the bins, by their images (ECE; Guo,
    /// Pleiss, Sun, Weinberger 2017, eq. 3).
    public var expectedCalibrationError: Double
  }

  /// The rule at one threshold.
  public struct Point: Hashable, Sendable {
    public var threshold: Double
    /// Of images, that leave at exit n at `[n - 1]`; sums to 1.
    public var share: [Double]
    /// Blocks that an image runs, on average.
    public var meanDepth: Double
    /// Share of images that are answered rightly where they leave.
    public var accuracy: Double
  }

  public static let standardBins = 15
  public let images: Int
  public let exits: [Exit]
  public let points: [Point]

  /// Of each of `thresholds`, and of each exit with `bins` ≥ 1 bins of equal width. O(images · exits · thresholds).
  public init(_ heldOut: HeldOutImages, thresholds: [Double], bins: Int = Self.standardBins) {
    precondition(bins >= 1)
    images = heldOut.count
    exits = (1...heldOut.exits).map { Self.exit($0, heldOut, bins) }
    points = thresholds.map { Self.point($0, heldOut) }
  }

  /// An image leaves at the first exit that is at least this sure, and else at the last, as `BatchExecutor` has it.
  private static func point(_ threshold: Double, _ heldOut: HeldOutImages) -> Point {
    var (left, right) = ([Int](repeating: 0, count: heldOut.exits), 0)
    for sample in 0..<heldOut.count {
      let exit = (1..<heldOut.exits).first { heldOut.confidence(sample, exit: $0) >= threshold } ?? heldOut.exits
      left[exit - 1] += 1
      right += heldOut.predicted(sample, exit: exit) == heldOut.label(of: sample) ? 1 : 0
    }
    let count = Double(heldOut.count)
    let depth = left.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }
    return Point(
      threshold: threshold, share: left.map { Double($0) / count }, meanDepth: Double(depth) / count,
      accuracy: Double(right) / count)
  }

  private static func exit(_ exit: Int, _ heldOut: HeldOutImages, _ count: Int) -> Exit {
    var bins = (0..<count).map { index in
      Exit.Bin(
        low: Double(index) / Double(count), high: Double(index + 1) / Double(count), count: 0, meanConfidence: 0,
        accuracy: 0)
    }
    for sample in 0..<heldOut.count {
      let confidence = heldOut.confidence(sample, exit: exit)
      let index = min(count - 1, max(0, Int((confidence * Double(count)).rounded(.up)) - 1))
      bins[index].count += 1
      bins[index].meanConfidence += confidence
      bins[index].accuracy += heldOut.predicted(sample, exit: exit) == heldOut.label(of: sample) ? 1 : 0
    }
    let images = Double(heldOut.count)
    let (sure, right) = (bins.reduce(0) { $0 + $1.meanConfidence }, bins.reduce(0) { $0 + $1.accuracy })
    let error = bins.reduce(0) { $0 + ($1.meanConfidence - $1.accuracy).magnitude } / images
    for index in bins.indices where bins[index].count > 0 {
      bins[index].meanConfidence /= Double(bins[index].count)
      bins[index].accuracy /= Double(bins[index].count)
    }
    return Exit(
      exit: exit, accuracy: right / images, meanConfidence: sure / images, bins: bins, expectedCalibrationError: error)
  }
}
