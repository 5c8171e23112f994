/// One to a few parts that arrive together or not at all. On a ROUTER the first is the peer's routing id.
public struct Message: Sendable {
  public var parts: [Part]

  public init(_ parts: [Part]) { self.parts = parts }
  public init(_ parts: Part...) { self.parts = parts }

  public var byteCount: Int { parts.reduce(0) { $0 + $1.count } }
}

extension Message: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { parts.count }
  public subscript(index: Int) -> Part { parts[index] }
}

extension Message: ExpressibleByArrayLiteral {
  public init(arrayLiteral parts: Part...) { self.parts = parts }
}
