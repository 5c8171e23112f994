public import EdgeModel
public import Terminal
public import Units
public import ZeroMQTransport

/// Flags that say what a topology's planned faults mean for a node.
extension FlagValues {
  /// A repeated flag `TIME=VALUE`: what holds from an instant of the run on, in the order of time.
  public func steps<Value>(
    _ name: String, _ read: (String) throws(QuantityError) -> Value
  ) throws(UsageError) -> [(from: Instant, value: Value)] {
    var steps: [(from: Instant, value: Value)] = []
    for text in all(name) {
      guard let (time, value) = halves(of: text) else { throw fault(name, text, "no TIME=VALUE") }
      do throws(QuantityError) {
        steps.append((.start + (try Duration(text: time)), try read(value)))
      } catch { throw fault(name, text, error.description) }
    }
    return steps.sorted { $0.from < $1.from }
  }

  /// A flag `NAME,NAME=TIME,…`: who may go, and until when it is waited for.
  public func losses(_ name: String) throws(UsageError) -> ExpectedLosses {
    var nodes: [ExpectedLosses.Node] = []
    for word in optional(name)?.split(separator: ",").map(String.init) ?? [] {
      let parts = halves(of: word)
      let node = parts?.first ?? word
      guard !nodes.contains(where: { $0.name == node }) else { throw fault(name, word, "\(node) is named twice") }
      do throws(QuantityError) {
        var until: Instant?
        if let time = parts?.second { until = .start + (try Duration(text: time)) }
        nodes.append(ExpectedLosses.Node(name: node, awaitedUntil: until))
      } catch { throw fault(name, word, error.description) }
    }
    return ExpectedLosses(nodes)
  }

  private func halves(of text: String) -> (first: String, second: String)? {
    guard let sign = text.firstIndex(of: "=") else { return nil }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
  }
  private func fault(_ name: String, _ text: String, _ what: String) -> UsageError {
    UsageError("--\(name) '\(text)': \(what)", program, "say --help for its form")
  }
}
