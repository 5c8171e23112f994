/// What something took on processors of its own, and how much of that their host gave to others.
struct TimeSpent: Hashable {
  /// [ns]
  var all: Int64
  /// [ns]
  var stolen: Int64

  var seconds: Double { Double(all) / 1e9 }

  /// Median of the rounds' ratios.
  static func median(_ rounds: [Self], over others: [Self]) -> Double {
    Statistics.median(zip(rounds, others).map { $0.seconds / $1.seconds })
  }
  /// Of all rounds together without what was stolen, whose ticks are too coarse for one round.
  static func ratio(_ rounds: [Self], over others: [Self]) -> Double { kept(rounds) / kept(others) }
  private static func kept(_ rounds: [Self]) -> Double { rounds.reduce(0) { $0 + Double($1.all - $1.stolen) } }
  static func share(stolen rounds: [Self]) -> Double {
    rounds.reduce(0) { $0 + Double($1.stolen) } / rounds.reduce(0) { $0 + Double($1.all) }
  }
}
