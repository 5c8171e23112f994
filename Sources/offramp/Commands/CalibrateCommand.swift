import ArgumentParser
import Inference
import PlainJSON
import Terminal

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Tells what the exit rule confidence(threshold) is worth on a model's held-out images.",
    discussion: """
      For each threshold: which share of the images leaves at each exit, how many blocks an image runs on average, and \
      how many are answered rightly. For each exit: accuracy, mean confidence, and how far the two are apart (ECE). By \
      the answers that the model's exits gave when it was made.

      Exit status: 0, or 1 on bad input.
      """)

  /// Those that a table shows.
  private static let shown = [0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1]

  @Argument(help: "The model's directory.")
  var model: String
  @Option(
    name: .customLong("threshold"),
    help: ArgumentHelp("A threshold in 0...1, in place of those by default; may be repeated.", valueName: "share"))
  var thresholds: [Double] = []
  @Flag(help: "Answer in JSON, at thresholds from 0 to 1 in steps of 0.01 by default.")
  var json = false

  func run() throws {
    for threshold in thresholds where !(0...1).contains(threshold) {
      throw CommandFailure("\(threshold) is no threshold", at: "--threshold", remedy: "give a share from 0 to 1")
    }
    let manifest = try ModelManifest(directory: model)
    let heldOut = try HeldOutImages(manifest)
    let standard = json ? (0...100).map { Double($0) / 100 } : Self.shown
    let calibration = ExitCalibration(heldOut, thresholds: thresholds.isEmpty ? standard : thresholds)
    if json {
      print(calibration.json(model: manifest.name).pretty, terminator: "")
    } else {
      print(
        "\(manifest.name): \(calibration.images) held-out images", "", exits(calibration), "", points(calibration),
        separator: "\n")
    }
  }

  private func exits(_ calibration: ExitCalibration) -> String {
    let rows = calibration.exits.map {
      ["\($0.exit)", percent($0.accuracy), percent($0.meanConfidence), percent($0.expectedCalibrationError)]
    }
    return TextTable(rows: [["exit", "accuracy %", "mean confidence %", "ECE %"]] + rows).lines.joined(separator: "\n")
  }

  private func points(_ calibration: ExitCalibration) -> String {
    let heading =
      ["threshold", "accuracy %", "mean depth"] + calibration.exits.map { "exit \($0.exit) %" }
    let rows = calibration.points.map { point in
      ["\(point.threshold)", percent(point.accuracy), fixed(point.meanDepth, 2)] + point.share.map(percent)
    }
    return TextTable(rows: [heading] + rows).lines.joined(separator: "\n")
  }

  private func percent(_ share: Double) -> String { fixed(100 * share, 1) }
}
