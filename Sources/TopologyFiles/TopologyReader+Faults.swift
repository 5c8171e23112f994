import EdgeModel
import Units
import Yams

/// What breaks, and when.
extension TopologyReader {
  /// The kinds of faults, each with the keys that belong to it besides `at`: those that must be there and those that may.
  static let faultKinds: [(kind: String, needs: [String], takes: [String])] = [
    ("kill", [], []), ("stop", [], []), ("pause", ["for"], []), ("restart", ["after"], []), ("bandwidth", [], ["for"]),
    ("engine", ["speed"], ["for"]), ("loss", ["share"], ["for"]), ("delay", ["by"], ["for"]), ("clock", ["step"], []),
  ]
  static let faultKeys = faultKinds.map(\.kind) + ["at", "for", "after", "speed", "share", "by", "step"]

  /// What faults are checked against; parts that are wrong themselves are nil, and say nothing.
  struct FaultTargets {
    var duration: Duration?
    var workers: [WorkerDescription]?
    var processes: Int?
    /// Names of all nodes; nil where not all are known.
    var nodes: [String]? {
      guard let workers, let processes else { return nil }
      return ["base-station"] + workers.map(\.name) + (0..<max(processes, 0)).map { "devices-\($0)" }
    }
  }

  func readFaults(_ file: MappingReader, _ targets: FaultTargets) -> [PlannedFault]? {
    guard file.has("faults") else { return [] }
    guard let nodes = readList(file, "faults", atMost: FieldBounds.mostFaults) else { return nil }
    var faults: [PlacedFault] = []
    for node in nodes {
      guard let reader = MappingReader(node, "the fault", keys: Self.faultKeys, problems),
        let fault = readFault(reader, targets)
      else { continue }
      faults.append(PlacedFault(fault: fault, place: reader.place))
    }
    guard faults.count == nodes.count else { return nil }
    checkNodes(of: faults)
    checkOverlaps(of: faults)
    return faults.map(\.fault)
  }

  private func readFault(_ reader: MappingReader, _ targets: FaultTargets) -> PlannedFault? {
    guard let name = reader.onlyKey(of: Self.faultKinds.map(\.kind)),
      let shape = Self.faultKinds.first(where: { $0.kind == name }), hasOnlyItsKeys(reader, shape)
    else { return nil }
    let at = reader.amount("at", FieldBounds.faultInstant, example: "5 s", Duration.init(text:))
    let duration = reader.has("for") ? readLength(reader, "for") : nil
    let kind = readKind(name, reader, targets)
    guard let at, let kind, reader.has("for") == (duration != nil) else { return nil }
    if let end = targets.duration, at >= end {
      problems.report(
        "'at' (\(at.inWords)) is not before the run's end (\(end.inWords))", at: reader.place(of: "at"),
        remedy: "let it happen earlier, or lengthen the run")
      return nil
    }
    return PlannedFault(kind, at: .start + at, for: shape.takes.contains("for") ? duration : nil)
  }

  private func hasOnlyItsKeys(
    _ reader: MappingReader, _ shape: (kind: String, needs: [String], takes: [String])
  ) -> Bool {
    let own = [shape.kind, "at"] + shape.needs + shape.takes
    let foreign = Self.faultKeys.filter { reader.has($0) && !own.contains($0) }
    for key in foreign { reader.refuse(key, because: "is not for '\(shape.kind)'", remedy: "remove it") }
    return foreign.isEmpty
  }

  private func readKind(_ name: String, _ reader: MappingReader, _ targets: FaultTargets) -> PlannedFault.Kind? {
    switch name {
    case "kill": return readNode(reader, name, among: targets.nodes).map { .kill(node: $0) }
    case "stop": return readNode(reader, name, among: targets.nodes).map { .stop(node: $0) }
    case "pause":
      let node = readNode(reader, name, among: targets.nodes)
      guard let time = readLength(reader, "for"), let node else { return nil }
      return .pause(node: node, for: time)
    case "restart":
      let node = readNode(
        reader, name, among: targets.nodes, notStation: "cannot be restarted, it holds the run's clock and every plan",
        remedy: "restart a worker or an emulator, or kill it")
      guard let time = readLength(reader, "after"), let node else { return nil }
      return .restart(node: node, after: time)
    case "bandwidth":
      return reader.share("bandwidth", FieldBounds.bandwidthFactor, example: "50 %").map { .bandwidth(factor: $0) }
    case "engine":
      let worker = readNode(reader, name, among: targets.workers?.map(\.name), called: "worker")
      guard let speed = reader.share("speed", FieldBounds.engineSpeed, example: "50 %"), let worker else { return nil }
      return .engine(worker: worker, factor: speed)
    case "loss":
      let link: PlannedFault.Link? = reader.choice("loss", example: "device-worker")
      guard let share = reader.share("share", FieldBounds.share, example: "1 %"), let link else { return nil }
      return .loss(link, share: share)
    case "delay":
      let link: PlannedFault.Link? = reader.choice("delay", example: "device-worker")
      guard let time = reader.amount("by", FieldBounds.linkDelay, example: "20 ms", Duration.init(text:)), let link
      else { return nil }
      return .delay(link, by: time)
    default:
      let node = readNode(
        reader, name, among: targets.nodes, notStation: "has the run's own clock, which cannot step",
        remedy: "step another node's")
      guard let step = reader.amount("step", FieldBounds.clockStep, example: "3 ms", Duration.init(text:)), let node
      else { return nil }
      return .clock(node: node, step: step)
    }
  }

