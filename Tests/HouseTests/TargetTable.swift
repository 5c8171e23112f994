/// What each target may import, in the order of Docs/Architecture.md: a row names only rows above it, and packages.
///
/// This is the architecture as a test. A row changes when the architecture does, together with the document.
enum TargetTable {
  struct Row: Sendable {
    var target: String
    var imports: Set<String>
  }

  static let rows: [Row] = [
    row("Units"),
    row("PlainJSON"),
    row("Terminal", "Units"),
    row("EdgeModel", "Units", "PlainJSON"),
    row("Allocation", "EdgeModel", "Units", "PlainJSON"),
    row("TraceLog", "EdgeModel", "Units", "PlainJSON"),
    row("Nodes", "Allocation", "TraceLog", "EdgeModel", "Units", "HeapModule", "DequeModule"),
    row("Inference", "EdgeModel", "Units", "PlainJSON"),
    row("CDevice"),
    row("COnnxRuntime", "CDevice"),
    row("OnnxRuntime", "COnnxRuntime", "Inference", "EdgeModel", "Units"),
    row("DeviceEngines", "CDevice", "COnnxRuntime", "OnnxRuntime", "Inference", "EdgeModel"),
    row(
      "Profiling", "DeviceEngines", "OnnxRuntime", "Inference", "TraceLog", "EdgeModel", "Terminal", "Units",
      "PlainJSON"),
    row("Wire", "Nodes", "EdgeModel", "Units"),
    row("CZeroMQ"),
    row("ZeroMQ", "CZeroMQ"),
    row(
      "ZeroMQTransport", "ZeroMQ", "Wire", "Nodes", "Inference", "TraceLog", "Allocation", "EdgeModel", "Units",
      "DequeModule"),
    row("EdgeSimulation", "Nodes", "Inference", "Allocation", "TraceLog", "EdgeModel", "Units", "HeapModule"),
    row("TraceAnalysis", "TraceLog", "EdgeModel", "Terminal", "Units", "PlainJSON"),
    row("TopologyFiles", "EdgeModel", "Allocation", "Inference", "Units", "PlainJSON", "Yams"),
    row(
      "NodeCommands", "ZeroMQTransport", "ZeroMQ", "Nodes", "Inference", "EdgeModel", "Terminal", "Units", "PlainJSON"),
    row(
      "device-emulator", "NodeCommands", "OnnxRuntime", "Inference", "ZeroMQTransport", "Nodes", "EdgeModel",
      "Terminal",
      "Units"),
    row(
      "base-station", "NodeCommands", "Allocation", "Inference", "ZeroMQTransport", "Nodes", "EdgeModel", "Terminal",
      "Units"),
    row(
      "edge-worker", "NodeCommands", "DeviceEngines", "OnnxRuntime", "Inference", "ZeroMQTransport", "Wire", "Nodes",
      "EdgeModel", "Terminal", "Units"),
    row("latency-profiler", "Profiling", "Inference", "Terminal"),
    row(
      "offramp", "ZeroMQTransport", "Profiling", "TraceAnalysis", "TopologyFiles", "EdgeSimulation", "Allocation",
      "Inference", "TraceLog", "EdgeModel", "Terminal", "Units", "PlainJSON", "ArgumentParser"),
    row("transport-bench", "ZeroMQ"),
    row("CTightLoop", "COnnxRuntime", "CDevice"),
    row(
      "engine-bench", "CTightLoop", "CDevice", "COnnxRuntime", "DeviceEngines", "OnnxRuntime", "Inference", "ZeroMQ",
      "Wire", "Nodes", "EdgeModel", "Terminal", "Units", "PlainJSON"),
    row("CEpoll"),
    row(
      "serving-bench", "CEpoll", "ZeroMQ", "Wire", "Nodes", "Inference", "EdgeModel", "Terminal", "Units",
      "DequeModule"),
  ]

  /// Modules of packages.
  static let packages: Set<String> = ["HeapModule", "DequeModule", "Yams", "ArgumentParser"]
  /// Modules that come with the toolchain and cost a static binary nothing.
  static let toolchain: Set<String> = ["Glibc", "Darwin", "Musl", "Synchronization", "Dispatch"]
  /// Foundation makes a static binary ten times as large, so the nodes do without.
  static let foundationUsers: Set<String> = ["TraceAnalysis", "TopologyFiles", "offramp"]

  private static func row(_ target: String, _ imports: String...) -> Row { Row(target: target, imports: Set(imports)) }
}
