import EdgeModel
import Inference
import NodeCommands
import Terminal
import Units
import ZeroMQTransport

let flags = FlagSet(
  "edge-worker", "receives features, runs each planned batch block by block, lets tasks leave at their exits",
  [
    .standard("base-station", "ENDPOINT", "tcp://127.0.0.1:5601", "where the base station listens for workers"),
    .standard("listen", "ENDPOINT", "tcp://127.0.0.1:*", "where to listen for features"),
    .optional("advertise", "ENDPOINT", "what devices are told instead, where --listen is a wildcard"),
    .repeated("model", "DIR", "a model's directory, with its manifest; every model of the topology, in order"),
    .standard(
      "engine", "ENGINE", "onnxruntime",
      "onnxruntime, cuda or torch (a GPU), paced (real answers at a table's pace) or replay (a table alone)"
    ),
    .optional("device", "N", "the GPU of the engines cuda and torch, or cpu; default 0"),
    .optional("plugin", "FILE", "the plugin of the engine torch, where it is not found by itself"),
    .optional("latency-table", "FILE", "the table of a paced or replayed engine"),
    .optional("profile", "FILE", "latencies of an engine that is not emulated; without it they are measured"),
    .repeated("further-table", "FILE", "table or profile of each model behind the first, in order; measure: of none"),
    .optional("memory", "SIZE", "what loaded models may take, such as 64MiB; without it all stay loaded"),
    .standard("threads", "N", "1", "threads the engine may use"),
    .standard(
      "instances", "N", "1", "batches that run at the same time, each on an engine instance and thread of its own"),
    .optional("cpus", "LIST", "processors for the engine's threads alone, such as 2 or 2-3,6; others keep off them"),
    .standard("max-batch", "N", "16", "largest batch"),
    .repeated("engine-step", "TIME=FACTOR", "the engine's share of its speed from then on, above 0 and at most 1"),
    .optional("cache", "DIR", "where measurements are kept; default $XDG_CACHE_HOME/offramp"),
    .optional("library", "FILE", "ONNX Runtime's library, where Scripts/setup did not put it"),
    NodeProgram.clockFlag, NodeProgram.silenceFlag,
  ] + NodeProgram.commonFlags(name: "w0"))

func engineSpeed(_ values: FlagValues) throws -> StepSchedule {
  let steps = try values.steps("engine-step") { (text) throws(QuantityError) in
    guard let factor = Double(text), factor > 0, factor <= 1 else {
      throw QuantityError("'\(text)' is no share of the speed", remedy: "give a number above 0 and at most 1")
    }
    return factor
  }
  return StepSchedule(steps.map { StepSchedule.Step(from: $0.from, factor: $0.value) })
}

NodeProgram.main(flags) { values in
  let speed = try engineSpeed(values)
  let cpus = try values.optional("cpus").map { _ in
    try EngineCPUs(values.quantity("cpus") { (text) throws(QuantityError) in try CPUList(text: text) })
  }
  try cpus?.leaveToEngine()
  let engine = try WorkerEngine(values, changesSpeed: !speed.steps.isEmpty)
  let goesFirst = engine.goesFirst && EngineFirst.letEngineCompute()
  let setup = WorkerSession.Setup(
    identity: try NodeProgram.identity(values), station: values.text("base-station"), listen: values.text("listen"),
    advertise: values.optional("advertise"), patience: try values.duration("patience", atLeast: .seconds(1)),
    silence: try values.duration("silence", atLeast: .seconds(1)), probesClock: values.has("probe-clock"),
    speed: speed, instances: engine.instances, sideBySideBytes: engine.sideBySideBytes,
    isEngineApart: engine.isApart, mostAhead: engine.mostAhead,
    engine: { instance, bench, clock in
      cpus?.take()
      if goesFirst { EngineFirst.take() }
      engine.serve(instance, bench, clock)
    })
  try WorkerSession.run(setup, in: try NodeProcess(name: "worker"))
}
