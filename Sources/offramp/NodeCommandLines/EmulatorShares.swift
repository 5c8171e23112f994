/// Devices in contiguous runs, one for each emulator process.
enum EmulatorShares {
  /// As even as it goes, larger ones first; never an empty one. O(processes).
  static func divide(_ devices: Int, among processes: Int) -> [Range<Int>] {
    let processes = min(processes, devices)
    let (share, rest) = devices.quotientAndRemainder(dividingBy: processes)
    var next = 0
    return (0..<processes).map { index in
      let first = next
      next += share + (index < rest ? 1 : 0)
      return first..<next
    }
  }
}
