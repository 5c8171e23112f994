import EdgeModel
public import PlainJSON
import TraceLog
import Units

extension RunDescription {
  /// The content of `run.json`; times in seconds unless a name says otherwise.
  public var json: JSON {
    var members: [JSON.Member] = [
      .init("format", .integer(Int64(Self.format))), .init("run", .string(run)), .init("topology", .string(topology)),
      .init("topology_sha256", .string(topologySHA256)), .init("seed", Self.json(seed)),
      .init("duration_s", .number(duration.inSeconds)), .init("simulated", .bool(isSimulated)),
    ]
    if let startedAt { members.append(.init("started_at", .string(startedAt))) }
    members += [
      .init("version", .string(version)), .init("bandwidth_hz", .number(bandwidth.value)),
      .init("frame_s", .number(frame.inSeconds)), .init("lead_s", .number(lead.inSeconds)),
      .init("guard_s", .number(guardTime.inSeconds)), .init("policy", .string(policy)),
      .init("fallback", .string(fallback)), .init("groups", .array(groups.map(Self.json))),
      .init("nodes", .array(nodes.map(Self.json))), .init("limits", Self.json(limits)),
      .init("accuracies", .array(accuracies.map { .number($0) })),
    ]
    if !furtherAccuracies.isEmpty {
      members.append(
        .init("further_accuracies", .array(furtherAccuracies.map { .array($0.map { .number($0) }) })))
    }
    if let machine {
      members.append(.init("machine", ["cpu": .string(machine.cpu), "cores": .integer(Int64(machine.cores))]))
    }
    members.append(.init("ends", .array(ends.map(Self.json))))
    if let steal { members.append(.init("steal", .number(steal))) }
    members.append(.init("interruption", interruption.map { .string($0) } ?? .null))
    members.append(.init("clocks", .array(clocks.map(Self.json))))
    members.append(.init("overrides", Self.json(overrides)))
    if !faults.isEmpty { members.append(.init("faults", .array(faults.map(\.json)))) }
    return .object(members)
  }

  private static func json(_ seed: UInt64) -> JSON {
    Int64(exactly: seed).map { .integer($0) } ?? .string(String(seed))
  }
  private static func json(_ group: Group) -> JSON {
    var members: [JSON.Member] = [
      .init("name", .string(group.name)), .init("first_device", .integer(Int64(group.firstDevice.number))),
      .init("count", .integer(Int64(group.count))), .init("required_accuracy", .number(group.requiredAccuracy)),
      .init("deadline_s", .number(group.deadline.inSeconds)),
    ]
    if group.model != 0 { members.append(.init("model", .integer(Int64(group.model.number)))) }
    return .object(members)
  }
  private static func json(_ node: Node) -> JSON {
    [
      "name": .string(node.name), "role": .string(node.role.rawValue), "host": .string(node.host),
      "devices": .array(node.devices.map { .integer(Int64($0.number)) }), "planned_fault": .bool(node.hasPlannedFault),
      "uses_clock_probes": .bool(node.usesClockProbes),
    ]
  }
  private static func json(_ limits: ValidityLimits) -> JSON {
    [
      "frame_edge_lateness_s": .number(limits.frameEdgeLateness.inSeconds),
      "upload_error_s": .number(limits.uploadError.inSeconds), "clock_bound_s": .number(limits.clockBound.inSeconds),
      "fallback_share": .number(limits.fallbackShare),
    ]
  }
  private static func json(_ end: End) -> JSON {
    [
      "node": .string(end.node), "status": end.status.map { .integer(Int64($0)) } ?? .null,
      "signal": end.signal.map { .integer(Int64($0)) } ?? .null, "planned": .bool(end.isPlanned),
    ]
  }
  private static func json(_ clock: NodeClock) -> JSON {
    var members: [JSON.Member] = [
      .init("node", .string(clock.node)), .init("part", .integer(Int64(clock.part))),
      .init("method", .string(clock.fit.method.rawValue)), .init("offset_ns", .number(clock.fit.offset)),
      .init("drift", .number(clock.fit.drift)),
      .init("bound_ns", clock.fit.bound.map { .integer($0.inNanoseconds) } ?? .null),
    ]
    let steps = clock.fit.steps.map { step -> JSON in
      ["at_ns": .integer(step.at.nanoseconds), "offset_ns": .number(step.offset), "drift": .number(step.drift)]
    }
    if !steps.isEmpty { members.append(.init("steps", .array(steps))) }
    return .object(members)
  }
  private static func json(_ overrides: Overrides) -> JSON {
    var members: [JSON.Member] = []
    if let policy = overrides.policy { members.append(.init("policy", .string(policy))) }
    if let seed = overrides.seed { members.append(.init("seed", json(seed))) }
    if let duration = overrides.duration { members.append(.init("duration_s", .number(duration.inSeconds))) }
    return .object(members)
  }
}

extension RunDescription {
  /// Reads the content of `run.json`. Throws a line that says what is wrong; `path` is where it came from.
  public init(_ json: JSON, path: String) throws(RunError) {
    do throws(TraceLineError) {
      var fields = try RecordFields(json)
      let format = try fields.integer("format")
      guard format == Self.format else {
        throw TraceLineError("run format \(format), this version reads \(Self.format)", foreignFormat: format)
      }
      self.init(
        run: try fields.string("run"), topology: try fields.string("topology"), duration: try fields.time("duration_s"),
        bandwidth: Hertz(try fields.double("bandwidth_hz")), frame: try fields.time("frame_s"),
        lead: try fields.time("lead_s"), guardTime: try fields.time("guard_s"), policy: try fields.string("policy"))
      try read(&fields)
    } catch {
      let remedy =
        error.foreignFormat == nil
        ? "correct the file or run again" : "read it with the version of offramp that wrote it"
      throw RunError(error.message, at: path, remedy: remedy)
    }
  }

