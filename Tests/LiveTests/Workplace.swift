import Foundation
import Testing

/// A directory of one live test's own, the programs it starts, and what they leave. Removed with all its processes.
final class Workplace {
  static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let directory: URL

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "offramp-live-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(at: directory) }

  /// A program that this package builds.
  /// Those that were built with these tests, wherever that is: Scripts/sanitize has folders of its own.
  static func program(_ name: String) -> URL { programs.appending(path: name) }
  private static let programs = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  func path(_ name: String) -> String { directory.appending(path: name).path }
  func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    return path(name)
  }

  /// A small topology; `edit` changes its text.
  func topology(
    duration: String = "2 s", devices: Int = 6, processes: Int = 1, edit: (String) -> String = { $0 }
  ) throws -> String {
    let text = """
      format: 1
      name: live
      duration: \(duration)
      cell: {bandwidth: 3 MHz}
      model: \(Self.checkout.path)/Topologies/Models/digits
      workers:
        - {name: w0, engine: paced, latency_table: edge-gpu}
      devices:
        processes: \(processes)
        groups:
          - name: phones
            count: \(devices)
            accuracy: 75 %
            deadline: 350 ms
            arrivals: {poisson: 8 /s}
            channel: {snr: [10 dB, 20 dB]}
          - name: cars
            count: 2
            accuracy: 95 %
            deadline: 400 ms
            arrivals: {periodic: 150 ms}
            channel: {snr: 18 dB, fading: none}
            exit_rule: {confidence: 0.95}
      """
    return try write(edit(text), to: "live.yaml")
  }
}

/// A program that runs beside the test.
final class RunningProgram {
  let process = Process()
  private let output: URL
  private let errors: URL

  convenience init(
    _ program: String, _ arguments: [String], in workplace: Workplace, environment: [String: String] = [:]
  ) throws {
    try self.init(Workplace.program(program), arguments, in: workplace, environment: environment)
  }
  init(_ program: URL, _ arguments: [String], in workplace: Workplace, environment: [String: String] = [:]) throws {
    let stamp = UUID().uuidString.prefix(8)
    output = workplace.directory.appending(path: "out-\(stamp)")
    errors = workplace.directory.appending(path: "err-\(stamp)")
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = workplace.directory
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
  }
  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var standardOutput: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
  var standardError: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

  /// Sends `signal` as soon as `condition` holds. From a thread of its own: the test may wait for one of the few that tests
  /// run on until all that the program does is done.
  func send(_ signal: Int32, once condition: @escaping @Sendable () -> Bool) {
    let number = process.processIdentifier
    Thread.detachNewThread {
      while kill(number, 0) == 0 {
        if condition() {
          kill(number, signal)
          return
        }
        usleep(20_000)
      }
    }
  }
  /// Waits for the end, at most `seconds`; nil where it did not come.
  func end(within seconds: Double) async throws -> Int32? {
    try await eventually(within: seconds) { !self.process.isRunning } ? process.terminationStatus : nil
  }
}

/// Whether `condition` comes true within `seconds`. Looks every 20 ms: what it waits for is another process.
func eventually(within seconds: Double, _ condition: () -> Bool) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < deadline {
    if condition() { return true }
    try await Task.sleep(for: .milliseconds(20))
  }
  return condition()
}

/// Processes of node programs that were started with `word` on their command line.
func nodeProcesses(mentioning word: String) -> [(pid: Int32, program: String)] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return names.compactMap { Int32($0) }.compactMap { pid in
    guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return nil }
    let words = String(decoding: data, as: UTF8.self).split(separator: "\0").map(String.init)
    guard let first = words.first, words.contains(where: { $0.contains(word) }) else { return nil }
    let program = URL(filePath: first).lastPathComponent
    return ["base-station", "edge-worker", "device-emulator"].contains(program) ? (pid, program) : nil
  }
}

/// The words of each node's command that `offramp commands` printed, comparing clocks as hosts would. Any free ports stand in
/// for those that it suggests, which may be taken on this machine.
func nodeCommands(in listing: String) throws -> [[String]] {
  let ports = try freePorts(4)
  return listing.split(separator: "\n").map { $0.split(separator: " ") }.compactMap { line in
    guard let program = line.first, ["base-station", "edge-worker", "device-emulator"].contains(program) else {
      return nil
    }
    let words = line.map { word in
      // Whole words: a free port may begin with the digits of one that is still to be replaced.
      guard let index = ports.indices.first(where: { word.hasSuffix("127.0.0.1:\(5600 + $0)") }) else {
        return String(word)
      }
      return "\(word.dropLast(4))\(ports[index])"
    }
    return words + (program == "base-station" ? [] : ["--probe-clock"])
  }
}

/// Ports on loopback that nobody listens at.
func freePorts(_ count: Int) throws -> [Int] {
  // All are held open at once, so that no two are the same.
  let sockets = (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
  defer { for descriptor in sockets { close(descriptor) } }
  return try sockets.map { descriptor in
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(bound)
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
