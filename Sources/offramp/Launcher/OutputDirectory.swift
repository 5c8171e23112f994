import Foundation
import TraceAnalysis

/// The directory that a run's files go to.
enum OutputDirectory {
  /// Makes the directory that was asked for, which must be empty or not be there.
  static func make(_ path: String) throws -> RunDirectory {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard isDirectory.boolValue else {
        throw CommandFailure("the output is a file", at: path, remedy: "name a directory")
      }
      let content = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      guard content.isEmpty else {
        throw CommandFailure("the output directory is not empty", at: path, remedy: "choose another, or remove it")
      }
    }
    let directory = RunDirectory(path)
    try directory.create()
    return directory
  }

  /// Makes `runs/NAME-YYYYmmdd-HHMMSS`; runs that begin in one second are numbered.
  static func make(forRunOf name: String, at date: Date) throws -> RunDirectory {
    let base = "runs/\(name)-\(stamp(date))"
    try? FileManager.default.createDirectory(atPath: "runs", withIntermediateDirectories: true)
    for number in 1...1000 {
      let path = number == 1 ? base : "\(base)-\(number)"
      if FileManager.default.fileExists(atPath: path) { continue }
      // Not only looked for but made: another run may be doing the same.
      if mkdir(path, 0o777) == 0 || errno != EEXIST { return try make(path) }
    }
    throw CommandFailure("there are too many runs", at: base, remedy: "give --output")
  }

  /// Local time.
  static func stamp(_ date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return String(
      format: "%04d%02d%02d-%02d%02d%02d", Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday),
      Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
  }
}
