public import Foundation
import Glibc
import PlainJSON

/// Where a sweep's files are (shared contract: names do not change).
public struct SweepDirectory: Hashable, Sendable {
  public static let format = 1

  public var path: String
  public init(_ path: String) { self.path = path }

  private var url: URL { URL(filePath: path, directoryHint: .isDirectory) }
  public var description: URL { url.appending(path: "sweep.json") }
  public var results: URL { url.appending(path: "results", directoryHint: .isDirectory) }
  public var csv: URL { url.appending(path: "sweep.csv") }
  public var mat: URL { url.appending(path: "sweep.mat") }
  public var numpy: URL { url.appending(path: "sweep.npy") }
  public func result(_ key: String) -> URL { results.appending(path: "\(key).json") }
  /// Of a run that is kept.
  public func run(_ key: String) -> RunDirectory { RunDirectory("\(path)/runs/\(key)") }

  /// Removes what an earlier run left there, if anything.
  public func removeRun(_ key: String) { try? FileManager.default.removeItem(atPath: run(key).path) }

  /// What the results in it are of: `sweep.json`.
  public struct Description: Hashable, Sendable {
    /// The topology's name.
    public var name: String
    /// The topology's file, without its directory.
    public var topology: String
    /// Of the topology without its sweep.
    public var topologySHA256: String
    public var version: String
    public init(name: String, topology: String, topologySHA256: String, version: String) {
      self.name = name
      self.topology = topology
      self.topologySHA256 = topologySHA256
      self.version = version
    }
    var json: JSON {
      [
        "format": .integer(Int64(SweepDirectory.format)), "name": .string(name), "topology": .string(topology),
        "topology_sha256": .string(topologySHA256), "version": .string(version),
      ]
    }
  }

  /// Sees to it that this directory is of the sweep that `own` describes, or of none yet. Throws, and touches nothing,
  /// where it is another's.
  public func check(_ own: Description) throws(RunError) {
    if !isDescribed {
      // Hidden files are not finished yet: another shard may be beginning too.
      let content = try content(of: url).filter { !$0.hasPrefix(".") }
      if content.isEmpty { return }
      // The description is the first file of every sweep, so where another shard was quicker it is there by now.
      guard isDescribed else {
        throw RunError(
          "the directory has other files, and no sweep.json", at: path, remedy: "give another --output, or remove them")
      }
    }
    guard let bytes = try? Data(contentsOf: description), let json = try? JSON(utf8: bytes),
      let sha256 = json["topology_sha256"]?.string
    else {
      throw RunError("this describes no sweep", at: description.path, remedy: "give another --output, or remove it")
    }
    guard json["format"]?.integer == Self.format else {
      throw RunError(
        "the format is not known", at: description.path, remedy: "this version reads format \(Self.format)")
    }
    guard sha256 == own.topologySHA256 else {
      let other = json["topology"]?.string ?? "another topology"
      throw RunError(
        "the results are of another topology (\(other) as it was then)", at: description.path,
        remedy: "give another --output, or remove \(path)")
    }
  }

  private var isDescribed: Bool { FileManager.default.fileExists(atPath: description.path) }

  /// Makes the directory where it is missing, after `check`.
  public func create(_ own: Description) throws(RunError) {
    try make(url)
    if !isDescribed { try AtomicFile.write(Array(own.json.pretty.utf8), to: description.path) }
    // Another sweep may have begun here at the same time.
    try check(own)
    try make(results)
  }
  private func make(_ directory: URL) throws(RunError) {
    do { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) } catch {
      throw RunError("cannot make the directory", at: directory.path, remedy: "check free space and permissions")
    }
  }

  /// What `results/` holds for a key.
  public enum Found: Hashable, Sendable {
    case result(SweepResult)
    /// No whole result: why.
    case damaged(String)
  }

  /// Keys that have a file.
  public func keys() throws(RunError) -> Set<String> {
    let names = try content(of: results)
    return Set(names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) })
  }

  /// Reads the file of a key that has one.
  public func read(_ key: String) -> Found {
    guard let bytes = try? Data(contentsOf: result(key)) else { return .damaged("it cannot be read") }
    let json: JSON
    do { json = try JSON(utf8: bytes) } catch { return .damaged("\(error.message) in line \(error.line)") }
    return SweepResult(json, key: key).map { .result($0) } ?? .damaged("it is not the result of this key")
  }

  /// Renames the file of a key to `KEY.json.damaged`.
  public func setAside(_ key: String) throws(RunError) {
    guard rename(result(key).path, result(key).path + ".damaged") != 0 else { return }
    throw RunError("cannot rename the file", at: result(key).path, remedy: "check permissions, or remove it")
  }

  public func write(_ result: SweepResult) throws(RunError) {
    try AtomicFile.write(Array(result.json.pretty.utf8), to: self.result(result.key).path)
  }

  /// Makes `sweep.csv`, `sweep.mat` and `sweep.npy`. One process at a time reads the results and writes tables, so that
  /// of several shards the last one's tables are whole.
  public func writeTables(_ table: () throws(RunError) -> SweepTable) throws(RunError) {
    let lock = open(description.path, O_RDONLY | O_CLOEXEC)
    defer { if lock >= 0 { close(lock) } }
    if lock >= 0 { while flock(lock, LOCK_EX) != 0, errno == EINTR {} }
    let table = try table()
    try AtomicFile.write(table.csv, to: csv.path)
    try AtomicFile.write(MatFile(table).bytes, to: mat.path)
    try AtomicFile.write(NumpyFile(table).bytes, to: numpy.path)
  }

  /// Names in a directory; none where it is not there.
  private func content(of directory: URL) throws(RunError) -> [String] {
    guard FileManager.default.fileExists(atPath: directory.path) else { return [] }
    do { return try FileManager.default.contentsOfDirectory(atPath: directory.path) } catch {
      throw RunError("cannot read the directory", at: directory.path, remedy: "name a directory that may be read")
    }
  }
}
