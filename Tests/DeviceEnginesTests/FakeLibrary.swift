import Foundation

/// Shared objects out of `Fakes`, in a directory of their own that goes with the value.
final class FakeLibrary {
  static let repository = String(#filePath.dropLast("/Tests/DeviceEnginesTests/FakeLibrary.swift".count))
  static let digits = "\(repository)/Topologies/Models/digits"
  let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "/offramp-device-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: directory) }

  struct Failure: Error { var said: String }

  /// Builds `source` of `Fakes` with `flags`, as a file of its own; a library that is loaded twice is one.
  func build(_ source: String, _ flags: String..., name: String = "fake-\(UUID().uuidString).so") throws -> String {
    let file = "\(directory)/\(name)"
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments =
      ["cc", "-shared", "-fPIC", "-O1", "-w", "-I\(Self.repository)/Sources/CDevice/include", "-o", file]
      + ["\(Self.repository)/Tests/DeviceEnginesTests/Fakes/\(source)"] + flags
    let pipe = Pipe()
    compiler.standardError = pipe
    try compiler.run()
    let said = pipe.fileHandleForReading.readDataToEndOfFile()
    compiler.waitUntilExit()
    guard compiler.terminationStatus == 0 else { throw Failure(said: String(decoding: said, as: UTF8.self)) }
    return file
  }

  /// What the function `name` of the library `file` counts.
  static func count(_ name: String, in file: String) throws -> Int32 {
    guard let handle = dlopen(file, RTLD_NOW), let symbol = dlsym(handle, name) else { throw Failure(said: name) }
    return unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)()
  }
}
