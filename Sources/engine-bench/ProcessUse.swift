import Glibc

/// What a process holds now.
struct ProcessUse: Hashable {
  /// Memory in RAM, libraries and files included [KiB].
  var resident: Int
  var threads: Int
  var descriptors: Int

  /// This one. Memory that is free and that malloc has kept goes back first: how much it keeps changes from load to load,
  /// by tens of megabytes and to no end, with what happens to lie above it.
  static func now() -> ProcessUse {
    _ = trim?(0)
    var use = of("self")
    // That of the listing.
    use.descriptors -= 1
    return use
  }
  /// Another one, which keeps what it likes.
  static func of(_ process: pid_t) -> ProcessUse { of("\(process)") }

  private static func of(_ process: String) -> ProcessUse {
    let status = text(of: "/proc/\(process)/status")
    return ProcessUse(
      resident: field("VmRSS:", of: status), threads: field("Threads:", of: status),
      descriptors: openDescriptors("/proc/\(process)/fd"))
  }

  /// Of glibc, whose module leaves it out.
  private static let trim = dlsym(nil, "malloc_trim").map {
    unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
  }

  private static func field(_ name: String, of status: String) -> Int {
    for line in status.split(separator: "\n") where line.hasPrefix(name) {
      let words = line.split { $0 == " " || $0 == "\t" }
      if words.count > 1, let value = Int(words[1]) { return value }
    }
    return -1
  }
  private static func text(of file: String) -> String {
    guard let stream = fopen(file, "r") else { return "" }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 16_384)
    let count = fread(&bytes, 1, bytes.count, stream)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
  private static func openDescriptors(_ directory: String) -> Int {
    guard let listing = opendir(directory) else { return -1 }
    defer { closedir(listing) }
    var count = 0
    while readdir(listing) != nil { count += 1 }
    // "." and "..".
    return count - 2
  }
}
