import EdgeModel
import TraceLog
import Units

/// Invariant 2.
extension TraceAudit {
  /// A grant that starts before what is swept cannot be judged with the others, and nobody can keep it.
  mutating func take(_ grant: UplinkGrant, at place: RecordPlace) {
    guard grant.bandwidth.value >= 0, grant.bandwidth.value.isFinite else {
      return violate(.bandwidth, "\(name(grant.task)) is granted \(grant.bandwidth.value) Hz")
    }
    guard grant.uploadStart >= uplink.swept else {
      return violate(
        .bandwidth,
        "\(name(grant.task)) is granted bandwidth from \(grant.uploadStart.nanoseconds) ns on, which has passed, "
          + name(place))
    }
    uplink.add(grant, at: place)
  }

  /// Bandwidth granted at any instant before `end` is at most the cell's.
  mutating func sweepUplink(before end: Instant) {
    var found: [(edge: UplinkSweep.Edge, granted: Double, cell: Double)] = []
    uplink.sweep(before: end) { found.append(($0, $1, $2)) }
    for (edge, granted, cell) in found {
      violate(
        .bandwidth,
        "\(granted) Hz granted at \(edge.instant.nanoseconds) ns, the cell has \(cell) Hz, with \(name(edge.task)), "
          + name(edge.place))
    }
  }

  /// By the time chunk i leaves, no more than the granted rate allows since the granted start, and one chunk.
  mutating func checkPacing(_ journey: TaskJourney) {
    guard let upload = journey.upload else { return }
    var task: String { name(journey.id) }
    var place: String { name(upload.place) }
    let (bytes, chunk, sent) = (upload.value.bytes, upload.value.chunkBytes, upload.value.sent)
    guard chunk > 0, bytes >= 0, sent.count == (bytes + chunk - 1) / chunk else {
      return violate(.pacing, "\(task): \(sent.count) chunks of \(chunk) bytes are not \(bytes) bytes, \(place)")
    }
    if let receipt = journey.receipt, receipt.value.bytes != bytes {
      violate(
        .pacing, "\(task): \(bytes) bytes sent, \(receipt.value.bytes) received, \(place), \(name(receipt.place))")
    }
    guard let grant = journey.grant else {
      if isBaseStationWhole { violate(.pacing, "\(task) was uploaded without a grant, \(place)") }
      return
    }
    // A clock that steps takes its device's uploads with it: they are held to the grant by their own clock.
    let lead = outline.description.greatestLead(of: outline.traces[upload.place.trace].node)
    let start = grant.value.grant.uploadStart - bound(upload.place, grant.place) - UplinkSweep.rounding - lead
    let bytesPerSecond = grant.value.grant.rate.value / 8
    for (index, instant) in sent.enumerated() {
      if index > 0, instant < sent[index - 1] {
        return violate(.pacing, "\(task): chunk \(index) left before the one before it, \(place)")
      }
      let total = min(Double(index + 1) * Double(chunk), Double(bytes))
      let elapsed = (instant - start).inSeconds
      let allowed = bytesPerSecond * elapsed * (1 + UplinkSweep.relativeTolerance) + Double(chunk)
      guard elapsed >= 0, total <= allowed else {
        return violate(
          .pacing,
          "\(task): \(Int(total)) bytes sent by \(instant.nanoseconds) ns, "
            + "\((elapsed * 1e3)) ms after the granted start at \(grant.value.grant.rate.value) bit/s, \(place)")
      }
    }
  }
}