  private mutating func read(_ fields: inout RecordFields) throws(TraceLineError) {
    topologySHA256 = try fields.string("topology_sha256")
    seed = try fields.seed("seed")
    isSimulated = try fields.bool("simulated")
    startedAt = fields.optional("started_at")?.string
    version = try fields.string("version")
    fallback = try fields.string("fallback")
    for value in try fields.array("groups") { groups.append(try Group(value)) }
    for value in try fields.array("nodes") { nodes.append(try Node(value)) }
    limits = try ValidityLimits(try fields.value("limits"))
    accuracies = try fields.doubles("accuracies")
    for value in fields.optional("further_accuracies")?.array ?? [] {
      furtherAccuracies.append(value.array?.compactMap(\.double) ?? [])
    }
    if let value = fields.optional("machine"), !value.isNull {
      var fields = try RecordFields(value)
      machine = Machine(cpu: try fields.string("cpu"), cores: try fields.integer("cores"))
    }
    for value in fields.optional("ends")?.array ?? [] { ends.append(try End(value)) }
    steal = fields.optional("steal")?.double
    interruption = fields.optional("interruption")?.string
    for value in fields.optional("clocks")?.array ?? [] { clocks.append(try NodeClock(value)) }
    if let value = fields.optional("overrides"), !value.isNull { overrides = try Overrides(value) }
    for value in fields.optional("faults")?.array ?? [] { faults.append(try Fault(value)) }
  }
}

extension RunDescription.Group {
  fileprivate init(_ value: JSON) throws(TraceLineError) {
    var fields = try RecordFields(value)
    self.init(
      name: try fields.string("name"), firstDevice: try fields.id("first_device"), count: try fields.integer("count"),
      requiredAccuracy: try fields.double("required_accuracy"), deadline: try fields.time("deadline_s"),
      model: fields.optional("model") == nil ? 0 : try fields.id("model"))
  }
}

extension RunDescription.Node {
  fileprivate init(_ value: JSON) throws(TraceLineError) {
    var fields = try RecordFields(value)
    self.init(
      name: try fields.string("name"), role: try fields.word("role"), host: try fields.string("host"),
      hasPlannedFault: try fields.bool("planned_fault"))
    for device in try fields.array("devices") {
      guard let number = device.integer else { throw TraceLineError("\"devices\" needs whole numbers") }
      devices.append(DeviceID(number))
    }
    usesClockProbes = fields.optional("uses_clock_probes")?.bool ?? false
  }
}

extension RunDescription.End {
  fileprivate init(_ value: JSON) throws(TraceLineError) {
    var fields = try RecordFields(value)
    self.init(node: try fields.string("node"), isPlanned: try fields.bool("planned"))
    status = fields.optional("status")?.integer
    signal = fields.optional("signal")?.integer
  }
}

extension RunDescription.NodeClock {
  fileprivate init(_ value: JSON) throws(TraceLineError) {
    var fields = try RecordFields(value)
    let node = try fields.string("node")
    let part = try fields.integer("part")
    let method: ClockFit.Method = try fields.word("method")
    let offset = try fields.double("offset_ns")
    let drift = try fields.double("drift")
    let bound = try fields.value("bound_ns").isNull ? nil : try fields.duration("bound_ns")
    self.init(node: node, part: part, fit: ClockFit(method: method, offset: offset, drift: drift, bound: bound))
    for value in fields.optional("steps")?.array ?? [] {
      var fields = try RecordFields(value)
      fit.steps.append(
        ClockFit.Step(
          at: try fields.instant("at_ns"), offset: try fields.double("offset_ns"), drift: try fields.double("drift")))
    }
  }
}

extension RunDescription.Overrides {
  fileprivate init(_ value: JSON) throws(TraceLineError) {
    var fields = try RecordFields(value)
    self.init(policy: fields.optional("policy")?.string)
    if fields.optional("seed") != nil { seed = try fields.seed("seed") }
    if fields.optional("duration_s") != nil { duration = try fields.time("duration_s") }
  }
}

extension ValidityLimits {
  fileprivate init(_ value: JSON) throws(TraceLineError) {
    var fields = try RecordFields(value)
    self.init(
      frameEdgeLateness: try fields.time("frame_edge_lateness_s"), uploadError: try fields.time("upload_error_s"),
      clockBound: try fields.time("clock_bound_s"), fallbackShare: try fields.double("fallback_share"))
  }
}

extension RecordFields {
  /// Seconds, kept to the nanosecond.
  fileprivate mutating func time(_ name: String) throws(TraceLineError) -> Duration {
    let nanoseconds = (try double(name) * 1e9).rounded()
    guard nanoseconds.magnitude <= Double(Self.longest) else { throw TraceLineError("\"\(name)\" is out of range") }
    return .nanoseconds(Int64(nanoseconds))
  }
  /// A seed beyond Int64 is written as a string, so that no reader rounds it.
  fileprivate mutating func seed(_ name: String) throws(TraceLineError) -> UInt64 {
    let value = try value(name)
    if let number = value.integer, let seed = UInt64(exactly: number) { return seed }
    if let text = value.string, let seed = UInt64(text) { return seed }
    throw TraceLineError("\"\(name)\" is no whole number from 0")
  }
}
