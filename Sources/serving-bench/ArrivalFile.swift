import Glibc
import Inference
import Terminal

/// One task as it arrives at the server.
struct Arrival {
  /// From the run's beginning [ns].
  var due: Int64
  /// Which held-out image.
  var sample: Int
  /// The first exit accurate enough for its device, from 1.
  var exit: Int
}

/// Arrivals of one run, in the order of their instants.
struct ArrivalFile {
  let name: String
  let arrivals: [Arrival]

  /// Reads `instant_ns,sample,exit` below a header; samples are below `samples`.
  init(_ path: String, samples: Int) throws {
    name = path.split(separator: "/").last.map(String.init) ?? path
    let text = String(decoding: try FileBytes.read(path), as: UTF8.self)
    var arrivals: [Arrival] = []
    for (index, line) in text.split(separator: "\n").enumerated().dropFirst() {
      let fields = line.split(separator: ",").map { Int64($0) ?? -1 }
      guard fields.count == 3, fields[0] >= arrivals.last?.due ?? 0, 0..<Int64(samples) ~= fields[1],
        1...1024 ~= fields[2]
      else {
        throw UsageError("no instant, sample and exit", "\(path):\(index + 1)", "write them anew, in order of time")
      }
      arrivals.append(Arrival(due: fields[0], sample: Int(fields[1]), exit: Int(fields[2])))
    }
    guard !arrivals.isEmpty else { throw UsageError("no arrivals", path, "write at least one") }
    self.arrivals = arrivals
  }
}
