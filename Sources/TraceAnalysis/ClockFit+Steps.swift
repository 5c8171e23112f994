import EdgeModel
import Units

/// Clocks that step as the topology planned: one line of correction before, and one behind each step.
extension ClockFit {
  /// Exchanges this near a step may have it in between.
  private static let margin = Duration.milliseconds(5)

  /// Steps that lie before `first`, in an earlier life of the node, are in its first line. Where no probe lies between
  /// two steps, the planned size is taken, and the bound grows by it: nothing measured it.
  static func fit(
    _ probes: [Probe], usedFrom first: Double, to last: Double, steps: [(at: Instant, by: Duration)]
  ) -> ClockFit {
    let clear = probes.filter { probe in
      let reach = max(margin, .nanoseconds(Int64(2 * probe.roundTrip)))
      return !steps.contains { $0.at - reach <= probe.peer && probe.peer <= $0.at + reach }
    }
    let whole = fit(clear, usedFrom: first, to: last)
    guard whole.method == .probes else { return whole }
    let own = steps.filter { Double($0.at.nanoseconds) > first + whole.offset + whole.drift * first }
    let ends = own.map { Double($0.at.nanoseconds) }
    let pieces = (0...own.count).map { index -> ClockFit? in
      let from = index == 0 ? -Double.infinity : ends[index - 1]
      let to = index == own.count ? Double.infinity : ends[index]
      let inside = clear.filter { from <= Double($0.peer.nanoseconds) && Double($0.peer.nanoseconds) < to }
      let piece = fit(inside, usedFrom: max(from, first), to: min(to, last))
      return piece.method == .probes ? piece : nil
    }
    return joined(pieces, own)
  }

  private static func joined(_ pieces: [ClockFit?], _ steps: [(at: Instant, by: Duration)]) -> ClockFit {
    var fits = pieces
    // First what has a neighbour before it, then what has only one behind it.
    for index in fits.indices.dropFirst() where fits[index] == nil {
      fits[index] = fits[index - 1].map { $0.moved(by: .zero - steps[index - 1].by) }
    }
    for index in fits.indices.dropLast().reversed() where fits[index] == nil {
      fits[index] = fits[index + 1].map { $0.moved(by: steps[index].by) }
    }
    guard var fit = fits[0] else { return .unknown }
    var bound = Duration.zero
    for piece in fits { bound = max(bound, piece?.bound ?? .zero) }
    // A clock that is set back stands still, and nothing tells when in that time a record was made.
    for (index, step) in steps.enumerated() {
      guard let before = fits[index], let behind = fits[index + 1] else { return .unknown }
      let at = Double(step.at.nanoseconds)
      let back = (behind.offset + behind.drift * at) - (before.offset + before.drift * at)
      bound = max(bound, .nanoseconds(Int64(max(0, back).rounded(.up))) + (behind.bound ?? .zero))
      fit.steps.append(Step(at: step.at, offset: behind.offset, drift: behind.drift))
    }
    fit.bound = bound
    return fit
  }

  /// The same clock before or behind a step that nobody measured.
  private func moved(by correction: Duration) -> ClockFit {
    var fit = self
    fit.offset += Double(correction.inNanoseconds)
    fit.bound = (bound ?? .zero) + (correction < .zero ? .zero - correction : correction)
    return fit
  }
}
