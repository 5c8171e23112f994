import EdgeModel
import PlainJSON

/// The optional field `dispersion` of a table's block: {"probability": […], "ratio_to_median": [[…]], "median_s": […]},
/// and with "head_" before the last two those of the head.
extension LatencyTable {
  /// A multiple of the median; more is a mistake.
  private static let largestRatio = 1e6
  private static let mostQuantiles = 1001

  /// Those of `field`, a block for batches of 1...largest; nil where there are none. Medians that are not given are the
  /// table's own times, `body` and `head`.
  static func dispersion(
    of field: JSONField, largest: Int, body: [Double], head: [Double]
  ) throws(EngineError) -> LatencyDispersion.Block? {
    guard let dispersion = field.optional("dispersion") else { return nil }
    let probabilities = try probabilities(dispersion.member("probability"))
    let bodyPart = try part(dispersion, "", largest: largest, quantiles: probabilities.count, standard: body)
    let hasHead = dispersion.optional("head_ratio_to_median") != nil
    return LatencyDispersion.Block(
      probabilities: probabilities, body: bodyPart,
      head: hasHead
        ? try part(dispersion, "head_", largest: largest, quantiles: probabilities.count, standard: head) : nil)
  }

  private static func probabilities(_ field: JSONField) throws(EngineError) -> [Double] {
    let values = try field.numbers(in: 0...1)
    guard (2...mostQuantiles).contains(values.count), values.first == 0, values.last == 1,
      zip(values, values.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw field.failure(
        "2 to \(mostQuantiles) probabilities must rise from 0 to 1", "write them in order, 0 and 1 too")
    }
    return values
  }

  private static func part(
    _ field: JSONField, _ prefix: String, largest: Int, quantiles: Int, standard: [Double]
  ) throws(EngineError) -> LatencyDispersion.Part {
    let rowsField = try field.member("\(prefix)ratio_to_median")
    var rows: [[Double]] = []
    for row in try rowsField.elements() {
      let ratios = try row.numbers(in: 0...largestRatio)
      guard ratios.count == quantiles else {
        throw row.failure("\(ratios.count) quantiles for \(quantiles) probabilities", "give one for each")
      }
      guard zip(ratios, ratios.dropFirst()).allSatisfy({ $0 <= $1 }) else {
        throw row.failure("quantiles fall", "write them in the order of their probabilities")
      }
      rows.append(ratios)
    }
    guard !rows.isEmpty else {
      throw rowsField.failure("there is no row", "give one row for all sizes, or one for each")
    }
    let median =
      try field.optional("\(prefix)median_s").map { (medians) throws(EngineError) in
        try curve(medians, largest: largest).monotoneTable(upTo: largest)
      } ?? standard
    return LatencyDispersion.Part(median: median, ratios: Array(rows.prefix(largest)))
  }

  static func json(_ block: LatencyDispersion.Block) -> JSON {
    var members = [JSON.Member("probability", json(block.probabilities))]
    func add(_ part: LatencyDispersion.Part, _ prefix: String) {
      members.append(JSON.Member("\(prefix)median_s", json(part.median)))
      members.append(JSON.Member("\(prefix)ratio_to_median", .array(part.ratios.map(json))))
    }
    add(block.body, "")
    if let head = block.head { add(head, "head_") }
    return .object(members)
  }
  private static func json(_ values: [Double]) -> JSON { .array(values.map { .number($0) }) }
}
