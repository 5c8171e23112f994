import COnnxRuntime
import CTightLoop
import EdgeModel
import Inference
import OnnxRuntime

/// The loop in C, on the very sessions that `engine` runs.
struct TightLoop: BareLoop, ~Copyable {
  /// The steps of a batch as the loop takes them.
  struct Batch {
    var steps: [tight_step]
    var orders: [Int32]
    var features: [any FeatureStorage]
    /// Where `features` lie; they do not move while they live.
    var places: [UnsafePointer<Float>?]

    init(_ notes: BatchSteps) {
      (steps, orders, features) = (notes.steps, notes.orders, notes.features)
      places = features.map { $0.withFeatureBytes { $0.assumingMemoryBound(to: Float.self).baseAddress } }
    }
    /// Only its copies of features into the engine's rows.
    var copies: Batch {
      var copy = self
      copy.steps.removeAll { $0.kind != TIGHT_APPEND }
      return copy
    }
  }
  private let loop: OpaquePointer

  init(_ engine: borrowing OnnxEngine) {
    let blocks = engine.blocks.map { Optional($0.raw) }
    let heads = engine.heads.map { Optional($0.raw) }
    let widest = engine.blocks.reduce(0) { max($0, $1.inputValues, $1.outputValues) }
    loop = tight_loop_make(blocks, heads, blocks.count, engine.largestBatch, widest, engine.classes)
  }
  deinit { tight_loop_free(loop) }

  @discardableResult func run(_ batch: Batch) throws(EngineError) -> tight_times {
    var (error, times) = (onnx_error(), tight_times())
    guard tight_loop_run(loop, batch.steps, batch.steps.count, batch.orders, batch.places, &times, &error) == 0
    else { throw EngineError("the loop in C failed", remedy: "restore the model's directory") }
    return times
  }
}
