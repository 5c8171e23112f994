import EdgeModel
import Units
import Yams

/// The devices: groups, when their tasks arrive, what their channel is.
extension TopologyReader {
  static let groupKeys = [
    "name", "count", "accuracy", "deadline", "arrivals", "channel", "transmit_power", "compute_power", "exit_rule",
    "weight", "model",
  ]

  func readDevices(
    _ devices: MappingReader, _ timing: FrameTiming?, _ models: NamedModels?
  ) -> (groups: [DeviceGroup], processes: Int)? {
    let processes = devices.whole("processes", standard: 1, FieldBounds.processes, example: "1")
    guard let nodes = readList(devices, "groups", atMost: FieldBounds.mostGroups) else { return nil }
    var groups: [DeviceGroup] = []
    var names: Set<String> = []
    var next = 0
    for node in nodes {
      guard let reader = MappingReader(node, "the group", keys: Self.groupKeys, problems),
        var group = readGroup(reader, timing, models)
      else { continue }
      report(duplicate: group.name, of: "groups", in: &names, at: reader.place(of: "name"))
      group.firstDevice = DeviceID(next)
      next += group.count
      groups.append(group)
    }
    guard groups.count == nodes.count, let processes else { return nil }
    checkCount(next, processes, devices)
    return (groups, processes)
  }

  private func checkCount(_ count: Int, _ processes: Int, _ devices: MappingReader) {
    if count > FieldBounds.mostDevices {
      problems.report(
        "the groups have \(count) devices together", at: devices.place(of: "groups"),
        remedy: "have at most \(FieldBounds.mostDevices)")
    }
    if processes > count {
      problems.report(
        "\(processes) processes for \(count) devices", at: devices.place(of: "processes"),
        remedy: "have at most one process per device")
    }
  }

  private func readGroup(_ group: MappingReader, _ timing: FrameTiming?, _ models: NamedModels?) -> DeviceGroup? {
    let name = group.name("name", example: "cameras")
    let count = group.whole("count", FieldBounds.count, example: "6")
    let accuracy = group.share("accuracy", FieldBounds.share, example: "0.95")
    let deadline = group.amount("deadline", FieldBounds.deadline, example: "300 ms", Duration.init(text:))
    let arrivals = readArrivals(group, devices: count)
    let channel = readChannel(group, devices: count)
    let transmit = group.amount(
      "transmit_power", standard: Watts(0.2), FieldBounds.transmitPower, example: "0.2 W", Watts.init(text:))
    let compute = group.amount(
      "compute_power", standard: Watts(1), FieldBounds.computePower, example: "1 W", Watts.init(text:))
    let rule = readExitRule(group)
    let weight = group.number("weight", standard: 1, FieldBounds.weight, example: "2")
    let model = readModel(of: group, models)
    if let accuracy, let model {
      models?.all[model.number].check(accuracy: accuracy, at: group.place(of: "accuracy"), problems)
    }
    if let deadline, let timing { check(deadline, timing, group) }
    guard let name, let count, let accuracy, let deadline, let arrivals, let channel, let transmit, let compute,
      let rule, let weight, let model
    else { return nil }
    return DeviceGroup(
      name: name, count: count, requiredAccuracy: accuracy, deadline: deadline, arrivals: arrivals, channel: channel,
      transmitPower: transmit, computePower: compute, exitRule: rule, weight: weight, model: model)
  }

  /// A deadline that even an empty testbed cannot meet is a slip of the pen.
  private func check(_ deadline: Duration, _ timing: FrameTiming, _ group: MappingReader) {
    let least = timing.lead + timing.guardTime + timing.resultMargin
    guard deadline <= least else { return }
    problems.report(
      "no task can meet a deadline of \(deadline.inWords)", at: group.place(of: "deadline"),
      remedy: "it must be longer than the frame's lead, guard and result_margin together, \(least.inWords)")
  }

  private func readArrivals(_ group: MappingReader, devices: Int?) -> Arrivals? {
    let kinds = ["poisson", "periodic", "replay"]
    guard let node = group.required("arrivals", example: "{poisson: 6 /s}"),
      let arrivals = MappingReader(node, "arrivals", keys: kinds, problems)
    else { return nil }
    switch arrivals.onlyKey(of: kinds) {
    case "poisson":
      return arrivals.amount("poisson", FieldBounds.rate, example: "6 /s", readEventRate).map { .poisson(rate: $0) }
    case "periodic":
      let period = arrivals.amount("periodic", FieldBounds.period, example: "100 ms", Duration.init(text:))
      return period.map { .periodic(period: $0) }
    case "replay":
      return readSeries(arrivals, "replay", .arrivals, devices).map { .replay(file: $0) }
    default: return nil
    }
  }

