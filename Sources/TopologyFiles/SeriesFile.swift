/// A CSV file of numbers that a group names: arrival times, or a channel's SNR per frame.
enum SeriesFile {
  case arrivals, channel

  /// Largest file that is read [byte].
  static let largestFile = 64 * 1024 * 1024

  /// The header's columns.
  var columns: [String] {
    switch self {
    case .arrivals: ["device", "time_s"]
    case .channel: ["device", "frame", "snr_db"]
    }
  }
  var example: String {
    switch self {
    case .arrivals: "arrivals.csv"
    case .channel: "snr.csv"
    }
  }

  /// The last column of each device of the group, in the file's order, of a file that `check` had nothing to say of; nil
  /// where it cannot be read any more.
  func values(_ path: String) -> [Int: [Double]]? {
    guard let bytes = try? FilePath.contents(of: path, limit: Self.largestFile) else { return nil }
    var values: [Int: [Double]] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == columns.count, let device = Int(fields[0]), let value = Double(fields[fields.count - 1])
      else { return nil }
      values[device, default: []].append(value)
    }
    return values
  }

  /// Reports the first mistake: no file, another header, a row that is none, a device that the group lacks.
  func check(_ path: String, devices: Int, at place: Place?, _ problems: ProblemCollector) {
    let bytes: [UInt8]
    do throws(FileFailure) {
      bytes = try FilePath.contents(of: path, limit: Self.largestFile)
    } catch {
      problems.report("the file \(path) cannot be read", at: place, remedy: "check the path, as seen from the topology")
      return
    }
    var nextFrames: [Int: Int] = [:]
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() where !(bytes.isEmpty && index > 0) {
      let fields = String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes, as: UTF8.self)
        .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let complaint = index == 0 ? complain(header: fields) : complain(row: fields, devices, &nextFrames)
      guard let complaint else { continue }
      problems.report(
        complaint, in: path, at: Place(line: index + 1, column: 1),
        remedy: "write rows of \(columns.joined(separator: ","))")
      return
    }
  }

  private func complain(header: [String]) -> String? {
    header == columns ? nil : "the header is not \(columns.joined(separator: ","))"
  }
  /// The rows that the nodes' own reader takes, and no others.
  private func complain(row: [String], _ devices: Int, _ nextFrames: inout [Int: Int]) -> String? {
    guard row.count == columns.count else { return "the row has \(row.count) fields" }
    guard let device = Int(row[0]), (0..<devices).contains(device) else {
      return "'\(row[0].shortened)' is no device of the group, which has 0 to \(devices - 1)"
    }
    let last = row[row.count - 1]
    guard let value = Double(last), value.isFinite else { return "'\(last.shortened)' is no number" }
    switch self {
    case .arrivals: return (0..<1e8).contains(value) ? nil : "the time \(last.shortened) is not in the run"
    case .channel:
      guard abs(value) < 300 else { return "\(last.shortened) dB is no SNR" }
      let expected = nextFrames[device, default: 0]
      nextFrames[device] = expected + 1
      return Int(row[1]) == expected ? nil : "the frame is '\(row[1].shortened)' where \(expected) is next"
    }
  }
}
