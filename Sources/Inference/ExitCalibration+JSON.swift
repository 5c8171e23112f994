public import PlainJSON

extension ExitCalibration {
  /// {"format": 1, "model", "images", "exits": […], "thresholds": […]}, as Docs/Model.md has it.
  public func json(model: String) -> JSON {
    [
      "format": 1, "model": .string(model), "images": .integer(Int64(images)),
      "exits": .array(exits.map(Self.json)), "thresholds": .array(points.map(Self.json)),
    ]
  }

  private static func json(_ exit: Exit) -> JSON {
    [
      "exit": .integer(Int64(exit.exit)), "accuracy": .number(exit.accuracy),
      "mean_confidence": .number(exit.meanConfidence),
      "expected_calibration_error": .number(exit.expectedCalibrationError),
      "bins": .array(
        exit.bins.map { bin in
          [
            "low": .number(bin.low), "high": .number(bin.high), "images": .integer(Int64(bin.count)),
            "mean_confidence": .number(bin.meanConfidence), "accuracy": .number(bin.accuracy),
          ]
        }),
    ]
  }
  private static func json(_ point: Point) -> JSON {
    [
      "threshold": .number(point.threshold), "exit_share": .array(point.share.map { .number($0) }),
      "mean_depth": .number(point.meanDepth), "accuracy": .number(point.accuracy),
    ]
  }
}
