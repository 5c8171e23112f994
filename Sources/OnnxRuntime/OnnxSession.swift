import COnnxRuntime
import Inference

/// One ONNX model with one input and one output, ready to run. It may run on several threads at once.
package final class OnnxSession: @unchecked Sendable {
  package let inputValues: Int
  package let outputValues: Int
  private let file: String
  /// The C session, for the benchmark that runs it without this layer.
  package let raw: OpaquePointer

  /// Loads `file` of `model` and checks its size, its input "x", its output `output`, and both shapes.
  init(
    _ runtime: OnnxRuntime, _ model: ModelManifest, _ file: ModelManifest.File, output: String, inputValues: Int,
    outputValues: Int
  ) throws(EngineError) {
    let bytes = try model.read(file)
    let path = "\(model.directory)/\(file.name)"
    var error = onnx_error()
    var out: OpaquePointer?
    guard onnx_session_open(runtime.raw, bytes, bytes.count, "x", output, &out, &error) == 0, let out else {
      throw EngineError(
        "the model cannot be loaded (\(text(of: error)))", at: path, remedy: "restore the model's directory")
    }
    raw = out
    self.file = path
    self.inputValues = onnx_session_input_values(out)
    self.outputValues = onnx_session_output_values(out)
    guard self.inputValues == inputValues, self.outputValues == outputValues else {
      throw EngineError(
        "the model maps \(self.inputValues) values to \(self.outputValues), its manifest says "
          + "\(inputValues) to \(outputValues)", at: path, remedy: "restore the model's directory")
    }
  }
  deinit { onnx_session_close(raw) }

  /// What a call needs.
  struct Call {
    fileprivate let raw: OpaquePointer
    let inputValues: Int
    let outputValues: Int
    /// Maps `rows` ≥ 1 rows from `input` to `output`, which hold at least that many; false where that failed, and `error`
    /// says why. Blocks the thread. The session must still be there.
    func run(
      rows: Int, _ input: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?,
      _ error: UnsafeMutablePointer<onnx_error>
    ) -> Bool {
      onnx_session_run(raw, input, output, rows, error) == 0
    }
  }
  var call: Call { Call(raw: raw, inputValues: inputValues, outputValues: outputValues) }
  func failure(_ error: onnx_error) -> EngineError {
    EngineError("the engine failed (\(text(of: error)))", at: file, remedy: "restore the model's directory")
  }

  /// As `Call.run` does, and throws what that says.
  func run(rows: Int, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>) throws(EngineError) {
    var error = onnx_error()
    guard call.run(rows: rows, input, output, &error) else { throw failure(error) }
  }
}
