/// One way to get a topology wrong: a change of the sound text, where the error must point, and what it must say.
struct Mistake: Sendable, CustomStringConvertible {
  var what: String
  /// Replaced by `to`; must stand in the sound text exactly once.
  var from: String
  var to: String
  var line: Int
  /// Words that the error's line must hold.
  var says: [String]

  init(_ what: String, _ from: String, _ to: String, line: Int, _ says: String...) {
    (self.what, self.from, self.to, self.line, self.says) = (what, from, to, line, says)
  }
  var description: String { what }
}

extension Mistake {
  static let sound = """
    format: 1
    name: sound
    seed: 1
    duration: 20 s
    cell:
      bandwidth: 5 MHz
      carrier: 2 GHz
      noise: -169 dBm/Hz
    frame:
      length: 100 ms
      lead: 20 ms
      guard: 5 ms
      result_margin: 5 ms
    model: model
    workers:
      - name: w0
        engine: paced
        latency_table: table
        threads: 1
        max_batch: 4
    policy: {name: exit-aware-shelf-packing, fallback: equal-share, search_nodes: 1000}
    devices:
      processes: 2
      groups:
        - name: cameras
          count: 6
          accuracy: 0.9
          deadline: 150 ms
          arrivals: {poisson: 6 /s}
          channel: {distance: [50 m, 250 m], path_loss: 3gpp-36.814-macro, fading: rayleigh}
          transmit_power: 0.2 W
          compute_power: 1 W
          exit_rule: assigned
        - name: sensors
          count: 2
          accuracy: 80 %
          deadline: 200 ms
          arrivals: {periodic: 100 ms}
          channel: {snr: [5 dB, 20 dB]}
    transport: {scheme: tcp, devices: tcp://0.0.0.0:5600}
    limits: {frame_edge_lateness: 5 ms, upload_error: 5 ms, clock_bound: 1 ms, fallback_share: 1 %}
    simulation:
      links: {device_station: {latency: 200 us}, station_worker: {latency: 0 s, rate: 1 Gbit/s}}
      solve_time: {base: 1 ms, per_task: 2 us, per_search_node: 300 ns}
      stem: 4 ms
      dispatch: 150 us
      engine: table
    faults:
      - {restart: devices-0, at: 5 s, after: 2 s}
      - {pause: devices-1, at: 5 s, for: 500 ms}
      - {bandwidth: 50 %, at: 10 s, for: 2 s}
      - {engine: w0, speed: 50 %, at: 11 s}
      - {loss: device-worker, share: 0.01, at: 3 s, for: 2 s}
      - {delay: station-worker, by: 25 ms, at: 3 s}
      - {clock: w0, step: -3 ms, at: 6 s}
      - {stop: devices-1, at: 18 s}
      - {kill: w0, at: 19 s}
    """ + "\n"

  static let all: [Mistake] =
    syntax + header + radio + computing + devices + channels + ends + simulation + faults

