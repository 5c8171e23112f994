import Glibc
import Inference
import ZeroMQ

/// What became of each arrival of one run, in their order, and what the client itself took.
struct RequestLog {
  enum Outcome: String {
    case answered
    /// The server said that it gives no answer.
    case rejected
    /// Its deadline had passed before a connection was free.
    case unsent
    /// Nothing came, or the connection broke.
    case lost
  }
  struct Record {
    var due: Int64
    /// From the run's beginning [ns]; nil where it never was.
    var sent: Int64?
    var answered: Int64?
    var outcome = Outcome.lost
    /// The class answered.
    var predicted = -1
    /// The batch that answered it: its number, or over HTTP its size.
    var batch = -1
    /// A server's status or reason.
    var status = ""
  }

  var records: [Record]
  /// Of one processor, over the run.
  private(set) var processorShare = 0.0
  private let began = monotonicNow()
  private let processorTime = Self.processorTime()

  init(_ arrivals: [Arrival]) { records = arrivals.map { Record(due: $0.due) } }

  mutating func close() {
    let wall = Double(max(1, monotonicNow() - began))
    processorShare = Double(Self.processorTime() - processorTime) / wall
  }

  func write(to path: String) throws(EngineError) {
    var text = "due_ns,sent_ns,answered_ns,outcome,predicted,batch,status\n"
    for record in records {
      text += "\(record.due),\(Self.text(record.sent)),\(Self.text(record.answered)),\(record.outcome.rawValue),"
      text += "\(record.predicted),\(record.batch),\(record.status)\n"
    }
    try FileBytes.write(Array(text.utf8), to: path)
  }
  private static func text(_ value: Int64?) -> String { value.map { "\($0)" } ?? "" }

  /// Of all threads of this process [ns].
  private static func processorTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
