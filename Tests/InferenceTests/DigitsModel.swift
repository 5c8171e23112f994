import Glibc
import Inference
import OnnxRuntime

/// The model that ships with the project, and the engine's library, as tests use them.
enum Digits {
  static let repository = String(#filePath.prefix(#filePath.count - "/Tests/InferenceTests/DigitsModel.swift".count))
  static let directory = "\(repository)/Topologies/Models/digits"

  static func model() throws -> ModelManifest { try ModelManifest(directory: directory) }
  static func runtime() throws -> OnnxRuntime { try OnnxRuntime.open() }
}