  private func readLength(_ reader: MappingReader, _ key: String) -> Duration? {
    reader.amount(key, FieldBounds.faultLength, example: "2 s", Duration.init(text:))
  }

  /// The name of a node that is there; `notStation` says what it would be wrong to do to the base station.
  private func readNode(
    _ reader: MappingReader, _ key: String, among names: [String]?, called kind: String = "node",
    notStation reason: String? = nil, remedy: String = ""
  ) -> String? {
    guard let text = reader.text(key, example: "w0") else { return nil }
    if let names, !names.contains(text) {
      problems.report(
        "no \(kind) is called '\(text.shortened)' ('\(key)')", at: reader.place(of: key),
        remedy: Spelling.remedy(for: text, among: Array(names.prefix(10)), listing: "there are"))
      return nil
    }
    if let reason, text == "base-station" {
      problems.report("'base-station' \(reason)", at: reader.place(of: key), remedy: remedy)
      return nil
    }
    return text
  }

  // MARK: Faults among themselves

  struct PlacedFault {
    var fault: PlannedFault
    var place: Place?
  }

  /// Nothing happens to a node that is dead, and one thing at a time to one that stands still.
  private func checkNodes(of faults: [PlacedFault]) {
    var last: [String: PlannedFault] = [:]
    for placed in Self.inOrder(faults) {
      guard let node = placed.fault.node else { continue }
      let at = placed.fault.at
      if let before = last[node] {
        if let back = before.nodeIsBack {
          if at < back, !placed.fault.isOfEngine {
            let state = if case .pause = before.kind { "paused" } else { "being restarted" }
            problems.report(
              "'\(node)' is still \(state) at \((at - .start).inWords)", at: placed.place,
              remedy: "let it happen at \((back - .start).inWords) or later")
          }
        } else {
          problems.report(
            "'\(node)' is dead at \((at - .start).inWords), by '\(before)'", at: placed.place,
            remedy: "leave one of them out")
        }
      }
      if placed.fault.endsOrStopsProcess { last[node] = placed.fault }
    }
  }

  /// Faults of one kind on one target follow one another; one without an end lasts until the next.
  private func checkOverlaps(of faults: [PlacedFault]) {
    var end: [String: Instant] = [:]
    for placed in Self.inOrder(faults) {
      guard let target = placed.fault.target else { continue }
      let at = placed.fault.at
      if let end = end[target], at < end {
        problems.report(
          "'\(target)' is still changed at \((at - .start).inWords)", at: placed.place,
          remedy: "let it happen at \((end - .start).inWords) or later")
      }
      end[target] = placed.fault.duration.map { at + $0 } ?? at + .nanoseconds(1)
    }
  }

  private static func inOrder(_ faults: [PlacedFault]) -> [PlacedFault] {
    faults.enumerated().sorted { ($0.element.fault.at, $0.offset) < ($1.element.fault.at, $1.offset) }.map(\.element)
  }
}

extension PlannedFault {
  fileprivate var isOfEngine: Bool { if case .engine = kind { true } else { false } }
  /// What a lasting fault changes; nil where it is a node's process or clock.
  fileprivate var target: String? {
    switch kind {
    case .bandwidth: "bandwidth"
    case .engine(let worker, _): "engine \(worker)"
    case .loss(let link, _): "loss \(link.rawValue)"
    case .delay(let link, _): "delay \(link.rawValue)"
    case .kill, .stop, .pause, .restart, .clock: nil
    }
  }
}
