import TraceLog

/// How one node is started.
struct NodeCommandLine: Hashable {
  /// Unique in the run.
  var name: String
  var role: TraceHeader.Role
  /// Without the program's name.
  var arguments: [String]
  /// Numbers of the devices that it carries; empty for others.
  var devices: Range<Int> = 0..<0

  /// The same at this endpoint, where the node listens at one of its own choice.
  func listening(at endpoint: String) -> Self {
    var line = self
    guard let flag = arguments.firstIndex(of: "--listen") else { return line }
    line.arguments[flag + 1] = endpoint
    return line
  }

  /// The executable's name.
  var program: String {
    switch role {
    case .device: "device-emulator"
    case .baseStation: "base-station"
    case .edgeWorker: "edge-worker"
    }
  }
}
