public import Foundation
import TraceLog

/// Reads trace files.
public enum TraceReader {
  /// The trace in `file`. O(bytes). Throws where the file cannot be read or is of another format; lines that are no
  /// records are kept in `badLines`, because the rest is worth reading.
  public static func read(_ file: URL) throws(RunError) -> NodeTrace {
    let bytes: [UInt8]
    do { bytes = Array(try Data(contentsOf: file)) } catch {
      throw RunError("cannot read the trace", at: file.path, remedy: "check that it exists and may be read")
    }
    return try parse(bytes, name: file.lastPathComponent, path: file.path)
  }

  /// The trace in `bytes`; `name` is the file's name, which says the node where there is no header.
  static func parse(_ bytes: [UInt8], name: String, path: String) throws(RunError) -> NodeTrace {
    var trace = NodeTrace(file: name, node: "", records: [])
    var start = 0
    var line = 0
    while start < bytes.count {
      line += 1
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      do {
        trace.records.append(try TraceDecoder.decode(bytes[start..<end]))
      } catch {
        if let format = error.foreignFormat {
          throw RunError(
            "trace format \(format), this version reads 1", at: "\(path):\(line)",
            remedy: "read it with the version of offramp that wrote it")
        }
        if end == bytes.count {
          trace.isTorn = true
        } else {
          trace.badLines.append(.init(line: line, message: error.message))
        }
      }
      start = end + 1
    }
    if case .traceOpened(let header)? = trace.records.first?.record { trace.header = header }
    (trace.node, trace.part) = nodeAndPart(of: name, header: trace.header?.node)
    return trace
  }

  /// `NODE.jsonl` is a node's first trace, `NODE.2.jsonl` that of its second start. A node's own name may end in a
  /// number, so the header, where there is one, decides.
  static func nodeAndPart(of name: String, header: String?) -> (node: String, part: Int) {
    let stem = name.hasSuffix(".jsonl") ? String(name.dropLast(6)) : name
    if stem == header { return (stem, 1) }
    if let dot = stem.lastIndex(of: "."), let part = Int(stem[stem.index(after: dot)...]), part >= 2 {
      let node = String(stem[..<dot])
      if header == nil || header == node { return (node, part) }
    }
    return (header ?? stem, 1)
  }
}
