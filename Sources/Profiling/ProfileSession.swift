public import Inference
import PlainJSON
import Terminal

/// What both programs do: measure with a bar on the terminal, write the file, and say what is to be printed.
public enum ProfileSession {
  /// - Parameters:
  ///   - output: the profile's file; checked before anything is measured.
  ///   - json: whether the profile itself is to be printed, in place of its tables.
  /// - Returns: text without a newline at its end.
  public static func run(
    _ request: () throws(EngineError) -> ProfileRequest, output: String?, json: Bool
  ) throws(EngineError) -> String {
    if let output { try FileBytes.checkWritable(output) }
    let request = try request()
    var bar = ProgressBar(request.modelName)
    let result = Result { () throws(EngineError) in
      try request.perform { share, rounds in
        bar.show(share, rounds == 0 ? "warming up" : "\(rounds) round\(rounds == 1 ? "" : "s")")
      }
    }
    bar.clear()
    let profile = try result.get()
    if let output { try profile.write(to: output) }
    if json { return String(profile.json.pretty.dropLast()) }
    return ProfileReport(profile).description + (output.map { "\n\nprofile: \($0)" } ?? "")
  }
}
