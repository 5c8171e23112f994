import EdgeModel
import Glibc
import TraceLog
import ZeroMQ

/// A node's trace from its header to its footer; does nothing where no trace is wanted.
struct Tracer: Sendable {
  private let file: TraceFile?

  /// Creates the file, with the header and the start in it. A file of an earlier life of this node stays: the next is
  /// `NAME.2.jsonl`.
  init(_ identity: NodeIdentity, role: TraceHeader.Role, run: String, clock: RunClock) throws(NodeFailure) {
    guard let directory = identity.traceDirectory else {
      file = nil
      return
    }
    do { file = try TraceFile(path: Self.freePath(in: directory, identity.name)) } catch { throw NodeFailure(error) }
    let header = TraceHeader(
      run: run, node: identity.name, role: role, host: HostIdentity.name, process: Int(getpid()),
      version: Release.version, topologySHA256: identity.topologySHA256, boot: HostIdentity.boot)
    record(.traceOpened(header), at: clock.now)
    record(.runStarted(monotonic: clock.start), at: clock.now)
  }

  func record(_ record: TraceRecord, at instant: Instant) { file?.append(record, at: instant) }

  func close(at instant: Instant) throws(NodeFailure) {
    do { try file?.close(at: instant) } catch { throw NodeFailure(error) }
  }

  private static func freePath(in directory: String, _ name: String) -> String {
    var path = "\(directory)/\(name).jsonl"
    var life = 2
    while access(path, F_OK) == 0 {
      path = "\(directory)/\(name).\(life).jsonl"
      life += 1
    }
    return path
  }
}
