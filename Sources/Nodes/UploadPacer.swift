public import EdgeModel
import Units

/// When each chunk of one upload leaves: at the instant a link of the granted rate would have *finished* it, so that the
/// feature is complete when it should be, whatever the chunk size (which only sets CPU cost and smoothness).
public struct UploadPacer: Hashable, Sendable {
  public let grant: UplinkGrant
  /// Bytes of the whole feature, and of every chunk but the last.
  public let total: Int
  public let chunkBytes: Int

  /// `quantum` is the airtime of one chunk; chunks stay within 1 to 64 KiB.
  public init(grant: UplinkGrant, total: Int, quantum: Duration) {
    self.grant = grant
    self.total = total
    let wanted = grant.rate.value * quantum.inSeconds / 8
    chunkBytes = Int(min(max(wanted, 1024), 65_536))
  }

  public var chunkCount: Int { (total + chunkBytes - 1) / chunkBytes }
  /// Byte offsets of chunk `index`, from 0.
  public func range(of index: Int) -> Range<Int> { index * chunkBytes..<min((index + 1) * chunkBytes, total) }
  /// When chunk `index` leaves; the last one at the grant's upload end exactly.
  public func due(_ index: Int) -> Instant {
    let airtime = (grant.uploadEnd - grant.uploadStart).inNanoseconds
    let share = Double(range(of: index).upperBound) / Double(total)
    return grant.uploadStart + .nanoseconds(Int64((Double(airtime) * share).rounded()))
  }
  /// A quantum longer than any upload: chunks are as large as they may be.
  public static let wholeFeature = Duration.seconds(1_000_000)
  /// The airtime of one chunk that keeps a machine with this many devices under about 5,000 chunks a second, which is
  /// what limits it.
  public static func quantum(devices: Int) -> Duration { max(.milliseconds(5), .seconds(Double(devices) / 5000)) }
}
