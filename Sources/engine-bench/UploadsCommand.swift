import DeviceEngines
import EdgeModel
import Inference

/// How fast full batches of features get onto a device, by the size of the pieces that they go up in.
struct UploadsCommand {
  let bench: Bench
  let choice: DeviceEngineChoice
  let rounds: Int
  let batches: Int
  /// 32 KiB to 4 MiB.
  private static var sizes: [Int] { (5...12).map { (1 << $0) << 10 } }

  func run() throws {
    let row = bench.model.featureValues(entering: 1) * MemoryLayout<Float>.stride
    let bytes = row * bench.largest
    // Pieces beyond the first that holds all of the batch are all the same one.
    let sizes = Self.sizes.filter { $0 < bytes } + Self.sizes.filter { $0 >= bytes }.prefix(1)
    let variants = try sizes.map { size in
      var choice = choice
      choice.calls.uploadBytes = size
      return try DeviceVariant(choice, bench)
    }
    let stream = Stream(.assigned, count: batches, largest: bench.largest, features: bench.features)
    let engine = try choice.open(model: bench.model, largestBatch: bench.largest, runtime: bench.runtime)
    let copies = try stream.steps(on: engine, profile: bench.profile).map(\.copies)
    var turns = VariantTurns(variants, batches: copies.count)
    try turns.round(variants, copies)
    turns = VariantTurns(variants, batches: copies.count)
    for _ in 0..<rounds { try turns.round(variants, copies) }
    say(
      "\(bench.model.name), \(variants[0].name), \(bench.largest) rows of \(row) bytes, \(rounds) rounds of \(batches) "
        + "batches; into pinned memory and on to the device:")
    for (index, size) in sizes.enumerated() {
      let time = turns.batchMicroseconds(index)
      // A piece is whole rows: as many as reach its size.
      let rows = (size + row - 1) / row
      let pieces = (bench.largest + rows - 1) / rows
      say(
        "pieces of \(size >> 10) KiB: \(time.to(1)) us a batch, \((Double(bytes) / time / 1e3).to(2)) GB/s, "
          + "\(pieces) to a batch")
    }
  }
}
