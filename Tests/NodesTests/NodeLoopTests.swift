import EdgeModel
import Nodes
import Testing
import TraceLog
import Units

/// The live loop on a port that follows a script.
struct NodeLoopTests {
  /// Notes what it hears; "timer X" and "send X" do so, "finish" finishes.
  private struct Scribe: Node {
    typealias Inbound = String
    typealias Outbound = String
    typealias Timer = Int
    mutating func handle(_ event: Event<Self>, at now: Instant, _ effects: inout Effects<Self>) {
      switch event {
      case .started:
        for timer in [50, 10, 10] { effects.fire(timer, at: .milliseconds(timer)) }
        note("started", &effects)
      case .fired(let timer, let planned): note("timer \(timer) of \(planned.nanoseconds / 1_000_000)", &effects)
      case .received("send"):
        effects.send("one")
        effects.send("two")
      case .received("finish"):
        note("finished", &effects)
        effects.finish()
      case .received(let message): note(message, &effects)
      case .stopped(let cause): note("stopped: \(cause)", &effects)
      }
    }
    private func note(_ text: String, _ effects: inout Effects<Self>) { effects.record(.faultNoticed(kind: text)) }
  }

  private struct Broken: Error {}

  private struct Script: NodePort, ~Copyable {
    typealias Connected = Scribe
    enum Line {
      case message(String, at: Int)
      case stop(String, at: Int)
      case fail
    }
    private(set) var now: Instant
    private var lines: [Line]
    private(set) var notes: [String] = []
    private(set) var sent: [[String]] = []
    init(_ lines: [Line], from now: Instant = .start) {
      self.lines = lines
      self.now = now
    }

    mutating func next(before deadline: Instant?) throws(Broken) -> PortEvent<Scribe> {
      guard let line = lines.first else { throw Broken() }
      let at: Int
      switch line {
      case .message(_, let instant), .stop(_, let instant): at = instant
      case .fail: throw Broken()
      }
      if let deadline, deadline < .milliseconds(at) {
        now = max(now, deadline)
        return .deadline
      }
      now = max(now, .milliseconds(at))
      lines.removeFirst()
      if case .message(let message, _) = line { return .message(message) }
      if case .stop(let cause, _) = line { return .stop(cause: cause) }
      return .deadline
    }
    mutating func send(_ messages: [String]) throws(Broken) { sent.append(messages) }
    mutating func record(_ record: TraceRecord, at instant: Instant) {
      guard case .faultNoticed(let text) = record else { return }
      notes.append("\(instant.nanoseconds / 1_000_000) \(text)")
    }
  }

  @Test func timersComeInOrderAndBeforeMessagesThatWait() throws {
    var loop = NodeLoop(
      Scribe(),
      on: Script([.message("a", at: 5), .message("b", at: 70), .message("c", at: 70), .message("finish", at: 71)]))
    #expect(try loop.run() == nil)
    #expect(
      loop.port.notes == [
        "0 started", "5 a", "10 timer 10 of 10", "10 timer 10 of 10", "50 timer 50 of 50", "70 b", "70 c",
        "71 finished",
      ])
    #expect(loop.statistics.timers == 3 && loop.statistics.events == 8 && loop.statistics.latenessMax == .zero)
  }

  /// A port that was busy until 60 ms: all timers are late, and still go first, each with its planned instant.
  @Test func lateTimersGoFirstAndKnowTheirInstants() throws {
    var loop = NodeLoop(
      Scribe(), on: Script([.message("a", at: 5), .message("finish", at: 61)], from: .milliseconds(60)))
    #expect(try loop.run() == nil)
    #expect(
      loop.port.notes.prefix(5) == [
        "60 started", "60 timer 10 of 10", "60 timer 10 of 10", "60 timer 50 of 50", "60 a",
      ])
    #expect(loop.statistics.latenessMax == .milliseconds(50))
  }

  @Test func stopIsHeardLastAndItsCauseReturned() throws {
    var loop = NodeLoop(Scribe(), on: Script([.stop("enough", at: 20), .message("a", at: 21)]))
    #expect(try loop.run() == "enough")
    #expect(loop.port.notes.last == "20 stopped: enough" && loop.port.notes.count == 4)
  }

  @Test func whatOneEventSendsGoesTogether() throws {
    var loop = NodeLoop(Scribe(), on: Script([.message("send", at: 1), .message("finish", at: 2)]))
    _ = try loop.run()
    #expect(loop.port.sent == [["one", "two"]])
  }

  @Test func aFailingPortEndsTheLoop() {
    var loop = NodeLoop(Scribe(), on: Script([.fail]))
    #expect(throws: Broken.self) { try loop.run() }
  }
}
