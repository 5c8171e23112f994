import Foundation

/// Why a file's bytes are not to be had.
enum FileFailure: Error { case missing, directory, unreadable, tooLarge }

/// Paths and the files behind them.
enum FilePath {
  /// The directory part of a file's path; "." where there is none.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
  /// `path` as seen from where `base` is seen from; an absolute one stays.
  static func resolve(_ path: String, in base: String) -> String {
    if path.hasPrefix("/") || base == "." { return path }
    return base.hasSuffix("/") ? base + path : base + "/" + path
  }
  static func isDirectory(_ path: String) -> Bool {
    var isDirectory = ObjCBool(false)
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }
  /// Reads at most `limit` bytes; more is an error, so that a wrong path cannot fill the memory.
  static func contents(of path: String, limit: Int) throws(FileFailure) -> [UInt8] {
    var isDirectory = ObjCBool(false)
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { throw .missing }
    guard !isDirectory.boolValue else { throw .directory }
    guard let handle = FileHandle(forReadingAtPath: path) else { throw .unreadable }
    defer { try? handle.close() }
    guard let data = try? handle.read(upToCount: limit + 1) ?? Data() else { throw .unreadable }
    guard data.count <= limit else { throw .tooLarge }
    return [UInt8](data)
  }
}
