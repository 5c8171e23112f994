import PlainJSON

/// A JSON file that the topology names, read with its mistakes reported.
struct JSONFile {
  let path: String
  /// What it is called in messages: `the model's manifest`.
  let what: String
  /// Where the topology names it.
  let place: Place?
  let problems: ProblemCollector

  /// The file's value, where it is a JSON text of format 1.
  func read() -> JSON? {
    do throws(FileFailure) {
      let bytes = try FilePath.contents(of: path, limit: ModelFiles.largestFile)
      return parse(bytes)
    } catch {
      let reason =
        switch error {
        case .missing: "does not exist"
        case .directory: "is a directory"
        case .unreadable: "cannot be read"
        case .tooLarge: "is larger than 16 MiB"
        }
      problems.report("\(what) \(path) \(reason)", at: place, remedy: "check the path and the model's files")
      return nil
    }
  }

  private func parse(_ bytes: [UInt8]) -> JSON? {
    do throws(JSONError) {
      let json = try JSON(utf8: bytes)
      if json["format"]?.integer == 1 { return json }
      report("is not of format 1")
    } catch {
      problems.report(
        "\(what) is no JSON: \(error.message)", in: path, at: Place(line: error.line, column: error.column),
        remedy: "mend or regenerate the file")
    }
    return nil
  }

  /// Reports the file as a whole.
  func report(_ complaint: String) {
    problems.report("\(what) \(complaint)", in: path, remedy: "mend or regenerate the file")
  }
}
