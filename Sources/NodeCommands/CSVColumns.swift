public import EdgeModel
import Inference
import Terminal

/// Files that a topology names, read without Foundation: arrivals to replay, SNR traces.
public enum CSVColumns {
  /// `device,time_s` → ascending instants per device of the group, from 0.
  public static func arrivals(_ path: String) throws -> [Int: [Instant]] {
    var instants: [Int: [Instant]] = [:]
    for (line, fields) in try rows(path, header: "device,time_s") {
      guard let device = Int(fields[0]), device >= 0, let time = Double(fields[1]), time >= 0, time < 1e8 else {
        throw fault("no device and time", path, line)
      }
      instants[device, default: []].append(Instant(seconds: time))
    }
    return instants.mapValues { $0.sorted() }
  }

  /// `device,frame,snr_db` → SNR per frame of each device of the group, from 0; frames without gaps from 0.
  public static func snr(_ path: String) throws -> [Int: [Double]] {
    var values: [Int: [Double]] = [:]
    for (line, fields) in try rows(path, header: "device,frame,snr_db") {
      guard let device = Int(fields[0]), device >= 0, let frame = Int(fields[1]), let snr = Double(fields[2]),
        snr.isFinite, abs(snr) < 300
      else { throw fault("no device, frame and SNR", path, line) }
      guard frame == values[device, default: []].count else {
        throw fault("frame \(frame) of device \(device) where \(values[device, default: []].count) is next", path, line)
      }
      values[device, default: []].append(snr)
    }
    return values
  }

  private static func rows(_ path: String, header: String) throws -> [(line: Int, fields: [Substring])] {
    let text = String(decoding: try FileBytes.read(path, limit: 1 << 28), as: UTF8.self)
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    guard let first = lines.first, first == header else { throw fault("the first line is not '\(header)'", path, 1) }
    let columns = header.split(separator: ",").count
    var rows: [(Int, [Substring])] = []
    for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == columns else { throw fault("\(fields.count) fields, not \(columns)", path, index + 1) }
      rows.append((index + 1, fields))
    }
    return rows
  }

  private static func fault(_ what: String, _ path: String, _ line: Int) -> UsageError {
    UsageError(what, "\(path):\(line)", "correct the file")
  }
}
