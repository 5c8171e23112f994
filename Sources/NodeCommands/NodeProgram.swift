public import EdgeModel
import Glibc
public import Terminal
import Units
import ZeroMQ
public import ZeroMQTransport

/// What the three node programs share: flags, exit codes, one line for what went wrong.
public enum NodeProgram {
  /// Flags of every node.
  public static func commonFlags(name: String) -> [FlagSet.Flag] {
    [
      .standard("name", "NAME", name, "the node's name, unique in the run"),
      .optional("traces", "DIR", "where to leave NAME.jsonl; without it no trace is left"),
      .standard("topology-sha256", "HEX", "", "of the topology file; nodes of different ones do not run together"),
      .standard("patience", "TIME", "120s", "how long to wait until every node is ready"),
      .toggle("die-with-parent", "end when the process that started this one ends"),
      .toggle("help", "this text"),
    ]
  }

  /// Flag of the nodes that follow the base station's clock.
  public static let clockFlag = FlagSet.Flag.toggle(
    "probe-clock", "compare clocks with the base station even on one host")

  /// Flag of the nodes that follow the base station.
  public static let silenceFlag = FlagSet.Flag.standard(
    "silence", "TIME", "2s", "how long the base station may be silent before the run is given up")

  /// Reads the command line and runs `body`; 0 when the node's work was done, 2 with one line on standard error.
  public static func main(_ flags: FlagSet, _ body: (FlagValues) throws -> Void) -> Never {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.contains("--help") {
      print(flags.help, terminator: "")
      exit(0)
    }
    do {
      let values = try flags.parse(arguments)
      if values.has("die-with-parent") { dieWithParent() }
      try body(values)
      end(0)
    } catch {
      Output.printLine("error: \(error)", to: .errors)
      end(2)
    }
  }

  public static func identity(_ values: FlagValues) throws(UsageError) -> NodeIdentity {
    let name = values.text("name")
    guard !name.isEmpty, name.utf8.count <= 64,
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    else {
      throw values.fault("name", "a name has 1 to 64 letters, digits, - and _")
    }
    return NodeIdentity(
      name: name, traceDirectory: values.optional("traces"), topologySHA256: values.text("topology-sha256"))
  }

  /// All groups of the topology, in the order of their devices' numbers.
  public static func groups(_ values: FlagValues) throws(UsageError) -> [DeviceGroup] {
    var groups: [DeviceGroup] = []
    for text in values.all("group") {
      do throws(QuantityError) { groups.append(try DeviceGroup(text: text)) } catch {
        throw UsageError("--group '\(text)': \(error.what)", values.program, error.remedy)
      }
    }
    var next = 0
    for group in groups {
      guard group.firstDevice.number == next else {
        throw UsageError(
          "--group \(group.name) begins at device \(group.firstDevice.number), not \(next)", values.program,
          "give all groups, in order, numbered without gaps from 0")
      }
      next += group.count
    }
    guard next > 0 else { throw UsageError("--group is missing", values.program, "give every group of the topology") }
    return groups
  }

  /// Without exit handlers: a node that is turned away leaves while its stem or engine is still being loaded on another
  /// thread, and ONNX Runtime's handlers would take down what that thread is using. All that is to be kept is written.
  private static func end(_ status: Int32) -> Never { _exit(status) }

  private static func dieWithParent() {
    // Asked for after the fork, so the parent may be gone already: then this process was given to another.
    let parent = getppid()
    ZeroMQ.dieWithParent()
    if getppid() != parent { exit(2) }
  }
}