  private func readChannel(_ group: MappingReader, devices: Int?) -> ChannelModel? {
    let kinds = ["distance", "snr", "trace"]
    guard let node = group.required("channel", example: "{snr: 15 dB}"),
      let channel = MappingReader(node, "channel", keys: kinds + ["path_loss", "fading"], problems),
      let kind = channel.onlyKey(of: kinds)
    else { return nil }
    if kind != "distance" {
      channel.refuse("path_loss", because: "needs 'distance'", remedy: "remove it")
    }
    if kind == "trace" {
      channel.refuse("fading", because: "is not added to a trace", remedy: "remove it")
      return readSeries(channel, "trace", .channel, devices).map { ChannelModel(.trace(file: $0), fading: .none) }
    }
    let fading: ChannelModel.Fading? = channel.choice("fading", standard: .rayleigh, example: "rayleigh")
    guard let mean = kind == "snr" ? readSNR(channel) : readDistance(channel), let fading else { return nil }
    return ChannelModel(mean, fading: fading)
  }

  private func readSNR(_ channel: MappingReader) -> ChannelModel.Mean? {
    let range = channel.range("snr", FieldBounds.snr, example: "[5 dB, 20 dB]", Decibels.init(text:))
    return range.map { .snr(from: $0.lowerBound, to: $0.upperBound) }
  }
  private func readDistance(_ channel: MappingReader) -> ChannelModel.Mean? {
    let range = channel.range("distance", FieldBounds.distance, example: "[50 m, 250 m]", Metres.init(text:))
    let loss: PathLoss? = channel.choice("path_loss", standard: .macro, example: PathLoss.macro.rawValue)
    guard let range, let loss else { return nil }
    return .distance(from: range.lowerBound, to: range.upperBound, pathLoss: loss)
  }

  /// A file of times or SNR values, one row each, looked at row by row.
  private func readSeries(_ reader: MappingReader, _ key: String, _ kind: SeriesFile, _ devices: Int?) -> String? {
    guard let text = reader.text(key, example: kind.example) else { return nil }
    let path = FilePath.resolve(text, in: base)
    guard !path.contains(",") else {
      problems.report(
        "the path '\(path.shortened)' holds a comma", at: reader.place(of: key),
        remedy: "rename the file; device groups are handed to nodes as words between commas")
      return nil
    }
    if checksFiles { kind.check(path, devices: devices ?? .max, at: reader.place(of: key), problems) }
    return path
  }

  private func readExitRule(_ group: MappingReader) -> ExitRule? {
    guard let node = group.node("exit_rule") else { return .assigned }
    if case .scalar(let scalar) = node {
      if scalar.string == "assigned" { return .assigned }
      problems.report(
        "unknown exit_rule '\(scalar.string.shortened)'", at: node.place,
        remedy: "write assigned or {confidence: 0.9}")
      return nil
    }
    guard let rule = MappingReader(node, "exit_rule", keys: ["confidence"], problems) else { return nil }
    let threshold = rule.share("confidence", FieldBounds.confidence, example: "0.9")
    return threshold.map { .confidence(threshold: $0) }
  }

  /// A list with 1 to `most` elements.
  func readList(_ reader: MappingReader, _ key: String, atMost most: Int) -> [Node]? {
    guard let node = reader.required(key, example: "[…]") else { return nil }
    guard case .sequence(let sequence) = node else {
      problems.report(
        "'\(key)' must be a list and is \(node.kindInWords)", at: node.place, remedy: "begin each element with '- '")
      return nil
    }
    guard (1...most).contains(sequence.count) else {
      problems.report("'\(key)' lists \(sequence.count)", at: node.place, remedy: "list 1 to \(most)")
      return nil
    }
    return Array(sequence)
  }
  func report(duplicate name: String, of list: String, in names: inout Set<String>, at place: Place?) {
    guard !names.insert(name).inserted else { return }
    problems.report("two \(list) are called '\(name)'", at: place, remedy: "give each its own name")
  }
}
