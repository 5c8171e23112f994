import Foundation
import PlainJSON
import Testing

/// A topology that runs on two stages, in virtual time and as processes, and leaves the same files on both: one test body
/// serves both.
struct Scenario: Sendable, CustomTestStringConvertible {
  enum Stage: Sendable, CustomStringConvertible {
    case simulation(seed: Int)
    case processes(seed: Int = 1)

    var description: String {
      switch self {
      case .simulation(let seed): "simulation, seed \(seed)"
      case .processes(let seed): "processes, seed \(seed)"
      }
    }
    var command: String { if case .simulation = self { "simulate" } else { "run" } }
    var seed: Int {
      switch self {
      case .simulation(let seed), .processes(let seed): seed
      }
    }
  }

  let name: String
  let topology: @Sendable (Workplace) throws -> String
  var testDescription: String { name }

  /// Runs it to its end, which must be one of the two that a run that finished has.
  func run(on stage: Stage, in place: Workplace) async throws -> StagedRun {
    let out = place.path("\(stage.command)-\(UUID().uuidString.prefix(8))")
    let arguments = [stage.command, try topology(place), "--output", out, "--seed", "\(stage.seed)"]
    let program = try RunningProgram("offramp", arguments, in: place)
    let status = try #require(try await program.end(within: 90))
    try #require(status == 0 || status == 3, "\(stage): \(program.standardError)")
    #expect(nodeProcesses(mentioning: out).isEmpty)
    return StagedRun(stage: stage, finished: FinishedRun(out), isValid: status == 0)
  }
}

/// A scenario's run on one stage.
struct StagedRun {
  let stage: Scenario.Stage
  let finished: FinishedRun
  let isValid: Bool

  private func summary() throws -> JSON { try finished.json("summary.json") }
  private func figure(_ name: String, _ part: String? = nil) throws -> Double {
    let value = try summary()[name]
    return try #require(part.map { value?[$0] } ?? value, "\(stage) has no \(name)").double ?? .nan
  }
  func count(_ outcome: String) throws -> Double { try figure("tasks", outcome) }
  func throughput() throws -> Double { try figure("throughput_per_s") }
  func deadlineMet() throws -> Double { try figure("deadline_met") }
  func latency(_ quantile: String) throws -> Double { try figure("latency_ms", quantile) }
}

/// How far the summaries of a simulated and a VALID live run of one topology and seed may be apart. Both see the same
/// arrivals, images and channels; what is left is the machine. Docs/Simulation.md states it, and Scripts/bench/truth
/// measures it.
enum Agreement {
  /// Relative; a share of the tasks; relative; relative.
  static let (throughput, deadlineMet, median, p99) = (0.02, 0.02, 0.05, 0.10)

  /// One task is more than the stated share of a short run's: three tasks are always allowed.
  static func expect(_ simulated: StagedRun, _ live: StagedRun) throws {
    let generated = try simulated.count("generated")
    #expect(try live.count("generated") == generated)
    let slack = 3 / generated
    #expect(abs(try live.throughput() / simulated.throughput() - 1) <= max(throughput, 2 * slack))
    #expect(abs(try live.deadlineMet() - simulated.deadlineMet()) <= max(deadlineMet, slack))
    #expect(abs(try live.latency("p50") / simulated.latency("p50") - 1) <= median)
    #expect(abs(try live.latency("p99") / simulated.latency("p99") - 1) <= p99)
  }

  /// Of a run that says itself that the machine was too busy: how much worse it did is the machine's, but a machine that
  /// is in the way makes nothing better.
  static func expectNoBetter(_ busy: StagedRun, than simulated: StagedRun) throws {
    let generated = try simulated.count("generated")
    #expect(try busy.count("generated") == generated)
    let slack = 3 / generated
    #expect(try busy.deadlineMet() <= simulated.deadlineMet() + max(deadlineMet, slack))
    #expect(try busy.latency("p50") >= simulated.latency("p50") * (1 - median))
  }
}
