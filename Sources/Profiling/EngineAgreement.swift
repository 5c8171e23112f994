import DeviceEngines
import EdgeModel
import Inference
import OnnxRuntime
import Terminal

/// How far an engine on a device is from ONNX Runtime on the processor, over random batches that shrink and grow.
public struct EngineAgreement: Hashable, Sendable, CustomStringConvertible {
  /// The engine that was held against it.
  public let engine: String
  /// What the two greatest differences may be.
  public let tolerance: Double
  public internal(set) var batches = 0
  public internal(set) var answers = 0
  /// Answers that name another class.
  public internal(set) var otherClasses = 0
  /// Greatest difference of a feature, relative to the greatest value of all rows then.
  public internal(set) var worstFeature = 0.0
  /// Greatest difference of a confidence.
  public internal(set) var worstConfidence = 0.0

  /// What differences of rounding stay below where sums are short; long sums in another order may differ by more.
  public static let standardTolerance = 1e-5
  /// Images that batches are made of.
  private static let samples = 8

  /// Whether classes are the same, and the rest to `tolerance`.
  public var isClose: Bool {
    otherClasses == 0 && worstFeature <= tolerance && worstConfidence <= tolerance
  }
  public var description: String {
    "\(isClose ? "agrees" : "DIFFERS"): \(engine), and ONNX Runtime on the processor; \(batches) batches, \(answers) "
      + "answers, \(otherClasses) of another class; features to \(short(worstFeature)), confidences to "
      + "\(short(worstConfidence)) (at most \(short(tolerance)))"
  }
  private func short(_ value: Double) -> String {
    guard value > 0 else { return "0" }
    var (digits, power) = (value, 0)
    while digits < 1 { (digits, power) = (digits * 10, power - 1) }
    return "\(fixed(digits, 1))e\(power)"
  }

  /// Of nothing yet.
  init(engine: String, tolerance: Double) {
    self.engine = engine
    self.tolerance = tolerance
  }

  /// Both engines are of `model`. O(batches · the model on a full batch).
  init(
    of found: inout DeviceEngine, with expected: inout OnnxEngine, model: ModelManifest, runtime: OnnxRuntime,
    batches: Int, tolerance: Double
  ) throws(EngineError) {
    self.init(engine: found.name, tolerance: tolerance)
    var stem = try StemEngine(
      model: model, heldOut: try HeldOutImages(model), runtime: runtime, deepestEntry: model.blocks.count)
    var features: [[FeatureBuffer]] = []
    for block in 1...model.blocks.count {
      var entering: [FeatureBuffer] = []
      for sample in 0..<min(Self.samples, stem.sampleCount) {
        entering.append(try stem.feature(of: sample, entering: block))
      }
      features.append(entering)
    }
    var expectedBatch = expected.makeBatch()
    var foundBatch = try found.makeBatch()
    for seed in 0..<UInt64(batches) {
      var random = RandomStream(seed: seed, device: 0, purpose: "agreement")
      expectedBatch.removeAll()
      foundBatch.removeAll()
      for block in 1...model.blocks.count {
        let joining = Self.joining(
          features[block - 1], to: expectedBatch.rows, of: expected.largestBatch, isFirst: block == 1, &random)
        _ = try expected.append(joining, entering: block, to: &expectedBatch)
        _ = try found.append(joining, entering: block, to: &foundBatch)
        guard expectedBatch.rows > 0 else { continue }
        _ = try expected.run(block: block, on: &expectedBatch)
        _ = try found.run(block: block, on: &foundBatch)
        try compareFeatures(&found, foundBatch, expectedBatch)
        let first = Int.random(in: 0..<expectedBatch.rows, using: &random)
        let head = try expected.runHead(exit: block, rows: first..<expectedBatch.rows, of: expectedBatch)
        compare(try found.runHead(exit: block, rows: first..<foundBatch.rows, of: foundBatch), head)
        // Some leave: those in the middle, or the last.
        let left = Int.random(in: 0...expectedBatch.rows, using: &random)
        if Bool.random(using: &random) {
          let order = Array((0..<expectedBatch.rows).shuffled(using: &random).prefix(left))
          try expected.gather(order, of: &expectedBatch)
          try found.gather(order, of: &foundBatch)
        } else {
          try expected.keep(first: left, of: &expectedBatch)
          try found.keep(first: left, of: &foundBatch)
        }
        if left == 0 {
          expectedBatch.removeAll()
          foundBatch.removeAll()
        }
      }
      self.batches += 1
    }
  }

  private static func joining(
    _ features: [FeatureBuffer], to rows: Int, of largest: Int, isFirst: Bool, _ random: inout RandomStream
  ) -> [BatchJob.Row] {
    (0..<Int.random(in: (isFirst ? 1 : 0)...(largest - rows), using: &random)).map { index in
      BatchJob.Row(
        task: TaskID(device: 0, number: index), sample: 0, feature: features.randomElement(using: &random))
    }
  }

  private mutating func compareFeatures(
    _ engine: inout DeviceEngine, _ found: borrowing FeatureBatch, _ expected: borrowing FeatureBatch
  ) throws(EngineError) {
    let values = try engine.values(of: 0..<found.rows, in: found, each: expected.values)
    let (difference, greatest) = expected.withValues(of: 0..<expected.rows) { expected in
      var (difference, greatest) = (0.0 as Float, 0.0 as Float)
      for (found, expected) in zip(values, expected) {
        difference = max(difference, (found - expected).magnitude)
        greatest = max(greatest, expected.magnitude)
      }
      return (Double(difference), Double(greatest))
    }
    // Not a number counts as infinitely far: `max` above would pass over it.
    let isFinite = values.allSatisfy(\.isFinite)
    worstFeature = max(worstFeature, isFinite ? (greatest > 0 ? difference / greatest : difference) : .infinity)
  }
  private mutating func compare(_ found: ExitAnswers, _ expected: ExitAnswers) {
    for (found, expected) in zip(found.answers, expected.answers) {
      answers += 1
      if found.predicted != expected.predicted { otherClasses += 1 }
      worstConfidence = max(worstConfidence, (found.confidence - expected.confidence).magnitude)
    }
  }
}
