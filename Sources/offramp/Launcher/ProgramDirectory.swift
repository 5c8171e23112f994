import Foundation

/// Where the nodes' executables are: beside this one.
struct ProgramDirectory {
  let path: String

  init() throws(CommandFailure) {
    guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
      throw CommandFailure("cannot tell where offramp lies", at: "/proc/self/exe", remedy: "mount /proc", code: 2)
    }
    path = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])
  }

  func path(of program: String) -> String { "\(path)/\(program)" }

  func check() throws(CommandFailure) {
    for program in ["base-station", "device-emulator", "edge-worker"] {
      guard !FileManager.default.isExecutableFile(atPath: path(of: program)) else { continue }
      throw CommandFailure(
        "the executable \(program) is missing", at: path(of: program),
        remedy: "build it beside offramp with 'swift build'", code: 2)
    }
  }
}
