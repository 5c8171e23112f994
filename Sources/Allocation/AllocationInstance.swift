public import EdgeModel
public import PlainJSON

/// One frame to be allocated, read from the JSON that users write and external schedulers receive, format 1.
///
/// Fields, units and defaults are those of Docs/Policies.md, "Instance and answer". Unknown fields are ignored, since
/// later versions may add some. Survives any bytes: every mistake is an `InstanceError` with its place.
public struct AllocationInstance: Hashable, Sendable {
  public static let format = 1
  public var frame: FrameState

  public init(_ frame: FrameState) { self.frame = frame }

  /// Reads one instance; `path` is where it stands in the file, empty at the top. O(bytes).
  public init(json: JSON, path: String = "") throws(InstanceError) {
    frame = try InstanceReader(json, path: path).readFrame()
  }

  /// What an external scheduler receives: reading it back gives the same frame, as far as format 1 has words for it, but
  /// for the tasks' numbers, which are their indices in the frame. A task that nobody could schedule, because its deadline
  /// has passed or its channel carries nothing, is left out. O(tasks).
  public var json: JSON { InstanceWriter(frame).json }
  /// `json` as it is sent: one line of text.
  public var utf8: [UInt8] { json.utf8Line }
}

/// What a file of instances holds: one, or an array of them.
public struct AllocationInstances: Hashable, Sendable {
  public var instances: [AllocationInstance]
  /// Whether the file is an array, and so should the answers be.
  public var isArray: Bool

  public init(utf8 bytes: some Sequence<UInt8>) throws(InstanceError) {
    let json: JSON
    do {
      json = try JSON(utf8: bytes)
    } catch {
      throw InstanceError(
        error.message, at: "line \(error.line), column \(error.column)", remedy: "correct the JSON there")
    }
    if let elements = json.array {
      var read: [AllocationInstance] = []
      for (index, element) in elements.enumerated() {
        read.append(try AllocationInstance(json: element, path: "[\(index)]"))
      }
      (instances, isArray) = (read, true)
    } else {
      (instances, isArray) = ([try AllocationInstance(json: json)], false)
    }
  }
}
