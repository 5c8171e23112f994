public import Units
import ZeroMQ

/// Processors for a worker's engine alone: the threads of the node's loop, its sockets and its trace keep off them.
///
/// A loop that wakes for every message would else take the engine's processor in the middle of a block, and its caches
/// with it.
public struct EngineCPUs: Sendable {
  private let engine: CPUList
  private let others: CPUList

  /// Of the processors that this process may use. One line where `engine` are not among them, or nothing is left beside.
  public init(_ engine: CPUList) throws(NodeFailure) {
    let found: [Int]
    do throws(ZeroMQError) { found = try CPUAffinity.current() } catch { throw NodeFailure(error) }
    guard let allowed = CPUList(found) else { throw NodeFailure("no processor is allowed") }
    if let foreign = engine.without(allowed) {
      throw NodeFailure(
        "the engine cannot have processors \(foreign): this process may use \(allowed); name some of these with --cpus")
    }
    guard let others = allowed.without(engine) else {
      throw NodeFailure(
        "the engine cannot have processors \(engine): nothing is left of \(allowed) for the node's other threads; "
          + "name fewer with --cpus")
    }
    self.engine = engine
    self.others = others
  }

  /// To be called before the node starts any thread: all that it starts keep off the engine's processors.
  public func leaveToEngine() throws(NodeFailure) {
    do throws(ZeroMQError) { try CPUAffinity.keep(on: others.numbers) } catch { throw NodeFailure(error) }
  }
  /// First thing on an engine's thread; they exist, since this process may use them.
  public func take() { try? CPUAffinity.keep(on: engine.numbers) }
}
