import Inference
import TopologyFiles
import TraceAnalysis

/// Why a command stops: lines for people, and the exit code that the contract gives it.
struct CommandFailure: Error {
  /// Each `what, where; what to do`.
  var lines: [String]
  var code: Int32

  init(_ what: String, at place: String, remedy: String, code: Int32 = 1) {
    lines = ["\(what), \(place); \(remedy)"]
    self.code = code
  }
  init(lines: [String] = [], code: Int32) {
    self.lines = lines
    self.code = code
  }

  /// What the libraries below throw on bad input; nil for other errors.
  init?(_ error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as TopologyError: self.init(lines: error.problems.map(\.description), code: 1)
    case let error as RunError: self.init(lines: [error.description], code: 1)
    case let error as EngineError: self.init(lines: [error.description], code: 1)
    default: return nil
    }
  }
}
