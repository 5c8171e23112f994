import EdgeModel

extension LatencyTable {
  /// Throws where this table, read from `file`, is not one of `model`, or ends before `maxBatch` or `instances`.
  public func check(for model: ModelManifest, maxBatch: Int, instances: Int = 1, file: String) throws(EngineError) {
    guard self.model == model.name else {
      throw EngineError(
        "the latency table is for the model '\(self.model)', not '\(model.name)'", at: file,
        remedy: "name a table made for this model")
    }
    let blocks = profile.blocks.count
    guard blocks == model.blocks.count else {
      throw EngineError(
        "the latency table has \(blocks) blocks, the model '\(model.name)' has \(model.blocks.count)", at: file,
        remedy: "name a table made for this model")
    }
    if let modelSHA256, modelSHA256 != model.fingerprint {
      throw EngineError(
        "the profile is of other files of the model '\(model.name)' (\(modelSHA256.prefix(12))…, these are "
          + "\(model.fingerprint.prefix(12))…)", at: file,
        remedy: "measure these with 'offramp profile \(model.directory)', or take model_sha256 out of the profile")
    }
    guard largestBatch >= maxBatch else {
      throw EngineError(
        "the latency table ends at a batch of \(largestBatch), the worker's max_batch is \(maxBatch)", at: file,
        remedy: "lower max_batch or use a longer table")
    }
    guard largestConcurrency >= instances else {
      throw EngineError(
        "the latency table knows of \(largestConcurrency) instance\(largestConcurrency == 1 ? "" : "s") at work, the "
          + "worker has \(instances)", at: file,
        remedy:
          "measure them with 'offramp profile --instances \(instances)', or say in its \"concurrency\" how they slow "
          + "each other down")
    }
  }
}
