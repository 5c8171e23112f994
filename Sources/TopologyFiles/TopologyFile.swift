public import EdgeModel
import Inference

/// A topology as read from a file: the checked values, and the text they came from.
public struct TopologyFile: Hashable, Sendable {
  /// Every value is in range and every file it names was looked at. Paths are relative to the current directory, or
  /// absolute.
  public var topology: Topology
  /// The file, verbatim.
  public var text: String
  /// SHA-256 of the file's bytes, in 64 lower-case hexadecimal digits.
  public var sha256: String
  /// As it was given.
  public var path: String

  /// Largest topology file that is read [byte].
  public static let largestFile = 256 * 1024

  /// Reads and checks the topology at `path`.
  ///
  /// - Parameters:
  ///   - policies: the names that `policy` may have.
  ///   - directory: what relative paths in the file count from; nil: the file's own directory. (A run's copy of its
  ///     topology lies elsewhere than its model.)
  ///   - checkingFiles: whether the model, tables and series that the file names are looked at.
  /// - Throws: every mistake that was found, each with its line and what to do.
  public static func read(
    path: String, policies: [String], relativeTo directory: String? = nil, checkingFiles: Bool = true
  ) throws(TopologyError) -> TopologyFile {
    let problems = ProblemCollector(file: path)
    let bytes = try readBytes(path, problems)
    let document = try YAMLDocument(bytes, problems)
    let base = directory ?? FilePath.directory(of: path)
    let reader = TopologyReader(problems: problems, policies: policies, base: base, checksFiles: checkingFiles)
    let topology = reader.read(document.root)
    guard let topology, problems.isEmpty else { throw problems.error }
    return TopologyFile(topology: topology, text: document.text, sha256: SHA256.hex(of: bytes), path: path)
  }

  private static func readBytes(_ path: String, _ problems: ProblemCollector) throws(TopologyError) -> [UInt8] {
    do throws(FileFailure) {
      return try FilePath.contents(of: path, limit: largestFile)
    } catch {
      switch error {
      case .missing: problems.report("there is no such file", remedy: "check the path")
      case .directory: problems.report("this is a directory", remedy: "name a topology file in it")
      case .unreadable: problems.report("the file cannot be read", remedy: "check its permissions")
      case .tooLarge:
        problems.report("the file is larger than 256 KiB", remedy: "a topology is a few KB; check the path")
      }
      throw problems.error
    }
  }
}
