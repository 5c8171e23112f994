import Glibc
import Inference
import Profiling
import Terminal

let flags = FlagSet(
  "latency-profiler", "measures a model's latency per block and batch size; needs nothing but the engine's library",
  [
    .required("model", "DIR", "the model's directory, with its manifest"),
    .standard("engine", "ENGINE", ProfileRequest.standardEngine, "onnxruntime, cuda or torch"),
    .optional("device", "N", "the GPU of the engines cuda and torch, or cpu; default 0"),
    .optional("plugin", "FILE", "the plugin of the engine torch, where it is not found by itself"),
    .standard("threads", "N", "1", "threads the engine may use"),
    .standard("instances", "N", "1", "also measure 2, 3, ... up to so many instances at work"),
    .standard("max-batch", "N", "\(ProfileRequest.standardBatch)", "largest batch"),
    .standard("repeats", "N", "\(ProfileRequest.standardRepeats)", "rounds over all batch sizes, at most"),
    .standard("budget", "TIME", "20s", "time after which no further round begins"),
    .optional(
      "check", "N",
      "measure nothing: compare N random batches on the engine cuda or torch with ONNX Runtime on the processor"
    ),
    .optional(
      "tolerance", "X",
      "with --check: what features, against the greatest of their batch, and confidences may differ by; default "
        + "\(EngineAgreement.standardTolerance)"),
    .optional("output", "FILE", "the profile's file"),
    .toggle("json", "print the profile in place of tables"),
    .optional("library", "FILE", "ONNX Runtime's library, where it is not found by itself"),
    .toggle("help", "this text"),
  ])

if CommandLine.arguments.contains("--help") {
  print(flags.help, terminator: "")
  exit(0)
}
do {
  let values = try flags.parse(Array(CommandLine.arguments.dropFirst()))
  let (threads, maxBatch) = (try values.whole("threads", 1...256), try values.whole("max-batch", 1...4096))
  let instances = try values.whole("instances", 1...64)
  let (repeats, budget) = (try values.whole("repeats", 1...1_000_000), try values.duration("budget"))
  func request() throws(EngineError) -> ProfileRequest {
    try ProfileRequest(
      model: values.text("model"), engine: values.text("engine"), device: values.optional("device"),
      plugin: values.optional("plugin"), threads: threads, instances: instances, maxBatch: maxBatch, repeats: repeats,
      budget: budget, library: values.optional("library"))
  }
  if values.optional("check") != nil {
    let batches = try values.whole("check", 1...1_000_000)
    let tolerance = values.has("tolerance") ? try values.number("tolerance") : EngineAgreement.standardTolerance
    let agreement = try request().check(batches: batches, tolerance: tolerance)
    print(agreement)
    exit(agreement.isClose ? 0 : 1)
  }
  guard !values.has("tolerance") else { throw values.fault("tolerance", "of --check alone") }
  let text = try ProfileSession.run(request, output: values.optional("output"), json: values.has("json"))
  print(text)
} catch {
  Output.printLine("error: \(error)", to: .errors)
  exit(1)
}
