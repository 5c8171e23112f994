import EdgeModel
import Nodes
import PlainJSON
import Terminal
public import ZeroMQTransport

/// What a base station tells: lines of JSON on standard output for a launcher, or lines for people on standard error.
public struct StatusLines: Sendable {
  private let forLauncher: Bool
  public init(forLauncher: Bool) { self.forLauncher = forLauncher }

  public func tell(_ news: StationNews) {
    if forLauncher {
      Output.printLine(json(news).line, to: .standard)
    } else if let line = text(news) {
      Output.printLine(line, to: .errors)
    }
  }

  private func json(_ news: StationNews) -> JSON {
    switch news {
    case .listening(let devices, let workers, let clock):
      [
        "status": "listening", "devices": .string(devices), "workers": .string(workers), "clock": .string(clock),
      ]
    case .waiting(let missing): ["status": "waiting", "for": .string(missing)]
    case .turnedAway(let node, let reason):
      ["status": "turned-away", "node": .string(node), "reason": .string(reason)]
    case .workerListens(let name, let endpoint):
      ["status": "worker", "name": .string(name), "endpoint": .string(endpoint)]
    case .started(let monotonic): ["status": "started", "monotonic_ns": .integer(monotonic)]
    case .progress(let progress):
      [
        "status": "progress", "elapsed_s": .number(progress.elapsed.inSeconds),
        "offered": .integer(Int64(progress.offered)),
        "settled": .integer(Int64(progress.settled)), "completed": .integer(Int64(progress.completed)),
        "batches": .integer(Int64(progress.batches)), "batched": .integer(Int64(progress.batched)),
      ]
    }
  }

  private func text(_ news: StationNews) -> String? {
    switch news {
    case .listening(let devices, let workers, let clock):
      "listening: devices at \(devices), workers at \(workers), clock at \(clock)"
    case .waiting(let missing): missing.isEmpty ? nil : "waiting for \(missing)"
    case .turnedAway(let node, let reason): "turned away, \(node): \(reason)"
    case .workerListens: nil
    case .started: "all nodes are ready, the run starts"
    case .progress: nil
    }
  }
}
