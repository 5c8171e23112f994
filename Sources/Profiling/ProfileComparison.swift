import EdgeModel
public import Inference
import PlainJSON
import Terminal

/// Profiles and latency tables of one model beside each other.
public struct ProfileComparison: Sendable {
  /// Batch sizes that are shown.
  static let sizes = [1, 4, 16, 64]

  private let compared: [ComparedProfile]
  /// What of the files could not be compared, a line each.
  public private(set) var complaints: [String] = []
  /// What holds good but should be known, a line each.
  private var notes: [String] = []

  /// Reads `files`; the first one is what the others are held against. Throws where it cannot be read, or there is
  /// nothing to hold against it.
  public init(files: [String]) throws(EngineError) {
    guard let first = files.first, files.count >= 2 else {
      throw EngineError(
        "\(files.count == 1 ? "one file" : "no file")", at: "--compare", remedy: "name two profiles or more")
    }
    let reference = try ComparedProfile(file: first)
    var compared = [reference]
    for file in files.dropFirst() {
      do throws(EngineError) {
        let other = try ComparedProfile(file: file)
        try other.check(against: reference)
        if let mine = other.table.modelSHA256, let first = reference.table.modelSHA256, mine != first {
          notes.append("note: \(file) is of other files of the model (\(mine.prefix(12))…, not \(first.prefix(12))…)")
        }
        compared.append(other)
      } catch { complaints.append(error.description) }
    }
    self.compared = compared
    guard compared.count >= 2 else {
      throw EngineError("nothing can be compared: \(complaints.joined(separator: " · "))", remedy: "name other files")
    }
  }

  /// Several lines, the last without a newline.
  public var text: String {
    let labels = self.labels
    let origins = zip(labels, compared).map { label, profile in ["\(label):", profile.about] }
    let heading = ["median, µs (× the first)", ""] + Self.sizes.map { "b = \($0)" } + ["α", "β", "β/α"]
    var rows: [[String]] = []
    for part in compared[0].parts.indices {
      for (index, profile) in compared.enumerated() {
        let (name, medians) = profile.parts[part]
        rows.append(
          [index == 0 ? name : "", labels[index]]
            + cells(of: medians, against: index == 0 ? [] : compared[0].parts[part].medians))
      }
    }
    let lines = TextTable(rows: origins, leftColumns: 2).lines + [""]
    return (lines + TextTable(rows: [heading] + rows, leftColumns: 2).lines + notes).joined(separator: "\n")
  }

  private func cells(of medians: [Double], against first: [Double]) -> [String] {
    let (fit, firstFit) = (LinearFit(medians), LinearFit(first))
    func value(_ sizes: [Double], _ size: Int) -> Double? { size <= sizes.count ? sizes[size - 1] : nil }
    return Self.sizes.map { cell(value(medians, $0), value(first, $0), ProfileText.microseconds) }
      + [
        cell(fit?.alpha, firstFit?.alpha, ProfileText.microseconds),
        cell(fit?.beta, firstFit?.beta, ProfileText.microseconds), cell(fit?.ratio, firstFit?.ratio) { fixed($0, 1) },
      ]
  }
  private func cell(_ value: Double?, _ first: Double?, _ text: (Double?) -> String) -> String {
    guard let value, let first, first > 0 else { return text(value) }
    return "\(text(value)) (\(fixed(value / first, 2)))"
  }

  /// The files' names without folders and ending; where two are alike, as they were given.
  private var labels: [String] {
    let short = compared.map { profile in
      let name = profile.file.split(separator: "/").last.map(String.init) ?? profile.file
      return name.hasSuffix(".json") ? String(name.dropLast(5)) : name
    }
    return short.indices.map { index in
      short.count { $0 == short[index] } > 1 ? compared[index].file : short[index]
    }
  }
}

/// One file of a comparison: medians where it has them, else its table's latencies.
struct ComparedProfile: Sendable {
  let file: String
  let table: LatencyTable
  /// Where and with what, or that the file does not say.
  let about: String
  /// Blocks, exit heads and the whole, by batch size [s].
  let parts: [(name: String, medians: [Double])]

  init(file: String) throws(EngineError) {
    let root = try JSONField(file: file, limit: LatencyTable.largestFile)
    self.file = file
    var series: [[Double]] = []
    let whole: [Double]
    if root.optional("whole") != nil {
      let profile = try EngineProfile(root)
      table = profile.table
      about = ProfileText.line(profile.origin)
      for index in profile.bodies.indices { series += [profile.bodies[index].median, profile.heads[index].median] }
      whole = profile.whole.median
    } else {
      table = try LatencyTable(root)
      let kind = root.optional("kind")?.value.string.map { ", \($0)" } ?? ""
      about =
        "latency table \(table.name)\(kind)\(table.dispersion == nil ? ", no medians: its latencies stand for them" : "")"
      for index in table.profile.blocks.indices { series += Self.medians(of: index, in: table) }
      whole = (0..<table.largestBatch).map { size in series.reduce(0) { $0 + $1[size] } }
    }
    parts =
      series.enumerated().map { ("\($0 % 2 == 0 ? "block" : "exit") \($0 / 2 + 1)", $1) } + [("whole", whole)]
  }

  private static func medians(of block: Int, in table: LatencyTable) -> [[Double]] {
    let (curves, scatter) = (table.profile.blocks[block], table.dispersion?.blocks[block])
    return [
      scatter?.body.median ?? curves.latency.monotoneTable(upTo: table.largestBatch),
      scatter?.head?.median ?? curves.head.monotoneTable(upTo: table.largestBatch),
    ]
  }

  func check(against first: ComparedProfile) throws(EngineError) {
    guard table.model == first.table.model, parts.count == first.parts.count else {
      throw EngineError(
        "cannot be compared: it is of the model '\(table.model)' with \(parts.count / 2) blocks, the first of "
          + "'\(first.table.model)' with \(first.parts.count / 2)", at: file, remedy: "compare profiles of one model")
    }
  }
}
