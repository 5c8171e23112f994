import Allocation
import EdgeModel
import Yams

/// The models: the first, and further ones that groups of devices may choose.
extension TopologyReader {
  static let modelKeys = ["name", "directory"]

  /// The model's directory; looked into where files are checked.
  func readModel(_ file: MappingReader) -> ModelFiles? { readModel(file, "model") }

  private func readModel(_ file: MappingReader, _ key: String) -> ModelFiles? {
    guard let text = file.text(key, example: "Models/digits") else { return nil }
    let directory = FilePath.resolve(text, in: base)
    guard checksFiles else { return ModelFiles(unchecked: directory) }
    return ModelFiles(directory, at: file.place(of: key), problems)
  }

  func readFurtherModels(_ file: MappingReader) -> [(name: String, files: ModelFiles)]? {
    guard file.has("further_models") else { return [] }
    guard let nodes = readList(file, "further_models", atMost: FieldBounds.mostFurtherModels) else { return nil }
    var models: [(name: String, files: ModelFiles)] = []
    var names: Set<String> = []
    for node in nodes {
      guard let reader = MappingReader(node, "the further model", keys: Self.modelKeys, problems) else { continue }
      let name = reader.name("name", example: "letters")
      let files = readModel(reader, "directory")
      guard let name, let files else { continue }
      report(duplicate: name, of: "further models", in: &names, at: reader.place(of: "name"))
      models.append((name, files))
    }
    return models.count == nodes.count ? models : nil
  }

  /// Which model a group's tasks are for: the first, or a further one by its name.
  func readModel(of group: MappingReader, _ models: NamedModels?) -> ModelID? {
    guard group.has("model") else { return 0 }
    guard let name = group.text("model", example: "letters"), let models else { return nil }
    if let index = models.further.firstIndex(where: { $0.name == name }) { return ModelID(index + 1) }
    problems.report(
      "no further model is called '\(name.shortened)'", at: group.place(of: "model"),
      remedy: models.further.isEmpty
        ? "list it under further_models, or leave 'model' out"
        : Spelling.remedy(for: name, among: models.further.map(\.name), listing: "choose one of"))
    return nil
  }

  /// A worker's queue of open plans knows one model.
  func checkModels(_ file: MappingReader, _ models: NamedModels, _ policy: PolicyChoice) {
    guard !models.further.isEmpty else { return }
    let open = PolicyCatalog.entries.filter(\.hasOpenPlans).map(\.name)
    for name in [policy.name, policy.fallback] where open.contains(name) {
      problems.report(
        "the policy '\(name)' lets workers form batches, which works with one model alone",
        at: file.place(of: "further_models"), remedy: "choose a policy that plans batches, or remove further_models")
    }
  }
}
