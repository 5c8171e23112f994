import Units

/// One line for people, and for `run.json`: `restart w0 at 5 s, back after 2 s`.
extension PlannedFault: CustomStringConvertible {
  public var description: String {
    let what =
      switch kind {
      case .kill(let node): "kill \(node)"
      case .stop(let node): "stop \(node)"
      case .pause(let node, _): "pause \(node)"
      case .restart(let node, _): "restart \(node)"
      case .bandwidth(let factor): "bandwidth \(percentage(factor))"
      case .engine(let worker, let factor): "engine \(worker) at \(percentage(factor)) speed"
      case .loss(let link, let share): "loss of \(percentage(share)) on \(link.rawValue)"
      case .delay(let link, let time): "delay of \(time.inWords) on \(link.rawValue)"
      case .clock(let node, let step): "clock of \(node) by \(step.inWords)"
      }
    return "\(what) at \((at - .start).inWords)\(length)"
  }

  private var length: String {
    switch kind {
    case .pause(_, let time): " for \(time.inWords)"
    case .restart(_, let time): ", back after \(time.inWords)"
    default: duration.map { " for \($0.inWords)" } ?? ""
    }
  }

  /// At most four digits behind the point, none where they are zeros.
  private func percentage(_ share: Double) -> String {
    let tenThousandths = Int((share * 1e6).rounded())
    let (whole, rest) = (tenThousandths / 10_000, tenThousandths % 10_000)
    guard rest > 0 else { return "\(whole) %" }
    var digits = String(String(rest + 10_000).dropFirst())
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(whole).\(digits) %"
  }
}

extension PlannedFault {
  /// When the node is back on its feet: the end of a pause or restart; nil where there is none.
  public var nodeIsBack: Instant? {
    switch kind {
    case .pause(_, let time), .restart(_, let time): at + time
    default: nil
    }
  }
  /// The node's process ends, or stands still for a while.
  public var endsOrStopsProcess: Bool {
    switch kind {
    case .kill, .stop, .pause, .restart: true
    case .bandwidth, .engine, .loss, .delay, .clock: false
    }
  }
}
