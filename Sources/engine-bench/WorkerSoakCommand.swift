import EdgeModel
import Glibc
import Inference
import Terminal
import Units
import ZeroMQ

/// A real worker, batch after batch: of one model for a while, then of the other, of which its memory holds one, so that it
/// loads and unloads at each change. Its memory, threads and descriptors must stay.
struct WorkerSoakCommand {
  let bench: Bench
  /// The `edge-worker`, and what chooses its engine.
  let program: String
  let engine: [String]
  /// Where its trace goes, which grows with the batches.
  let traces: String
  let batches: Int
  let loads: Int

  /// Whether all stayed.
  func run() throws -> Bool {
    let stream = Stream(.mixed, count: 512, largest: bench.largest, features: bench.features)
    let table = "\(bench.model.directory)/edge-gpu.json"
    let profile = access(table, R_OK) == 0 ? table : nil
    let all = try CPUAffinity.current()
    // Nobody can have it trim: else the worker's malloc would keep tens of megabytes of unloaded models, sometimes more and
    // sometimes less. So what is large goes back at once, and what is small is kept in one place.
    for (name, value) in [
      ("MALLOC_MMAP_THRESHOLD_", "65536"), ("MALLOC_TRIM_THRESHOLD_", "131072"), ("MALLOC_ARENA_MAX", "1"),
    ] { setenv(name, value, 1) }
    // The same files under two numbers are two models; a byte less than both is room for one.
    let feeder = try WorkerFeeder(
      program: program, model: bench.model, profile: profile, largest: bench.largest, traces: traces,
      arguments: engine + [
        "--model", bench.model.directory, "--further-table", profile ?? "measure", "--memory",
        "\(2 * bench.model.engineBytes - 1)B",
      ], engine: [], others: all)
    func jobs(_ numbers: Range<Int>) -> [BatchJob] { numbers.map { stream.jobs[$0 % stream.jobs.count] } }

    // Both run once before anything is counted, whichever the worker has begun with.
    for model in 0..<2 { _ = try feeder.turn(jobs(0..<min(512, batches / loads)), of: ModelID(model)) }
    let first = feeder.nextTask
    let before = ProcessUse.of(feeder.process)
    var (resident, half) = ([Double](), before)
    var (sent, answered) = (0, 0)
    let watch = Stopwatch()
    for load in 0..<loads {
      let turn = jobs(load * batches / loads..<(load + 1) * batches / loads)
      sent += turn.reduce(0) { $0 + $1.rows.count }
      answered += try feeder.turn(turn, of: ModelID(load % 2))
      let use = ProcessUse.of(feeder.process)
      resident.append(Double(use.resident))
      if load == loads / 2 { half = use }
    }
    let after = ProcessUse.of(feeder.process)
    let took = watch.elapsed
    try feeder.stop()

    let loaded = try modelsLoaded(from: first)
    say(
      "edge-worker: \(batches) batches (\((Double(sent) / Double(batches)).to(1)) rows at the mean) and \(loaded) loads "
        + "and unloads in \(took.inSeconds.to(0)) s; \(answered) answers, \(sent - answered) features came late")
    let endurance = Endurance(
      memory: "resident memory", moments: [("before", before), ("at half", half), ("at the end", after)],
      resident: resident)
    let stays = endurance.judge()
    // A busy machine may bring features late, those of a whole turn at once, whose model is then not loaded; a worker that
    // answers few was hardly soaked.
    guard loaded * 10 >= loads * 9, answered * 10 >= sent * 9 else {
      say("NOT SOAKED: 9 of 10 loads, and of 10 answers, at least, are to be made")
      return false
    }
    return stays
  }

  /// For batches from this one on, by the worker's trace.
  private func modelsLoaded(from batch: Int) throws -> Int {
    var count = 0
    guard let listing = opendir(traces) else { throw missing }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasSuffix(".jsonl") else { continue }
      guard let file = fopen("\(traces)/\(name)", "r") else { throw missing }
      defer { fclose(file) }
      var (line, room) = (UnsafeMutablePointer<CChar>?.none, 0)
      defer { free(line) }
      while getline(&line, &room, file) > 0 {
        guard let line, strstr(line, "\"event\":\"modelLoaded\"") != nil,
          let number = strstr(line, Self.member)
        else { continue }
        if strtol(number + strlen(Self.member), nil, 10) >= batch { count += 1 }
      }
    }
    return count
  }
  private static let member = "\"batch\":"
  private var missing: EngineError {
    EngineError("the worker's trace cannot be read", at: traces, remedy: "give it a folder of its own, with room")
  }
}
