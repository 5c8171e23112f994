import EdgeModel
import Inference
import NodeCommands
import ZeroMQTransport

let flags = FlagSet(
  "edge-worker", "receives features, runs each planned batch block by block, lets tasks leave at their exits",
  [
    .standard("base-station", "ENDPOINT", "tcp://127.0.0.1:5601", "where the base station listens for workers"),
    .standard("listen", "ENDPOINT", "tcp://127.0.0.1:*", "where to listen for features"),
    .optional("advertise", "ENDPOINT", "what devices are told instead, where --listen is a wildcard"),
    .required("model", "DIR", "the model's directory, with its manifest"),
    .standard(
      "engine", "ENGINE", "onnxruntime", "onnxruntime, paced (real answers at a table's pace) or replay (a table alone)"
    ),
    .optional("latency-table", "FILE", "the table of a paced or replayed engine"),
    .optional("profile", "FILE", "latencies of the bare engine; without it they are measured"),
    .standard("threads", "N", "1", "threads the engine may use"),
    .standard("max-batch", "N", "16", "largest batch"),
    .optional("cache", "DIR", "where measurements are kept; default $XDG_CACHE_HOME/offramp"),
    .optional("library", "FILE", "ONNX Runtime's library, where Scripts/setup did not put it"),
  ] + NodeProgram.commonFlags(name: "w0"))

NodeProgram.main(flags) { values in
  let engine = try WorkerEngine(values)
  let setup = WorkerSession.Setup(
    identity: try NodeProgram.identity(values), station: values.text("base-station"), listen: values.text("listen"),
    advertise: values.optional("advertise"), patience: try values.duration("patience", atLeast: .seconds(1)),
    probesClock: values.has("probe-clock"), engine: { bench, clock in engine.serve(bench, clock) })
  try WorkerSession.run(setup, in: try NodeProcess(name: "worker"))
}