  static let syntax = [
    Mistake("tab as indentation", "  carrier:", "\tcarrier:", line: 7, "a tab indents", "spaces"),
    Mistake("unclosed bracket", "[50 m, 250 m]", "[50 m, 250 m", line: 30, "no YAML", "brackets"),
    Mistake("unclosed quote", "name: sound", "name: \"sound", line: 58, "no YAML", "quotes"),
    Mistake("wrong indentation", "  carrier:", "   carrier:", line: 7, "no YAML", "indentation"),
    Mistake("duplicate key", "seed: 1", "name: sound", line: 2, "'name'", "twice", "keep one"),
    Mistake("duplicate key within", "  carrier:", "  bandwidth:", line: 6, "'bandwidth'", "twice"),
    Mistake("undefined alias", "name: sound", "name: *nobody", line: 2, "alias"),
    Mistake("two documents", "cell:", "---\ncell:", line: 5, "second document"),
    Mistake("control character", "name: sound", "name: so\u{1}und", line: 2, "control character 0x1"),
    Mistake("merge key", "seed: 1", "<<: {seed: 1}", line: 3, "unknown key '<<'"),
  ]
  static let header = [
    Mistake("no format", "format: 1\n", "", line: 1, "no key 'format'", "format: 1"),
    Mistake("another format", "format: 1", "format: 2", line: 1, "format '2'", "format 1"),
    Mistake("misspelt key", "duration:", "durration:", line: 4, "unknown key 'durration'", "did you mean 'duration'"),
    Mistake("unknown key", "seed: 1", "colour: red", line: 3, "unknown key 'colour'", "its keys are format, name"),
    Mistake("key that is a list", "seed: 1", "[seed]: 1", line: 3, "a list is no key"),
    Mistake("no name", "name: sound\n", "", line: 1, "no key 'name'", "add it"),
    Mistake("empty name", "name: sound", "name:", line: 2, "'name' is empty"),
    Mistake("capital in a name", "name: sound", "name: Sound", line: 2, "'Sound' is no name", "lower-case"),
    Mistake("name like a flag", "name: sound", "name: -sound", line: 2, "is no name"),
    Mistake("line break in a name", "name: sound", "name: \"so\\nund\"", line: 2, "'so\\nund' is no name"),
    Mistake("name that is a list", "name: sound", "name: [sound]", line: 2, "plain value", "a list"),
    Mistake("negative seed", "seed: 1", "seed: -1", line: 3, "'seed' is -1", "0 to"),
    Mistake("fraction as seed", "seed: 1", "seed: 1.5", line: 3, "'1.5' is no whole number"),
    Mistake("no unit", "duration: 20 s", "duration: 20", line: 4, "has no unit", "ms, s, min, h"),
    Mistake("wrong unit", "duration: 20 s", "duration: 20 sec", line: 4, "'sec' is no unit", "choose one of"),
    Mistake("no number", "duration: 20 s", "duration: long", line: 4, "'long' is no time"),
    Mistake("zero duration", "duration: 20 s", "duration: 0 s", line: 4, "'duration' is 0 s", "1 ms to 24 h"),
    Mistake("endless duration", "duration: 20 s", "duration: 25 h", line: 4, "'duration' is 25 h", "24 h"),
    Mistake("not a number", "duration: 20 s", "duration: nan s", line: 4, "'nan s' is no time"),
    Mistake("infinity", "duration: 20 s", "duration: 1e999 s", line: 4, "is no time"),
  ]
  static let radio = [
    Mistake("no cell", "cell:\n  bandwidth: 5 MHz\n  carrier: 2 GHz\n  noise: -169 dBm/Hz\n", "", line: 1, "'cell'"),
    Mistake(
      "cell that is a list", "  bandwidth: 5 MHz\n  carrier: 2 GHz\n  noise:", "  - 5\n  - 6\n  -", line: 6,
      "cell must be a mapping", "list"),
    Mistake("no bandwidth", "  bandwidth: 5 MHz\n", "", line: 6, "cell has no key 'bandwidth'", "5 MHz"),
    Mistake("negative bandwidth", "5 MHz", "-5 MHz", line: 6, "'bandwidth' is -5 MHz", "1 kHz to"),
    Mistake("bandwidth in seconds", "5 MHz", "5 ms", line: 6, "'ms' is no unit of frequency", "MHz"),
    Mistake("noise without unit", "-169 dBm/Hz", "-169", line: 8, "noise density", "dBm/Hz"),
    Mistake("loud noise", "-169 dBm/Hz", "169 dBm/Hz", line: 8, "'noise' is 169", "-250"),
    Mistake("lead past the frame", "lead: 20 ms", "lead: 120 ms", line: 11, "'lead' (120 ms)", "frame of 100 ms"),
    Mistake("guard of a frame", "guard: 5 ms", "guard: 100 ms", line: 12, "'guard' (100 ms)", "frame"),
    Mistake("margin of a frame", "result_margin: 5 ms", "result_margin: 1 s", line: 13, "'result_margin'", "frame"),
    Mistake("negative guard", "guard: 5 ms", "guard: -5 ms", line: 12, "'guard' is -5 ms"),
    Mistake("no lead", "lead: 20 ms", "lead: 0 ms", line: 11, "'lead' is 0 ms"),
  ]
  static let computing = [
    Mistake("no model", "model: model\n", "", line: 1, "no key 'model'"),
    Mistake(
      "model of a group that nobody lists", "accuracy: 0.9", "model: letters\n      accuracy: 0.9", line: 27,
      "no further model is called 'letters'", "further_models"),
    Mistake(
      "further models without tables", "model: model", "model: model\nfurther_models: [{name: b, directory: model}]",
      line: 17, "no latency tables of the further models", "further_tables"),
    Mistake(
      "further model that is not there", "model: model", "model: model\nfurther_models: [{name: b, directory: no}]",
      line: 15, "no model directory"),
    Mistake(
      "further table too many", "max_batch: 4", "max_batch: 4\n    further_tables: [table]", line: 21,
      "0 further models"),
    Mistake("memory without a unit", "max_batch: 4", "max_batch: 4\n    memory: 64", line: 21, "memory", "unit"),
    Mistake("memory of nothing", "max_batch: 4", "max_batch: 4\n    memory: 0 MB", line: 21, "memory", "1 KiB"),
    Mistake(
      "memory of a replay", "engine: paced", "engine: replay\n    memory: 9 MB", line: 18,
      "'memory' is for engines that"),
    Mistake("processors in words", "max_batch: 4", "max_batch: 4\n    cpus: all", line: 21, "cpus", "0-2,5"),
    Mistake("processors without an end", "max_batch: 4", "max_batch: 4\n    cpus: 1-", line: 21, "'1-'", "0-2,5"),
    Mistake("a processor too far", "max_batch: 4", "max_batch: 4\n    cpus: 1024", line: 21, "cpus", "0-2,5"),
    Mistake("no instance", "max_batch: 4", "max_batch: 4\n    instances: 0", line: 21, "instances", "1 to 64"),
    Mistake(
      "more instances than the table knows of", "max_batch: 4", "max_batch: 4\n    instances: 2", line: 18,
      "knows of 1 instance", "offramp profile --instances 2"),
    Mistake("missing model", "model: model", "model: nowhere", line: 14, "no model directory", "manifest.json"),
    Mistake("model without manifest", "model: model", "model: empty", line: 14, "manifest", "does not exist"),
    Mistake("workers not a list", "  - name: w0", "    name: w0", line: 16, "'workers' must be a list", "a mapping"),
    Mistake("unknown engine", "engine: paced", "engine: pased", line: 17, "'pased'", "did you mean 'paced'"),
    Mistake(
      "other engine", "engine: paced", "engine: tensorrt", line: 17, "'tensorrt'",
      "onnxruntime, cuda, torch, paced, replay"),
    Mistake("device of a paced engine", "threads: 1", "device: 0", line: 19, "'device' is for the engines cuda and"),
    Mistake("plugin of a paced engine", "threads: 1", "plugin: p.so", line: 19, "'plugin' is for the engine torch"),
    Mistake(
      "plugin of cuda", "engine: paced\n    latency_table: table", "engine: cuda\n    plugin: p.so", line: 18,
      "'plugin' is for the engine torch"),
    Mistake("table for a GPU", "engine: paced", "engine: cuda", line: 18, "'latency_table' is for"),
    Mistake(
      "device past the last", "engine: paced\n    latency_table: table", "engine: cuda\n    device: 256", line: 18,
      "'device' is 256", "0 to 255, or cpu"),
    Mistake(
      "device by name", "engine: paced\n    latency_table: table", "engine: torch\n    device: gpu", line: 18,
      "'gpu' is no whole number", "or cpu"),
    Mistake("missing table", "latency_table: table", "latency_table: fast", line: 18, "fast.json", "does not exist"),
    Mistake("no table", "    latency_table: table\n", "", line: 16, "no key 'latency_table'", "edge-gpu"),
    Mistake("table for the bare engine", "engine: paced", "engine: onnxruntime", line: 18, "'latency_table' is for"),
    Mistake("table for another model", "latency_table: table", "latency_table: short", line: 18, "1 blocks", "has 2"),
    Mistake("batch past the table", "max_batch: 4", "max_batch: 9", line: 18, "ends at a batch of 4", "at most 4"),
    Mistake("no threads", "threads: 1", "threads: 0", line: 19, "'threads' is 0", "1 to 256"),
    Mistake("reserved name", "name: w0", "name: base-station", line: 16, "cannot be called 'base-station'"),
    Mistake("profile of a paced engine", "threads: 1", "profile: p.json", line: 19, "'profile' is for"),
    Mistake("worker's key", "threads: 1", "thread: 1", line: 19, "'thread' in the worker", "did you mean 'threads'"),
    Mistake("bad endpoint", "threads: 1", "endpoint: udp://1.2.3.4:5", line: 19, "endpoint", "tcp://ADDRESS:PORT"),
    Mistake("unknown policy", "name: exit-aware-shelf-packing", "name: best", line: 21, "policy 'best'", "equal-share"),
    Mistake("unknown fallback", "fallback: equal-share", "fallback: none", line: 21, "policy 'none'"),
    Mistake("no scheduler", "name: exit-aware-shelf-packing", "name: external", line: 21, "no endpoint", "tcp://"),
    Mistake(
      "a scheduler too many", "search_nodes: 1000", "endpoint: 'tcp://a:1'", line: 21, "has an endpoint", "leave it"),
    Mistake("bad scheduler", "search_nodes: 1000", "endpoint: 'a:1'", line: 21, "endpoint 'a:1'", "tcp://ADDRESS:PORT"),
    Mistake("fallback elsewhere", "fallback: equal-share", "fallback: external", line: 21, "fallback is 'external'"),
    Mistake(
      "scheduler at a node's endpoint", "name: exit-aware-shelf-packing, fallback: equal-share, search_nodes: 1000",
      "name: external, endpoint: 'tcp://0.0.0.0:5600'", line: 40, "the policy and transport's 'devices'", "its own"),
    Mistake(
      "unknown objective", "fallback: equal-share", "objective: weigthed", line: 21, "'weigthed'",
      "did you mean 'weighted'"),
    Mistake(
      "objective that a policy does not know", "name: exit-aware-shelf-packing",
      "name: equal-share, objective: proportional-fair", line: 21, "'equal-share' does not know", "tree-search"),
    Mistake("no nodes", "search_nodes: 1000", "search_nodes: 0", line: 21, "'search_nodes' is 0"),
    Mistake(
      "delay without open plans", "search_nodes: 1000", "queue_delay: 5 ms", line: 21, "'queue_delay' is for",
      "dynamic-batching"),
    Mistake(
      "no batch", "name: exit-aware-shelf-packing", "max_batch: 0, name: dynamic-batching", line: 21,
      "'max_batch' is 0"),
    Mistake(
      "a delay without unit", "name: exit-aware-shelf-packing", "queue_delay: 5, name: aimd-batching", line: 21, "'5'"),
    Mistake(
      "a timeout too long", "name: exit-aware-shelf-packing", "queue_timeout: 2 min, name: dynamic-batching", line: 21,
      "queue_timeout"),
  ]
  static let devices = [
    Mistake("more processes than devices", "processes: 2", "processes: 9", line: 23, "9 processes for 8 devices"),
    Mistake("no processes", "processes: 2", "processes: 0", line: 23, "'processes' is 0"),
    Mistake("two groups of one name", "name: sensors", "name: cameras", line: 34, "two groups", "'cameras'"),
    Mistake("no devices", "count: 6", "count: 0", line: 26, "'count' is 0", "1 to 10000"),
    Mistake("too many devices", "count: 6", "count: 9999", line: 25, "10001 devices", "at most 10000"),
    Mistake("too many in a group", "count: 6", "count: 10001", line: 26, "'count' is 10001"),
    Mistake("accuracy above 1", "accuracy: 0.9", "accuracy: 1.2", line: 27, "'accuracy' is 1.2", "0 to 1"),
    Mistake("accuracy above 100 %", "accuracy: 80 %", "accuracy: 101 %", line: 36, "'accuracy' is 101 %"),
    Mistake("accuracy nobody reaches", "accuracy: 0.9", "accuracy: 0.99", line: 27, "0.99", "exit 1 0.8, exit 2 0.95"),
    Mistake("accuracy that is no number", "accuracy: 0.9", "accuracy: nan", line: 27, "'nan' is no share", "95 %"),
    Mistake("accuracy as a power", "accuracy: 0.9", "accuracy: 5 W", line: 27, "'5 W' is no share"),
    Mistake("negative deadline", "deadline: 150 ms", "deadline: -1 ms", line: 28, "'deadline' is -1 ms"),
    Mistake("hopeless deadline", "deadline: 150 ms", "deadline: 30 ms", line: 28, "no task can meet", "30 ms"),
    Mistake("no arrivals", "      arrivals: {periodic: 100 ms}\n", "", line: 34, "no key 'arrivals'", "poisson"),
    Mistake(
      "two kinds of arrivals", "{periodic: 100 ms}", "{periodic: 1 s, poisson: 1 /s}", line: 38, "both", "exactly one"),
    Mistake("no kind of arrivals", "{periodic: 100 ms}", "{}", line: 38, "which kind", "poisson, periodic, replay"),
    Mistake("arrivals as text", "{periodic: 100 ms}", "often", line: 38, "arrivals must be a mapping", "'often'"),
    Mistake("rate without unit", "poisson: 6 /s", "poisson: 6", line: 29, "arrival rate", "no unit", "/s"),
    Mistake("rate of zero", "poisson: 6 /s", "poisson: 0 /s", line: 29, "'poisson' is 0 /s"),
    Mistake("missing replay", "{periodic: 100 ms}", "{replay: nowhere.csv}", line: 38, "nowhere.csv", "cannot be read"),
    Mistake("comma in a path", "{periodic: 100 ms}", "{replay: 'a,b.csv'}", line: 38, "comma", "rename"),
    Mistake("no power", "transmit_power: 0.2 W", "transmit_power: 0 W", line: 31, "'transmit_power' is 0 W"),
    Mistake("power in dB", "transmit_power: 0.2 W", "transmit_power: 23 dBm", line: 31, "'dBm'", "mW, W"),
    Mistake("unknown rule", "exit_rule: assigned", "exit_rule: early", line: 33, "'early'", "{confidence: 0.9}"),
    Mistake("weight of zero", "exit_rule: assigned", "weight: 0", line: 33, "'weight' is 0", "0.000001 to"),
    Mistake("weight that is no number", "exit_rule: assigned", "weight: heavy", line: 33, "'heavy' is no number"),
    Mistake("confidence above 1", "exit_rule: assigned", "exit_rule: {confidence: 2}", line: 33, "'confidence' is 2"),
  ]
  static let channels = [
    Mistake("distances the wrong way round", "[50 m, 250 m]", "[250 m, 50 m]", line: 30, "'distance' begins above"),
    Mistake("three distances", "[50 m, 250 m]", "[1 m, 2 m, 3 m]", line: 30, "lists 3", "[50 m, 250 m]"),
    Mistake("distance of zero", "[50 m, 250 m]", "0 m", line: 30, "'distance' is 0 m", "1 m to"),
    Mistake("unknown loss", "3gpp-36.814-macro", "3gpp-36.814-makro", line: 30, "path_loss", "did you mean"),
    Mistake("unknown fading", "fading: rayleigh", "fading: rice", line: 30, "unknown fading 'rice'", "rayleigh, none"),
    Mistake(
      "loss without distance", "[5 dB, 20 dB]", "5 dB, path_loss: 3gpp-36.814-macro", line: 39, "needs 'distance'"),
    Mistake("SNR without unit", "[5 dB, 20 dB]", "[5, 20 dB]", line: 39, "ratio '5' has no unit", "dB"),
    Mistake(
      "fading on a trace", "snr: [5 dB, 20 dB]", "trace: snr.csv, fading: none", line: 39, "'fading' is not added"),
    Mistake(
      "no kind of channel", "{snr: [5 dB, 20 dB]}", "{fading: none}", line: 39, "which kind", "distance, snr, trace"),
  ]
  static let ends = [
    Mistake("unknown scheme", "scheme: tcp", "scheme: udp", line: 40, "unknown scheme 'udp'", "tcp"),
    Mistake("endpoint of another scheme", "scheme: tcp", "scheme: ipc", line: 40, "no ipc endpoint", "scheme"),
    Mistake("port out of range", ":5600", ":70000", line: 40, "1 to 65535"),
    Mistake("endpoint without port", ":5600", "", line: 40, "no port"),
    Mistake(
      "two nodes at one endpoint", "devices: tcp://0.0.0.0:5600", "devices: tcp://h:1, workers: tcp://h:1", line: 40,
      "both tcp://h:1"),
    Mistake("unknown limit", "clock_bound", "clock_bounds", line: 41, "'clock_bounds'", "did you mean 'clock_bound'"),
    Mistake("limit of zero", "clock_bound: 1 ms", "clock_bound: 0 ms", line: 41, "'clock_bound' is 0 ms"),
    Mistake("share above 1", "fallback_share: 1 %", "fallback_share: 150 %", line: 41, "'fallback_share' is 150 %"),
  ]
  static let simulation = [
    Mistake("unknown simulation key", "stem: 4 ms", "stam: 4 ms", line: 45, "'stam'", "did you mean 'stem'"),
    Mistake("unknown link", "device_station:", "device_base:", line: 43, "'device_base' in links", "device_station"),
    Mistake("link without a mapping", "{latency: 200 us}", "200 us", line: 43, "device_station must be a mapping"),
    Mistake("unknown key of a link", "latency: 200 us", "latncy: 200 us", line: 43, "'latncy'", "'latency'"),
    Mistake("negative latency", "latency: 200 us", "latency: -1 us", line: 43, "'latency' is -1 us", "0 s to 60 s"),
    Mistake("rate without unit", "1 Gbit/s", "1", line: 43, "the rate '1' has no unit", "Gbit/s"),
    Mistake("rate in bytes", "1 Gbit/s", "1 GB/s", line: 43, "'GB/s' is no unit of rate"),
    Mistake("rate of zero", "1 Gbit/s", "0 bit/s", line: 43, "'rate' is 0 bit/s", "1 kbit/s"),
    Mistake("negative solve time", "base: 1 ms", "base: -1 ms", line: 44, "'base' is -1 ms", "0 s to 60 s"),
    Mistake("endless solve time", "per_task: 2 us", "per_task: 2 h", line: 44, "'per_task' is 2 h"),
    Mistake("unknown term", "per_search_node", "per_node", line: 44, "'per_node'", "per_search_node"),
    Mistake("negative dispatch", "dispatch: 150 us", "dispatch: -1 us", line: 46, "'dispatch' is -1 us", "0 s to 60 s"),
    Mistake("stem without unit", "stem: 4 ms", "stem: 4", line: 45, "'4' has no unit"),
    Mistake("unknown timing", "engine: table", "engine: tables", line: 47, "unknown engine 'tables'", "'table'"),
  ]
  static let faults = [
    Mistake("fault of no kind", "kill: w0, ", "", line: 57, "which kind", "kill, stop, pause"),
    Mistake("fault of two kinds", "kill: w0", "kill: w0, stop: w0", line: 57, "both 'kill' and 'stop'", "exactly one"),
    Mistake("misspelt fault", "kill: w0", "kil: w0", line: 57, "unknown key 'kil'", "did you mean 'kill'"),
    Mistake("fault of nobody", "kill: w0", "kill: w1", line: 57, "no node is called 'w1'", "did you mean 'w0'"),
    Mistake("fault of another emulator", "stop: devices-1", "stop: devices-2", line: 56, "'devices-2' ('stop')"),
    Mistake("engine of an emulator", "engine: w0", "engine: devices-0", line: 52, "no worker is called 'devices-0'"),
    Mistake("restart of the base station", "restart: devices-0", "restart: base-station", line: 49, "run's clock"),
    Mistake("step of the run's clock", "clock: w0", "clock: base-station", line: 55, "cannot step", "another node"),
    Mistake("fault without an instant", ", at: 19 s", "", line: 57, "no key 'at'", "5 s"),
    Mistake("instant without unit", "at: 19 s", "at: 19", line: 57, "has no unit", "ms, s"),
    Mistake("instant behind the run", "at: 19 s", "at: 20 s", line: 57, "'at' (20 s)", "the run's end (20 s)"),
    Mistake("instant before the run", "at: 19 s", "at: -1 s", line: 57, "'at' is -1 s", "0 s to 24 h"),
    Mistake("pause without an end", ", for: 500 ms", "", line: 50, "no key 'for'"),
    Mistake("pause of nothing", "for: 500 ms", "for: 0 s", line: 50, "'for' is 0 s", "1 ms to 24 h"),
    Mistake("restart without a while", ", after: 2 s", "", line: 49, "no key 'after'"),
    Mistake("key of another fault", "kill: w0", "kill: w0, for: 1 s", line: 57, "'for' is not for 'kill'", "remove"),
    Mistake("no bandwidth left", "bandwidth: 50 %", "bandwidth: 0 %", line: 51, "'bandwidth' is 0 %", "1 % to 1000 %"),
    Mistake("engine without a speed", ", speed: 50 %", "", line: 52, "no key 'speed'"),
    Mistake("engine faster than it is", "speed: 50 %", "speed: 200 %", line: 52, "'speed' is 200 %", "1 % to 100 %"),
    Mistake(
      "loss of an unknown link", "loss: device-worker", "loss: worker-device", line: 53, "unknown loss", "choose"),
    Mistake("loss of more than all", "share: 0.01", "share: 1.5", line: 53, "'share' is 1.5"),
    Mistake("delay of nothing", "by: 25 ms", "by: 0 s", line: 54, "'by' is 0 s", "1 us to 60 s"),
    Mistake("clock without a step", ", step: -3 ms", "", line: 55, "no key 'step'"),
    Mistake(
      "fault of the dead", "at: 18 s}", "at: 18 s}\n  - {kill: devices-1, at: 19 s}", line: 57, "is dead", "leave"),
    Mistake("fault of the paused", "stop: devices-1, at: 18 s", "stop: devices-1, at: 5.2 s", line: 56, "still paused"),
    Mistake(
      "two restarts at a time", "pause: devices-1", "pause: devices-0", line: 50, "being restarted", "7 s or later"),
    Mistake(
      "two steps at a time", "engine: w0, speed: 50 %, at: 11 s", "bandwidth: 30 %, at: 11 s", line: 52,
      "'bandwidth' is still changed", "12 s or later"),
    Mistake("faults that are none", "{kill: w0, at: 19 s}", "never", line: 57, "the fault must be a mapping"),
  ]
}
