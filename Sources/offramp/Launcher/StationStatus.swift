import PlainJSON

/// What a base station says on standard output, one JSON object a line.
enum StationStatus: Hashable {
  case listening(StationEndpoints)
  /// What it waits for before it starts the run; empty: nothing any more.
  case waiting(String)
  /// A worker, and where devices reach it.
  case worker(String, endpoint: String)
  /// The run's start [ns of CLOCK_MONOTONIC].
  case started(Int64)
  case progress(RunProgressFigures)

  /// nil for other lines.
  init?(line: String) {
    guard let json = try? JSON(utf8: line.utf8), let word = json["status"]?.string else { return nil }
    func text(_ name: String) -> String? { json[name]?.string }
    switch word {
    case "listening":
      guard let devices = text("devices"), let workers = text("workers"), let clock = text("clock") else { return nil }
      self = .listening(StationEndpoints(devices: devices, workers: workers, clock: clock))
    case "waiting": self = .waiting(text("for") ?? "")
    case "worker":
      guard let name = text("name"), let endpoint = text("endpoint") else { return nil }
      self = .worker(name, endpoint: endpoint)
    case "started":
      guard let start = json["monotonic_ns"]?.integer else { return nil }
      self = .started(Int64(start))
    case "progress": self = .progress(RunProgressFigures(json))
    default: return nil
    }
  }
}

/// How far a run is.
struct RunProgressFigures: Hashable {
  /// Since the run's start [s].
  var elapsed: Double
  /// Tasks that ended, and those of them that were in time.
  var settled: Int
  var completed: Int
  /// Batches planned, and their members.
  var batches: Int
  var batched: Int

  init(_ json: JSON) {
    func count(_ name: String) -> Int { json[name]?.integer ?? 0 }
    elapsed = json["elapsed_s"]?.double ?? 0
    (settled, completed) = (count("settled"), count("completed"))
    (batches, batched) = (count("batches"), count("batched"))
  }
}
