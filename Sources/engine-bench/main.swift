import Glibc
import Inference
import Terminal

// Scripts/bench/engine-limit and Scripts/soak/engine run it.
let flags = FlagSet(
  "engine-bench", "measures what the testbed adds to the bare engine (limit, allocations), or how it endures (soak)",
  [
    .required("run", "WHAT", "limit, allocations or soak"),
    .standard("model", "DIR", "Topologies/Models/digits", "the model's directory, with its manifest"),
    .standard("rounds", "N", "100", "limit: rounds over each stream"),
    .optional("worker", "FILE", "limit: an edge-worker to measure too"),
    .optional("traces", "DIR", "limit: where the worker's trace goes"),
    .standard("batches", "N", "100000", "soak: batches"),
    .standard("loads", "N", "1000", "soak: how often the model is loaded and unloaded meanwhile"),
  ])

do {
  let values = try flags.parse(Array(CommandLine.arguments.dropFirst()))
  let bench = try Bench(model: values.text("model"))
  switch values.text("run") {
  case "limit":
    var command = LimitCommand(bench: bench, rounds: try values.whole("rounds", 1...1_000_000))
    if let worker = values.optional("worker"), let traces = values.optional("traces") {
      command.worker = (worker, traces)
    }
    try command.run()
  case "allocations": try LimitCommand(bench: bench, rounds: 1).countAllocations()
  case "soak":
    let soak = SoakCommand(
      bench: bench, batches: try values.whole("batches", 100...1_000_000_000),
      loads: try values.whole("loads", 1...1_000_000))
    if try !soak.run() { exit(1) }
  default: throw values.fault("run", "neither limit, allocations nor soak")
  }
} catch {
  Output.printLine("error: \(error)", to: .errors)
  exit(2)
}
