import TraceLog

/// The records of one trace in its order: numbers without a gap, one header in front, one footer behind.
struct TraceSequence: Sendable {
  private let file: String
  private var expected = 0
  private var count = 0
  /// The footer's number, until something stands behind it.
  private var footer: Int?

  init(file: String) { self.file = file }

  /// What is wrong with the next record, whose number is `number`: one line each.
  mutating func take(_ record: TraceRecord, numbered number: Int) -> [String] {
    // An array that stays empty costs nothing.
    var faults: [String] = []
    if let fault = takeMore() { faults.append(fault) }
    if number != expected { faults.append(gap(before: number)) }
    switch record {
    case .traceOpened: if count > 0 { faults.append("\(file) record \(number): a second traceOpened") }
    case .traceClosed(let records):
      footer = number
      if records != number {
        faults.append("\(file) record \(number): the footer counts \(records) records before it")
      }
    default: if count == 0 { faults.append("\(file): the first record is no traceOpened") }
    }
    expected = number + 1
    count += 1
    return faults
  }

  /// The file ends in a cut line: what is wrong with that.
  mutating func takeCutLine() -> String? { takeMore() }

  private mutating func takeMore() -> String? {
    guard let footer else { return nil }
    self.footer = nil
    return "\(file) record \(footer): records follow the footer"
  }

  private func gap(before number: Int) -> String {
    number > expected
      ? "\(file): a gap, records \(expected) to \(number - 1) are missing"
      : "\(file): record \(number) stands where \(expected) is due"
  }
}
