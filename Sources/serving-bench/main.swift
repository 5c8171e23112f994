import EdgeModel
import Glibc
import Terminal
import Units
import ZeroMQ

// The one client of Scripts/bench/serving: the same arrivals, the same feature bytes and the same clock for every server.
let flags = FlagSet(
  "serving-bench",
  "sends arrivals to a server, each at its instant whatever has been answered, and writes what came of each",
  [
    .repeated("arrivals", "FILE", "instant_ns,sample,exit; several files run one after the other"),
    .required("features", "FILE", "float32 features of the samples, one behind the other"),
    .standard("feature-bytes", "N", "16384", "bytes of one of them"),
    .required("output", "DIR", "where each run's answers go, under the name of its file"),
    .standard("deadline", "TIME", "50ms", "from a task's arrival to its answer"),
    .standard("patience", "TIME", "30s", "how long a worker may take until it is ready"),
    .optional("http", "HOST:PORT", "a server over HTTP/1.1"),
    .optional("head", "FILE", "what a request to it begins with: head, and the body up to the feature"),
    .standard("connections", "N", "1024", "to it, at most; what finds none free waits here"),
    .optional("listen", "ENDPOINT", "where to be the base station of an edge-worker instead"),
    .standard("max-batch", "N", "16", "largest batch of the worker's rule"),
    .optional("timeout", "TIME", "of the worker's queue; without it nobody is dropped"),
    .toggle("exits", "tasks leave at the exits that the arrivals name; without it all run to the deepest"),
    .toggle("help", "this text"),
  ])

do {
  let arguments = Array(CommandLine.arguments.dropFirst())
  if arguments.contains("--help") {
    Output.write(flags.help, to: .standard)
    exit(0)
  }
  try serve(try flags.parse(arguments))
} catch {
  Output.printLine("error: \(error)", to: .errors)
  exit(2)
}

func serve(_ values: FlagValues) throws {
  setTimerSlack(1)
  let features = try FeatureFile(values.text("features"), featureBytes: try values.whole("feature-bytes", 4...1 << 24))
  let runs = try values.all("arrivals").map { try ArrivalFile($0, samples: features.count) }
  let deadline = try values.duration("deadline", atLeast: .milliseconds(1)).inNanoseconds
  if let server = values.optional("http") {
    let target = try HTTPTarget(
      server: server, head: values.text("head"), features: features, deadline: deadline,
      connections: try values.whole("connections", 1...8192))
    for run in runs { try finish(run, values, try target.run(run.arrivals)) }
  } else {
    guard values.has("listen") else {
      throw UsageError("neither --http nor --listen", "serving-bench", "name a server, or listen for a worker")
    }
    let rule = BatchingRule(
      maxBatch: try values.whole("max-batch", 1...4096), queueDelay: .zero,
      timeout: try values.optionalDuration("timeout"))
    let target = try WorkerTarget(
      listen: values.text("listen"), features: features, deadline: deadline, rule: rule, namesExits: values.has("exits")
    )
    try target.rendezvous(patience: try values.duration("patience").inNanoseconds)
    for run in runs { try finish(run, values, try target.run(run.arrivals)) }
    try target.end()
  }
}

/// Writes a run's records, and says on a line how much of a processor the client took.
func finish(_ run: ArrivalFile, _ values: FlagValues, _ log: RequestLog) throws {
  try log.write(to: "\(values.text("output"))/\(run.name)")
  Output.printLine("\(run.name) \(fixed(log.processorShare, 3))", to: .standard)
}
