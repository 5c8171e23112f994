/// Processors of a Linux machine by their numbers, written as `taskset -c` and cpusets write them: `3`, `0-2`, `0-2,5`.
public struct CPUList: Hashable, Sendable, CustomStringConvertible {
  /// Linux's own limit on most machines.
  public static let largestNumber = 1023

  /// In ascending order, each once; at least one.
  public let numbers: [Int]

  /// nil where there are none.
  public init?(_ numbers: some Sequence<Int>) {
    self.numbers = Set(numbers).sorted()
    if self.numbers.isEmpty { return nil }
  }

  /// Throws where `text` is no list of numbers and ascending ranges from 0 to `largestNumber`.
  public init(text: String) throws(QuantityError) {
    var numbers: Set<Int> = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = item.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(Self.number)
      guard let first = ends[0], let last = ends[ends.count - 1], first <= last else {
        throw QuantityError(
          "'\(text.prefix(40))' names no processors", remedy: "write numbers and ranges, such as 3 or 0-2,5")
      }
      numbers.formUnion(first...last)
    }
    self.numbers = numbers.sorted()
  }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text),
      number <= largestNumber
    else { return nil }
    return number
  }

  /// Those that are not in `other`; nil where all are.
  public func without(_ other: CPUList) -> CPUList? { CPUList(Set(numbers).subtracting(other.numbers)) }

  /// The list in its shortest form.
  public var description: String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound == number - 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}
