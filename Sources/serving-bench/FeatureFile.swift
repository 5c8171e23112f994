import EdgeModel
import Inference
import Terminal
import ZeroMQ

/// The features of all samples, one behind the other in memory that never moves: requests are sent from where they lie.
final class FeatureFile: Sendable {
  let featureBytes: Int
  let count: Int
  private let memory: FeatureBuffer

  init(_ path: String, featureBytes: Int) throws {
    let bytes = try FileBytes.read(path)
    guard !bytes.isEmpty, bytes.count.isMultiple(of: featureBytes) else {
      throw UsageError("\(bytes.count) bytes are no features of \(featureBytes)", path, "make the file anew")
    }
    memory = FeatureBuffer(byteCount: bytes.count)
    memory.withMutableBytes { $0.copyBytes(from: bytes) }
    self.featureBytes = featureBytes
    count = bytes.count / featureBytes
  }

  func withFeature<Result>(of sample: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    memory.withFeatureBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[sample * featureBytes..<(sample + 1) * featureBytes]))
    }
  }
  /// A message part that shares the sample's bytes.
  func part(of sample: Int) -> Part { withFeature(of: sample) { Part(sharing: self, bytes: $0) } }
}
