import EdgeModel
public import PlainJSON
import Units

extension RunSummary {
  public static let format = 1

  /// The content of `summary.json`.
  public var json: JSON {
    var members: [JSON.Member] = [
      .init("format", .integer(Int64(Self.format))), .init("run", .string(run)), .init("topology", .string(topology)),
      .init("policy", .string(policy)),
      .init("seed", Int64(exactly: seed).map { .integer($0) } ?? .string(String(seed))),
      .init("duration_s", .number(duration.inSeconds)),
    ]
    members += whole.members
    members += [
      .init("mean_batch", Self.json(meanBatch)),
      .init("accuracy_per_exit", .array(accuracyPerExit.map(Self.json))),
      .init("frames", .integer(Int64(frames))), .init("fallback_frames", .integer(Int64(fallbackFrames))),
      .init("solve_us", Self.two(solve)), .init("loop_lateness_ms", ["p99": Self.json(loopLateness)]),
      .init("frame_edge_lateness_ms", Self.two(frameEdgeLateness)),
      .init("paced_computed_share", ["p99": Self.json(pacedLoad)]), .init("steal", Self.json(steal)),
      .init("groups", .array(groups.map { .object([.init("name", .string($0.name))] + $0.figures.members) })),
    ]
    return .object(members)
  }

  fileprivate static func json(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
  fileprivate static func two(_ sample: Percentiles?) -> JSON {
    ["p50": json(sample?.median), "p99": json(sample?.p99)]
  }
  private static func json(_ row: ExitAccuracy) -> JSON {
    [
      "exit": .integer(Int64(row.exit)), "tasks": .integer(Int64(row.tasks)), "live": json(row.live),
      "assigned_tasks": .integer(Int64(row.assigned)), "assigned_live": json(row.assignedLive),
      "manifest": json(row.manifest), "tolerance": json(row.tolerance),
      "agrees": row.agrees.map { .bool($0) } ?? .null,
    ]
  }
}

extension RunSummary.Figures {
  fileprivate var members: [JSON.Member] {
    let json: (Double?) -> JSON = { RunSummary.json($0) }
    let tasks: JSON = [
      "generated": .integer(Int64(generated)), "completed": .integer(Int64(completed)), "late": .integer(Int64(late)),
      "refused": .integer(Int64(refused)), "expired": .integer(Int64(expired)), "lost": .integer(Int64(lost)),
    ]
    return [
      .init("devices", .integer(Int64(devices))), .init("tasks", tasks), .init("throughput_per_s", .number(throughput)),
      .init("deadline_met", json(deadlineMet)), .init("accuracy", json(accuracy)),
      .init(
        "latency_ms",
        ["p50": json(latency?.median), "p90": json(latency?.p90), "p99": json(latency?.p99), "max": json(latency?.max)]),
      .init("exit_share", .array(exitShare.map { .number($0) })), .init("device_energy_j", .number(deviceEnergy)),
      .init("fairness_jain", json(fairness)), .init("uplink_error_ms", RunSummary.two(uploadError)),
    ]
  }
}
