/// Ways to get a sweep wrong: a block in place of the sound one, where the error must point, what it must say.
struct SweepMistake: Sendable, CustomStringConvertible {
  var what: String
  /// Lines of the block below `sweep:`.
  var block: String
  /// Of the block's lines, from 1; 0 is the line of `sweep:`.
  var line: Int
  var says: [String]

  init(_ what: String, _ block: String, line: Int = 1, _ says: String...) {
    (self.what, self.block, self.line, self.says) = (what, block, line, says)
  }
  var description: String { what }

  /// The sound topology with this block.
  var text: String { Self.text(block) }
  /// Of `sweep:`.
  static let firstLine = Mistake.sound.split(separator: "\n").count + 1
  static func text(_ block: String) -> String {
    Mistake.sound + "sweep:\n" + block.split(separator: "\n").map { "  \($0)\n" }.joined()
  }

  /// Seen by every command that reads the topology.
  static let form = [
    SweepMistake("unknown key", "seed: 1..3", "unknown key 'seed' in sweep", "did you mean 'seeds'"),
    SweepMistake("no list", "seeds: often", "'seeds' holds the plain value 'often'", "1..10"),
    SweepMistake("seeds backwards", "seeds: 3..1", "'seeds' holds", "'1..10'"),
    SweepMistake("negative seed", "seeds: [1, -2]", "'seeds' holds the plain value '-2'"),
    SweepMistake("three dots", "seeds: 1...3", "'seeds' holds the plain value '1...3'"),
    SweepMistake("no seeds", "seeds: []", "'seeds' lists 0"),
    SweepMistake("seed twice", "seeds: [1..3, 2]", "the seed 2 is given twice"),
    SweepMistake("seeds without end", "seeds: 0..9223372036854775807", "more than 100000 seeds"),
    SweepMistake(
      "unknown policy", "policies: [equal-share, equal-shares]", "'equal-shares', which is no policy",
      "did you mean 'equal-share'"),
    SweepMistake("policy twice", "policies: [equal-share, equal-share]", "'equal-share' is given twice"),
    SweepMistake("no policies", "policies: []", "'policies' lists 0"),
    SweepMistake("axes as a list", "axes: [cell.bandwidth]", "'axes' must be a mapping and is a list"),
    SweepMistake("no axes", "axes: {}", "'axes' lists 0"),
    SweepMistake("empty axis", "axes: {cell.bandwidth: []}", "'cell.bandwidth' has no values", "list them"),
    SweepMistake("axis without a list", "axes: {cell.bandwidth: 5 MHz}", "'cell.bandwidth' has no values"),
    SweepMistake(
      "value twice", "axes: {cell.bandwidth: [1 MHz, 2 MHz, 1 MHz]}", "has the value '1 MHz' twice", "keep one"),
    SweepMistake("empty key", "axes: {cell..bandwidth: [1 MHz]}", "'cell..bandwidth' is no path"),
    SweepMistake(
      "unknown group", "axes: {devices.groups.camera.count: [1]}", "'groups' has no element called 'camera'",
      "did you mean 'cameras'"),
    SweepMistake(
      "no group", "axes: {devices.groups.count: [1]}", "no element called 'count'", "choose one of cameras, sensors, *"),
    SweepMistake("unknown worker", "axes: {workers.w9.max_batch: [1]}", "'workers' has no element called 'w9'"),
    SweepMistake("seed as an axis", "axes: {seed: [1, 2]}", "'seed' is no axis", "under 'seeds'"),
    SweepMistake("policy as an axis", "axes: {policy.name: [equal-share]}", "is no axis", "under 'policies'"),
    SweepMistake("sweep as an axis", "axes: {sweep.seeds: [1]}", "'sweep.seeds' is no axis"),
    SweepMistake(
      "one field twice", "axes:\n  devices.groups.*.count: [1, 2]\n  devices.groups.sensors.count: [3]", line: 3,
      "'devices.groups.sensors.count' and 'devices.groups.*.count' set the same field"),
    SweepMistake("a field and its section", "axes: {cell: [{bandwidth: 1 MHz}], cell.carrier: [2 GHz]}", "same field"),
    SweepMistake("point without value", "axes: {load: [{set: {duration: 1 s}}]}", "no key 'value'"),
    SweepMistake("point without set", "axes: {load: [{value: 1, set: {duration: 1 s}}, {value: 2}]}", "no key 'set'"),
    SweepMistake("point that sets nothing", "axes: {load: [{value: 1, set: {}}]}", "'set' sets nothing"),
    SweepMistake("no point", "axes: {load: [1, {value: 2, set: {duration: 1 s}}]}", "must be a mapping"),
    SweepMistake("name of an axis", "axes: {Load: [{value: 2, set: {duration: 1 s}}]}", "'Load' is no name of an axis"),
    SweepMistake(
      "too large a grid", "seeds: 1..1000\naxes: {duration: [1 s, 2 s], frame.lead: [\(leads)]}",
      "grid has more than 100000 points"),
  ]
  private static let leads = (1...60).map { "\($0) ms" }.joined(separator: ", ")

  /// Seen when the grid is followed.
  static let values = [
    SweepMistake(
      "no such field", "axes: {cell.bandwith: [1 MHz]}", "unknown key 'bandwith' in cell", "did you mean 'bandwidth'",
      "point cell.bandwith 1 MHz, seed 1"),
    SweepMistake("no such section", "axes: {fram.lead: [1 ms]}", "unknown key 'fram' in the topology", "'frame'"),
    SweepMistake("no such key of groups", "axes: {devices.groups.*.dedline: [1 s]}", "'dedline'", "'deadline'"),
    SweepMistake("below a plain value", "axes: {cell.bandwidth.value: [1]}", "'bandwidth' must be a plain value"),
    SweepMistake("no unit", "axes: {cell.bandwidth: [1 MHz, 2]}", "the frequency '2' has no unit", "bandwidth 2,"),
    SweepMistake("out of range", "axes: {devices.groups.*.count: [1, 0]}", "'count' is 0", "1 to 10000", "count 0,"),
    SweepMistake("two channels", "axes: {devices.groups.cameras.channel.snr: [5 dB]}", "both 'distance' and 'snr'"),
    SweepMistake(
      "two values that do not go together", "axes:\n  frame.length: [100 ms, 50 ms]\n  frame.lead: [60 ms]", line: 3,
      "'lead' (60 ms) does not fit into a frame of 50 ms", "frame.length 50 ms, frame.lead 60 ms"),
    SweepMistake("format", "axes: {format: [2]}", "format '2' is not known"),
    SweepMistake("other files", "axes: {workers.w0.latency_table: [tabel]}", "tabel.json does not exist"),
    SweepMistake("not so accurate", "axes: {devices.groups.*.accuracy: [99 %]}", "no exit of the model reaches"),
    SweepMistake("too small a batch", "policies: external", line: 0, "'external' has no endpoint"),
  ]
}
