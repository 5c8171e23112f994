import Inference

/// What a process holds while it is soaked, and whether it stays.
struct Endurance {
  /// What the second half may add to the memory [KiB].
  private static let growth = 1024

  /// Such as "resident memory, freed memory given back".
  var memory: String
  /// By when, such as "before".
  var moments: [(when: String, use: ProcessUse)]
  /// All along [KiB].
  var resident: [Double]

  /// Says what was found. Medians of a twentieth of the samples each, so that a page more or less at one moment says
  /// nothing.
  func judge() -> Bool {
    let (half, part) = (resident.count / 2, max(1, resident.count / 20))
    let middle = Statistics.median(Array(resident[half..<min(half + part, resident.count)]))
    let end = Statistics.median(Array(resident.suffix(part)))
    let (first, last) = (resident.min() ?? 0, resident.max() ?? 0)
    say(
      "\(memory): \(moments[0].use.resident) KiB before, \(middle.to(0)) at half, \(end.to(0)) at the end; "
        + "least \(first.to(0)), most \(last.to(0))")
    let threads = moments.map { "\($0.use.threads) \($0.when)" }.joined(separator: ", ")
    let descriptors = moments.map { "\($0.use.descriptors)" }.joined(separator: ", ")
    say("threads: \(threads); descriptors: \(descriptors)")
    let isFlat = end - middle < Double(Self.growth)
    let isClean = Set(moments.map(\.use.threads)).count == 1 && Set(moments.map(\.use.descriptors)).count == 1
    say(
      "memory \(isFlat ? "stays" : "GROWS") (\((end - middle).to(0)) KiB in the second half, at most \(Self.growth)); "
        + "threads and descriptors \(isClean ? "stay" : "DO NOT STAY")")
    return isFlat && isClean
  }
}
