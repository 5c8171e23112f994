import CDevice

/// Where an engine keeps its batches and computes.
public enum DevicePlace: Hashable, Sendable, CustomStringConvertible {
  /// On the processor, in its own memory: the same path without a GPU.
  case processor
  /// On the GPU of this number, from 0.
  case gpu(Int)

  /// The largest number that a GPU may have.
  public static let largestNumber = 255

  /// `cpu`, or a GPU's number; nil for anything else.
  public init?(text: String) {
    if text == "cpu" {
      self = .processor
    } else if let number = Int(text), (0...Self.largestNumber).contains(number), text.utf8.first != UInt8(ascii: "+") {
      self = .gpu(number)
    } else {
      return nil
    }
  }
  public var description: String {
    switch self {
    case .processor: "cpu"
    case .gpu(let number): "\(number)"
    }
  }
  var number: Int32 {
    switch self {
    case .processor: Int32(OFFRAMP_ON_PROCESSOR)
    case .gpu(let number): Int32(number)
    }
  }
}
