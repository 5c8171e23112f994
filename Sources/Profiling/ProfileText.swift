import Terminal

/// How profiles' figures are written in tables.
enum ProfileText {
  /// Microseconds, three digits or so.
  static func microseconds(_ seconds: Double?) -> String {
    guard let seconds else { return fixed(nil, 0) }
    let value = seconds * 1e6
    return fixed(value, value.magnitude < 10 ? 2 : value.magnitude < 100 ? 1 : 0)
  }
  /// α, β, β/α.
  static func line(_ fit: LinearFit?) -> [String] {
    [microseconds(fit?.alpha), microseconds(fit?.beta), fixed(fit?.ratio, 1)]
  }
  /// 1, 2, 4, … and `largest`.
  static func sizes(upTo largest: Int) -> [Int] {
    var sizes = Array(sequence(first: 1) { $0 * 2 }.prefix { $0 <= largest })
    if let last = sizes.last, last < largest { sizes.append(largest) }
    return sizes
  }
  /// What a reader wants to know of `origin` on one line.
  static func line(_ origin: ProfileOrigin) -> String {
    let threads = "\(origin.threads) thread\(origin.threads == 1 ? "" : "s")"
    let cores = "\(origin.cores) core\(origin.cores == 1 ? "" : "s")"
    let device = origin.device.map { ", \($0)" } ?? ""
    return "\(origin.engine) \(origin.engineVersion), \(threads)\(device); \(origin.processor), \(cores), "
      + "\(origin.kernel); \(origin.date)"
  }
}
