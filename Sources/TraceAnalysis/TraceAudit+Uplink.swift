import EdgeModel
import TraceLog
import Units

/// Invariant 2.
extension TraceAudit {
  /// Instants are rounded to the nanosecond, each on its own; an overlap this short is none.
  private static let rounding = Duration.nanoseconds(2)
  /// Sums of a frame's grants are rounded too.
  private static let relativeTolerance = 1e-9

  mutating func checkUplink() {
    checkBandwidth()
    for journey in run.journeys { checkPacing(journey) }
  }

  /// One sweep over the starts and ends of all grants.
  private mutating func checkBandwidth() {
    struct Edge {
      var instant: Instant
      var change: Double
      var grants: Int
      var journey: Int
    }
    var edges: [Edge] = []
    for (index, journey) in run.journeys.enumerated() {
      guard let grant = journey.grant?.value.grant else { continue }
      guard grant.bandwidth.value >= 0, grant.bandwidth.value.isFinite else {
        violate(.bandwidth, "\(name(journey.id)) is granted \(grant.bandwidth.value) Hz")
        continue
      }
      let end = grant.uploadEnd - Self.rounding
      guard end > grant.uploadStart else { continue }
      edges.append(Edge(instant: grant.uploadStart, change: grant.bandwidth.value, grants: 1, journey: index))
      edges.append(Edge(instant: end, change: -grant.bandwidth.value, grants: -1, journey: index))
    }
    edges.sort { ($0.instant, $0.grants, $0.journey) < ($1.instant, $1.grants, $1.journey) }
    var granted = 0.0
    var grants = 0
    for edge in edges {
      granted += edge.change
      grants += edge.grants
      if grants == 0 { granted = 0 }
      guard edge.grants > 0 else { continue }
      let cell = run.description.bandwidth(at: edge.instant).value
      if granted <= cell * (1 + Self.relativeTolerance) { continue }
      let journey = run.journeys[edge.journey]
      let place = journey.grant.map { name($0.place) } ?? ""
      violate(
        .bandwidth,
        "\(granted) Hz granted at \(edge.instant.nanoseconds) ns, the cell has \(cell) Hz, with \(name(journey.id)), \(place)"
      )
    }
  }

  /// By the time chunk i leaves, no more than the granted rate allows since the granted start, and one chunk.
  private mutating func checkPacing(_ journey: TaskJourney) {
    guard let upload = journey.upload else { return }
    let (task, place) = (name(journey.id), name(upload.place))
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
    let lead = run.description.greatestLead(of: run.traces[upload.place.trace].node)
    let start = grant.value.grant.uploadStart - bound(upload.place, grant.place) - Self.rounding - lead
    let bytesPerSecond = grant.value.grant.rate.value / 8
    for (index, instant) in sent.enumerated() {
      if index > 0, instant < sent[index - 1] {
        return violate(.pacing, "\(task): chunk \(index) left before the one before it, \(place)")
      }
      let total = min(Double(index + 1) * Double(chunk), Double(bytes))
      let elapsed = (instant - start).inSeconds
      let allowed = bytesPerSecond * elapsed * (1 + Self.relativeTolerance) + Double(chunk)
      guard elapsed >= 0, total <= allowed else {
        return violate(
          .pacing,
          "\(task): \(Int(total)) bytes sent by \(instant.nanoseconds) ns, "
            + "\((elapsed * 1e3)) ms after the granted start at \(grant.value.grant.rate.value) bit/s, \(place)")
      }
    }
  }
}
