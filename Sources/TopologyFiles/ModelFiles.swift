import PlainJSON

/// A model's directory as the topology needs to know it: what its exits are worth. The engine reads the rest.
struct ModelFiles {
  /// Largest manifest or table that is read [byte].
  static let largestFile = 16 * 1024 * 1024

  let directory: String
  /// Accuracy of each exit in 0...1, in the order of the blocks; empty where it was not looked at.
  let exits: [Double]

  init(unchecked directory: String) {
    self.directory = directory
    exits = []
  }

  /// Reads the manifest; `place` is where the topology names the model.
  init?(_ directory: String, at place: Place?, _ problems: ProblemCollector) {
    guard FilePath.isDirectory(directory) else {
      problems.report(
        "there is no model directory \(directory)", at: place,
        remedy: "name the directory that holds the model's manifest.json, as seen from the topology file")
      return nil
    }
    let path = FilePath.resolve("manifest.json", in: directory)
    let file = JSONFile(path: path, what: "the model's manifest", place: place, problems: problems)
    guard let manifest = file.read(), let exits = Self.accuracies(in: manifest), !exits.isEmpty else {
      if problems.isEmpty { file.report("names no exits with their accuracy") }
      return nil
    }
    self.directory = directory
    self.exits = exits
  }

  private static func accuracies(in manifest: JSON) -> [Double]? {
    guard let exits = manifest["exits"]?.array else { return nil }
    let accuracies = exits.compactMap { $0["accuracy"]?.double }
    return accuracies.count == exits.count && accuracies.allSatisfy((0.0...1.0).contains) ? accuracies : nil
  }

  /// Reports a requirement that no exit meets.
  func check(accuracy: Double, at place: Place?, _ problems: ProblemCollector) {
    guard let best = exits.max(), accuracy > best else { return }
    let list = exits.enumerated().map { "exit \($0.offset + 1) \($0.element)" }.joined(separator: ", ")
    problems.report(
      "no exit of the model reaches the accuracy \(accuracy)", at: place,
      remedy: "ask for at most \(best) (\(list))")
  }
}
