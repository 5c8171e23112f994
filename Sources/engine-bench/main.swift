import DeviceEngines
import Glibc
import Inference
import Terminal

// Scripts/bench/engine-limit and Scripts/soak/engine run it.
let flags = FlagSet(
  "engine-bench",
  "measures what the testbed adds to the bare engine (limit, worker, allocations), or how it endures (soak)",
  [
    .required(
      "run", "WHAT",
      "limit, worker (of limit, the whole worker alone), waits (what waiting for the device costs), uploads (by the size "
        + "of their pieces), allocations or soak"),
    .standard("model", "DIR", "Topologies/Models/digits", "the model's directory, with its manifest"),
    .standard(
      "engine", "ENGINE", "onnxruntime",
      "limit, worker, a worker's soak: onnxruntime, cuda or torch; waits, uploads: cuda or torch"),
    .standard("device", "N", "0", "the GPU of the engines cuda and torch, or cpu"),
    .optional("plugin", "FILE", "the plugin of the engine torch, where it is not found by itself"),
    .standard("max-batch", "N", "16", "largest batch"),
    .standard("rounds", "N", "100", "limit, waits, uploads: rounds over each stream"),
    .optional("worker", "FILE", "limit, worker: an edge-worker to measure too; soak: one to soak instead"),
    .optional(
      "profile", "FILE", "limit, worker: a profile of the model, which spares measuring; default its edge-gpu.json"),
    .standard(
      "streams", "LIST", "assigned,confidence", "limit, worker: what the worker is fed, with commas; also growing"),
    .optional("traces", "DIR", "limit, worker, soak: where the worker's trace goes"),
    .optional(
      "batches", "N", "limit, worker, waits, uploads: batches of a stream, default 64; soak: batches, default 100000"),
    .standard("loads", "N", "1000", "soak: how often the model is loaded and unloaded meanwhile"),
    .toggle("no-cpus", "limit, worker: leave the engine no processor of its own"),
    .toggle("help", "this text"),
  ])

/// nil for ONNX Runtime on the processor.
func deviceEngine(_ values: FlagValues) throws -> DeviceEngineChoice? {
  if values.text("engine") == "onnxruntime" { return nil }
  guard let kind = DeviceEngineChoice.Kind(rawValue: values.text("engine")) else {
    throw values.fault("engine", "neither onnxruntime, cuda nor torch")
  }
  guard let place = DevicePlace(text: values.text("device")) else {
    throw values.fault("device", "neither a GPU's number nor cpu")
  }
  return DeviceEngineChoice(kind, on: place, plugin: values.optional("plugin"))
}

/// What a worker is fed.
func streams(_ values: FlagValues) throws -> [Stream.Kind] {
  let kinds = try values.text("streams").split(separator: ",").map { name in
    guard let kind = Stream.Kind(rawValue: String(name)), kind.isFull else {
      let kinds = Stream.Kind.allCases.filter(\.isFull).map(\.rawValue)
      throw values.fault("streams", "not of " + kinds.joined(separator: ", "))
    }
    return kind
  }
  guard !kinds.isEmpty else { throw values.fault("streams", "none") }
  return kinds
}

func measure<Engine: ~Copyable, Loop: ~Copyable>(_ command: LimitCommand<Engine, Loop>, _ values: FlagValues) throws {
  let kinds = try streams(values)
  if values.text("run") == "limit" { try command.run() }
  guard let worker = values.optional("worker"), let traces = values.optional("traces") else { return }
  let table = "\(command.bench.model.directory)/edge-gpu.json"
  let known = values.optional("profile") ?? (access(table, R_OK) == 0 ? table : nil)
  try command.measure(worker, profile: known, traces: traces, kinds, cpus: !values.has("no-cpus"))
}

do {
  if CommandLine.arguments.contains("--help") {
    Output.write(flags.help, to: .standard)
    exit(0)
  }
  let values = try flags.parse(Array(CommandLine.arguments.dropFirst()))
  let batches = try values.optionalWhole("batches", 8...1_000_000_000)
  let onDevice = try deviceEngine(values)
  let bench = try Bench(
    model: values.text("model"), largest: try values.whole("max-batch", 1...1024),
    needsCUDA: onDevice.map { $0.kind == .cuda && $0.place != .processor } ?? false)
  let runsWorker = values.text("run") == "soak" && values.has("worker")
  if onDevice != nil, !runsWorker, ["allocations", "soak"].contains(values.text("run")) {
    throw values.fault("engine", "of limit, worker, waits, uploads, and a worker's soak alone")
  }
  switch values.text("run") {
  case "limit", "worker":
    let rounds = try values.whole("rounds", 1...1_000_000)
    if let onDevice {
      let engine = try EngineUnderTest(bench, onDevice)
      try measure(LimitCommand(bench: bench, engine: engine, rounds: rounds, batches: batches ?? 64), values)
    } else {
      let engine = EngineUnderTest(bench)
      try measure(LimitCommand(bench: bench, engine: engine, rounds: rounds, batches: batches ?? 64), values)
    }
  case "waits", "uploads":
    let rounds = try values.whole("rounds", 1...1_000_000)
    guard let onDevice else {
      throw values.fault("engine", "neither cuda nor torch, which \(values.text("run")) measures")
    }
    if values.text("run") == "waits" {
      try WaitsCommand(bench: bench, choice: onDevice, rounds: rounds, batches: batches ?? 64).run()
    } else {
      try UploadsCommand(bench: bench, choice: onDevice, rounds: rounds, batches: batches ?? 64).run()
    }
  case "allocations":
    try LimitCommand(bench: bench, engine: EngineUnderTest(bench), rounds: 1, batches: batches ?? 64).countAllocations()
  case "soak":
    let batches = batches == nil ? 100_000 : try values.whole("batches", 100...1_000_000_000)
    let loads = try values.whole("loads", 1...1_000_000)
    let stays: Bool
    if let worker = values.optional("worker") {
      guard let traces = values.optional("traces") else {
        throw values.fault("worker", "without --traces, where its loads are read")
      }
      stays = try WorkerSoakCommand(
        bench: bench, program: worker, engine: onDevice?.arguments ?? [], traces: traces, batches: batches, loads: loads
      ).run()
    } else {
      stays = try SoakCommand(bench: bench, batches: batches, loads: loads).run()
    }
    if !stays { exit(1) }
  default: throw values.fault("run", "neither limit, worker, waits, uploads, allocations nor soak")
  }
} catch {
  Output.printLine("error: \(error)", to: .errors)
  exit(2)
}
