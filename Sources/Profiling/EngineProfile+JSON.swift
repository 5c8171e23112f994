public import Inference
public import PlainJSON

/// A profile's file: a latency table's, so that it may stand wherever one may, with more members.
extension EngineProfile {
  public var json: JSON {
    var members: [JSON.Member] = []
    for member in table.json.members ?? [] {
      switch member.name {
      case "model": members += [member, JSON.Member("kind", "measured"), JSON.Member("description", Self.description)]
      case "blocks": members += origins + [JSON.Member("blocks", blocks(member.value))]
      default: members.append(member)
      }
    }
    members.append(JSON.Member("whole", Self.json(whole)))
    members.append(
      JSON.Member(
        "transfers",
        [
          "to_device": .array(zip(loading, featureBytes).enumerated().map { Self.json($1.0, "block", $0 + 1, $1.1) }),
          "from_device": .array(answering.enumerated().map { Self.json($1, "exit", $0 + 1, answerBytes) }),
        ]))
    members.append(
      JSON.Member("shrinking", ["gather": shrinking(gathering), "keep": shrinking(keeping)]))
    return .object(members)
  }

  private static let description: JSON = """
    latency_s and head_latency_s are the non-decreasing envelope of p99, by batch size; the rest is as measured. \
    Docs/Engines.md has every member.
    """

  /// What stands before the blocks.
  private var origins: [JSON.Member] {
    [
      JSON.Member(
        "machine",
        [
          "cpu": .string(origin.processor), "cores": .integer(Int64(origin.cores)), "kernel": .string(origin.kernel),
        ]),
      JSON.Member(
        "engine",
        .object(
          [
            JSON.Member("name", .string(origin.engine)), JSON.Member("version", .string(origin.engineVersion)),
            JSON.Member("threads", .integer(Int64(origin.threads))),
          ] + (origin.device.map { [JSON.Member("device", .string($0))] } ?? []))),
      JSON.Member("date", .string(origin.date)), JSON.Member("offramp_version", .string(origin.version)),
      JSON.Member(
        "model_files", .array(files.map { ["file": .string($0.name), "sha256": .string($0.sha256)] })),
      JSON.Member("repeats", .integer(Int64(repeats))), JSON.Member("timer_s", .number(timer)),
    ]
  }

  private func blocks(_ table: JSON) -> JSON {
    .array(
      (table.array ?? []).enumerated().map { index, block in
        .object(
          (block.members ?? []) + [
            JSON.Member("measured", Self.json(bodies[index])), JSON.Member("head_measured", Self.json(heads[index])),
          ])
      })
  }

  private func shrinking(_ series: [LatencySeries]) -> JSON {
    .array(series.enumerated().map { Self.json($1, "after_block", $0 + 1, featureBytes[$0 + 1]) })
  }

  private static func json(_ series: LatencySeries, _ place: String, _ number: Int, _ bytes: Int) -> JSON {
    .object(
      [JSON.Member(place, .integer(Int64(number))), JSON.Member("bytes_per_row", .integer(Int64(bytes)))]
        + (json(series).members ?? []))
  }
  private static func json(_ series: LatencySeries) -> JSON {
    var members = [
      JSON.Member("median_s", json(series.median)), JSON.Member("p95_s", json(series.p95)),
      JSON.Member("p99_s", json(series.p99)),
    ]
    if let fit = series.fit {
      members.append(
        JSON.Member(
          "fit",
          [
            "alpha_s": .number(fit.alpha), "beta_s": .number(fit.beta),
            "beta_over_alpha": fit.ratio.map { .number($0) } ?? .null, "residual_s": .number(fit.residual),
          ]))
    }
    return .object(members)
  }
  private static func json(_ values: [Double]) -> JSON { .array(values.map { .number($0) }) }

  /// Replaces `file` at once.
  public func write(to file: String) throws(EngineError) { try FileBytes.write(Array(json.pretty.utf8), to: file) }
}

