import PlainJSON

/// A latency table or measured profile that a worker names. Only what a topology can get wrong is checked: that it is
/// there, has the model's blocks, and is long enough for the worker's batches. The engine reads the rest.
struct LatencyTableFile {
  let path: String
  let place: Place?
  let problems: ProblemCollector

  /// - Parameter blocks: how many the model has.
  func check(blocks: Int, maxBatch: Int, instances: Int) {
    let file = JSONFile(path: path, what: "the latency table", place: place, problems: problems)
    guard let table = file.read() else { return }
    guard let rows = table["blocks"]?.array, rows.count == blocks else {
      problems.report(
        "the latency table \(path) has \(table["blocks"]?.array?.count ?? 0) blocks, the model has \(blocks)",
        at: place,
        remedy: "name a table made for this model")
      return
    }
    if let largest = table["max_batch"]?.integer, largest < maxBatch {
      problems.report(
        "the latency table \(path) is for batches of at most \(largest)", at: place,
        remedy: "set the worker's max_batch to at most \(largest)")
      return
    }
    let together = table["concurrency"]?.array?.compactMap { $0["instances"]?.integer }.max() ?? 1
    if together < instances {
      problems.report(
        "the latency table \(path) knows of \(together) instance\(together == 1 ? "" : "s") at work", at: place,
        remedy: "set the worker's instances to at most \(together), or measure more with 'offramp profile --instances "
          + "\(instances)'")
      return
    }
    for (index, row) in rows.enumerated() {
      guard let sizes = row["latency_s"]?.array?.count, sizes < maxBatch else { continue }
      problems.report(
        "block \(index + 1) in the latency table \(path) ends at a batch of \(sizes)", at: place,
        remedy: "set the worker's max_batch to at most \(sizes)")
      return
    }
  }
}
