import EdgeModel

/// Rows of comma-separated values in one buffer.
struct CSVWriter {
  private(set) var bytes: [UInt8]
  private var isRowOpen = false

  /// Without a header: the caller writes it as a row.
  init() { bytes = [] }
  init(columns: String) { bytes = Array((columns + "\n").utf8) }

  mutating func field(_ value: Int?) { append(value.map(String.init)) }
  mutating func field(_ value: Instant?) { append(value.map { String($0.nanoseconds) }) }
  /// Numbers that are none (not a number, infinite) are left empty.
  mutating func field(_ value: Double?) { append(value.flatMap { $0.isFinite ? "\($0)" : nil }) }
  mutating func field(_ text: String) {
    let special: (UInt8) -> Bool = { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    append(
      text.utf8.contains(where: special)
        ? "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\"" : text)
  }
  mutating func endRow() {
    bytes.append(0x0A)
    isRowOpen = false
  }
  private mutating func append(_ text: String?) {
    if isRowOpen { bytes.append(0x2C) }
    isRowOpen = true
    if let text { bytes.append(contentsOf: text.utf8) }
  }
}
