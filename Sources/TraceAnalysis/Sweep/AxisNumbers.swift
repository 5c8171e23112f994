import Units

/// An axis's values as numbers, where all of them are amounts of one kind: what a figure draws over.
struct AxisNumbers: Hashable {
  /// `Hz`, `s`, `m`, `W`, `dB`, `/s`, `dBm/Hz`; `1` for percentages; nil for plain numbers.
  var unit: String?
  /// In the unit's base.
  var values: [Double]

  /// nil where the values are of several kinds, or none.
  init?(_ texts: [String]) {
    for kind in Self.kinds {
      let values = texts.compactMap(kind.read)
      guard values.count == texts.count, values.allSatisfy(\.isFinite) else { continue }
      self.unit = kind.unit
      self.values = values
      return
    }
    return nil
  }

  private struct Kind {
    var unit: String?
    var read: @Sendable (String) -> Double?
  }
  /// No unit belongs to two kinds, so the order does not matter.
  private static let kinds = [
    Kind(unit: nil) { text in isPlain(text) ? Double(text) : nil },
    Kind(unit: "1") { text in
      guard text.hasSuffix("%") else { return nil }
      let digits = text.dropLast().reversed().drop { $0 == " " }.reversed()
      return isPlain(String(digits)) ? Double(String(digits)).map { $0 / 100 } : nil
    }, Kind(unit: "Hz") { text in (try? Hertz(text: text))?.value },
    Kind(unit: "s") { text in (try? Duration(text: text))?.inSeconds },
    Kind(unit: "m") { text in (try? Metres(text: text))?.value },
    Kind(unit: "W") { text in (try? Watts(text: text))?.value },
    Kind(unit: "dB") { text in (try? Decibels(text: text))?.value },
    Kind(unit: "/s") { text in try? readEventRate(text) }, Kind(unit: "dBm/Hz") { text in try? readNoiseDensity(text) },
  ]
  /// Double also reads "nan" and hexadecimal digits.
  private static func isPlain(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
  }
}
