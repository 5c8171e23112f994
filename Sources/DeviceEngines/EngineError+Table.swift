import CDevice
import Inference

extension EngineError {
  /// What an engine behind a function table says; `remedy` where it knows none.
  init(_ error: engine_error, _ prefix: String? = nil, at place: String, remedy: String) {
    let said = Self.text(of: error.text)
    let known = Self.text(of: error.remedy)
    self.init(
      prefix.map { "\($0) (\(said))" } ?? said, at: place, remedy: known.isEmpty ? remedy : known)
  }
  private static func text<Field>(of field: Field) -> String {
    withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
