import EdgeModel
import PlainJSON
import Units

/// A fault in `run.json`: the plan in words and in numbers, and what became of it.
extension RunDescription.Fault {
  var json: JSON {
    var members: [JSON.Member] = [.init("fault", .string(plan.description)), .init("kind", .string(kind))]
    members.append(.init("node", plan.node.map { .string($0) } ?? .null))
    members += values
    if let duration = plan.duration { members.append(.init("for_ns", .integer(duration.inNanoseconds))) }
    members += [
      .init("planned_ns", .integer(plan.at.nanoseconds)), .init("effect_ns", Self.json(effect)),
      .init("noticed_ns", Self.json(noticed)), .init("noticed_by", noticedBy.map { .string($0) } ?? .null),
    ]
    return .object(members)
  }
  private static func json(_ instant: Instant?) -> JSON { instant.map { .integer($0.nanoseconds) } ?? .null }

  private var kind: String {
    switch plan.kind {
    case .kill: "kill"
    case .stop: "stop"
    case .pause: "pause"
    case .restart: "restart"
    case .bandwidth: "bandwidth"
    case .engine: "engine"
    case .loss: "loss"
    case .delay: "delay"
    case .clock: "clock"
    }
  }
  /// What belongs to the kind.
  private var values: [JSON.Member] {
    switch plan.kind {
    case .kill, .stop: []
    case .pause(_, let time): [.init("for_ns", .integer(time.inNanoseconds))]
    case .restart(_, let time): [.init("after_ns", .integer(time.inNanoseconds))]
    case .bandwidth(let factor), .engine(_, let factor): [.init("factor", .number(factor))]
    case .loss(let link, let share): [.init("link", .string(link.rawValue)), .init("share", .number(share))]
    case .delay(let link, let time):
      [.init("link", .string(link.rawValue)), .init("by_ns", .integer(time.inNanoseconds))]
    case .clock(_, let step): [.init("step_ns", .integer(step.inNanoseconds))]
    }
  }

  init(_ value: JSON) throws(TraceLineError) {
    var fields = try RecordFields(value)
    let kind: PlannedFault.Kind
    switch try fields.string("kind") {
    case "kill": kind = .kill(node: try fields.string("node"))
    case "stop": kind = .stop(node: try fields.string("node"))
    case "pause": kind = .pause(node: try fields.string("node"), for: try fields.duration("for_ns"))
    case "restart": kind = .restart(node: try fields.string("node"), after: try fields.duration("after_ns"))
    case "bandwidth": kind = .bandwidth(factor: try fields.double("factor"))
    case "engine": kind = .engine(worker: try fields.string("node"), factor: try fields.double("factor"))
    case "loss": kind = .loss(try fields.word("link"), share: try fields.double("share"))
    case "delay": kind = .delay(try fields.word("link"), by: try fields.duration("by_ns"))
    case "clock": kind = .clock(node: try fields.string("node"), step: try fields.duration("step_ns"))
    case let other: throw TraceLineError("the fault \"\(other)\" is unknown")
    }
    var duration: Duration?
    if case .pause = kind {} else if fields.optional("for_ns") != nil { duration = try fields.duration("for_ns") }
    self.init(PlannedFault(kind, at: try fields.instant("planned_ns"), for: duration))
    func instant(_ name: String) throws(TraceLineError) -> Instant? {
      guard let value = fields.optional(name), !value.isNull else { return nil }
      return try fields.instant(name)
    }
    effect = try instant("effect_ns")
    noticed = try instant("noticed_ns")
    noticedBy = fields.optional("noticed_by")?.string
  }
}
