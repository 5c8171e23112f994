import CZeroMQ
import Glibc

/// What went wrong with a socket or a descriptor, where, and what a person can do about it.
public struct ZeroMQError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// Another socket holds the endpoint.
    case addressInUse
    /// The address or interface does not belong to this machine.
    case addressNotAvailable
    /// The endpoint cannot be parsed, or its transport is unknown.
    case invalidEndpoint
    case permissionDenied
    /// The process, or the machine, has no descriptors left.
    case tooManyOpenFiles
    /// The context was shut down: an order to end, not a failure.
    case terminated
    /// The directory of an `ipc://` endpoint does not exist.
    case noSuchFile
    /// A message of more parts than the socket takes. It was thrown away; the socket goes on as before.
    case oversized(parts: Int, limit: Int)
    /// Anything else, with its `errno`.
    case other(code: Int32)
  }

  public let kind: Kind
  /// What could not be done, such as `cannot bind`.
  public let what: String
  /// The endpoint, or the thing that has no endpoint, such as `timer`.
  public let place: String

  init(_ kind: Kind, _ what: String, at place: String) {
    self.kind = kind
    self.what = what
    self.place = place
  }

  /// The error of the call that just failed on this thread.
  init(_ what: String, at place: String) {
    self.init(code: zmq_errno(), what, at: place)
  }

  init(code: Int32, _ what: String, at place: String) {
    self.init(Kind(code: code), what, at: place)
  }

  /// One line: what, where: why; what to do.
  public var description: String { "\(what), \(place): \(reason); \(remedy)" }

  public var reason: String {
    switch kind {
    case .addressInUse: "the address is in use"
    case .addressNotAvailable: "this machine has no such address"
    case .invalidEndpoint: "not an endpoint"
    case .permissionDenied: "permission denied"
    case .tooManyOpenFiles: "too many open files"
    case .terminated: "the context was shut down"
    case .noSuchFile: "no such file or directory"
    case .oversized(let parts, let limit): "a message of \(parts) parts, where \(limit) are allowed"
    case .other(let code): "\(String(cString: zmq_strerror(code))) (\(code))"
    }
  }

  public var remedy: String {
    switch kind {
    case .addressInUse: "stop the process that holds it or choose another port"
    case .addressNotAvailable: "choose an address that `ip address` shows, or * for all of them"
    case .invalidEndpoint: "write tcp://ADDRESS:PORT or ipc://PATH (a path of at most 107 bytes)"
    case .permissionDenied: "choose a port from 1024 on, or a directory that you may write to"
    case .tooManyOpenFiles: "raise the limit with `ulimit -n`, or start fewer nodes"
    case .terminated: "close the socket"
    case .noSuchFile: "create the directory first"
    case .oversized: "check the peer's version; the message was thrown away"
    case .other: "check the endpoint and the limits of this machine"
    }
  }
}

extension ZeroMQError.Kind {
  init(code: Int32) {
    switch code {
    case EADDRINUSE: self = .addressInUse
    case EADDRNOTAVAIL, ENODEV: self = .addressNotAvailable
    case EINVAL, EPROTONOSUPPORT, ENAMETOOLONG, offramp_error_incompatible_protocol: self = .invalidEndpoint
    case EACCES, EPERM: self = .permissionDenied
    case EMFILE, ENFILE: self = .tooManyOpenFiles
    case offramp_error_terminated: self = .terminated
    case ENOENT, ENOTDIR: self = .noSuchFile
    default: self = .other(code: code)
    }
  }
}