// -- Reading ----------------------------------------------------------------------------------------------------------

extension EngineProfile {
  /// Reads a profile's file. Throws, with the place in it, for what is missing or out of range; fits are not read but
  /// made anew. O(size).
  public init(file: String) throws(EngineError) {
    try self.init(JSONField(file: file, limit: LatencyTable.largestFile))
  }

  init(_ root: JSONField) throws(EngineError) {
    let table = try LatencyTable(root)
    let sizes = table.largestBatch
    let (bodies, heads) = try Self.blocks(root.member("blocks"), sizes)
    let transfers = try root.member("transfers")
    let shrinking = try root.member("shrinking")
    let (loading, featureBytes) = try Self.list(transfers.member("to_device"), bodies.count, sizes)
    let (answering, answerBytes) = try Self.list(transfers.member("from_device"), bodies.count, sizes)
    self.init(
      table: table, origin: try ProfileOrigin(root), files: try Self.files(root.member("model_files")),
      repeats: try root.member("repeats").integer(in: 1...Int(Int32.max)),
      timer: try root.member("timer_s").number(in: 0...1), whole: try Self.series(root.member("whole"), sizes),
      bodies: bodies, heads: heads, loading: loading, answering: answering,
      gathering: try Self.list(shrinking.member("gather"), bodies.count - 1, sizes - 1).series,
      keeping: try Self.list(shrinking.member("keep"), bodies.count - 1, sizes - 1).series,
      featureBytes: featureBytes, answerBytes: answerBytes[0])
  }

  private static func blocks(
    _ field: JSONField, _ sizes: Int
  ) throws(EngineError) -> (bodies: [LatencySeries], heads: [LatencySeries]) {
    var (bodies, heads): ([LatencySeries], [LatencySeries]) = ([], [])
    for block in try field.elements() {
      bodies.append(try series(block.member("measured"), sizes))
      heads.append(try series(block.member("head_measured"), sizes))
    }
    return (bodies, heads)
  }

  private static func list(
    _ field: JSONField, _ count: Int, _ sizes: Int
  ) throws(EngineError) -> (series: [LatencySeries], bytes: [Int]) {
    var (list, bytes): ([LatencySeries], [Int]) = ([], [])
    for element in try field.elements() {
      list.append(try series(element, sizes))
      bytes.append(try element.member("bytes_per_row").integer(in: 1...FileBytes.largest))
    }
    guard list.count == count else { throw field.failure("\(count) elements are expected, there are \(list.count)") }
    return (list, bytes)
  }

  private static func series(_ field: JSONField, _ sizes: Int) throws(EngineError) -> LatencySeries {
    func values(_ name: String) throws(EngineError) -> [Double] {
      let member = try field.member(name)
      let values = try member.numbers(in: 0...LatencyTable.longest)
      guard values.count == sizes else {
        throw member.failure("\(values.count) latencies, \(sizes) are expected", "measure anew")
      }
      return values
    }
    return LatencySeries(median: try values("median_s"), p95: try values("p95_s"), p99: try values("p99_s"))
  }

  private static func files(_ field: JSONField) throws(EngineError) -> [File] {
    var files: [File] = []
    for element in try field.elements() {
      files.append(File(name: try element.member("file").string(), sha256: try element.member("sha256").string()))
    }
    return files
  }
}

extension ProfileOrigin {
  init(_ root: JSONField) throws(EngineError) {
    let machine = try root.member("machine")
    let engine = try root.member("engine")
    self.init(
      processor: try machine.member("cpu").string(), cores: try machine.member("cores").integer(in: 1...1 << 20),
      kernel: try machine.member("kernel").string(), engine: try engine.member("name").string(),
      engineVersion: try engine.member("version").string(),
      device: engine.value["device"] == nil ? nil : try engine.member("device").string(),
      threads: try engine.member("threads").integer(in: 1...1 << 20),
      date: try root.member("date").string(), version: try root.member("offramp_version").string())
  }
}
