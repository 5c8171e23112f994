// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yaml = Target.Dependency.product(name: "Yams", package: "Yams")

/// A library target: it may import only the rows above it in Docs/Architecture.md; HouseTests holds it to that.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}
func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
  name: "offramp",
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    library("Units"),
    library("PlainJSON"),
    library("Terminal", ["Units"]),
    library("EdgeModel", ["Units", "PlainJSON"]),
    library("Allocation", ["EdgeModel", "Units", "PlainJSON"]),
    library("TraceLog", ["EdgeModel", "Units", "PlainJSON"]),
    library("Nodes", ["Allocation", "TraceLog", "EdgeModel", "Units", heap, deque]),
    library("Inference", ["EdgeModel", "Units", "PlainJSON"]),
    .target(name: "CDevice"),
    .target(name: "COnnxRuntime", dependencies: ["CDevice"]),
    library("OnnxRuntime", ["COnnxRuntime", "Inference", "EdgeModel", "Units"]),
    library("DeviceEngines", ["CDevice", "COnnxRuntime", "OnnxRuntime", "Inference", "EdgeModel"]),
    library(
      "Profiling",
      ["DeviceEngines", "OnnxRuntime", "Inference", "TraceLog", "EdgeModel", "Terminal", "Units", "PlainJSON"]),
    library("Wire", ["Nodes", "EdgeModel", "Units"]),
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    library("ZeroMQ", ["CZeroMQ"]),
    library(
      "ZeroMQTransport",
      ["ZeroMQ", "Wire", "Nodes", "Inference", "TraceLog", "Allocation", "EdgeModel", "Units", deque]),
    library("EdgeSimulation", ["Nodes", "Inference", "Allocation", "TraceLog", "EdgeModel", "Units", heap]),
    library("TraceAnalysis", ["TraceLog", "EdgeModel", "Terminal", "Units", "PlainJSON"]),
    library("TopologyFiles", ["EdgeModel", "Allocation", "Inference", "Units", "PlainJSON", yaml]),
    library(
      "NodeCommands",
      ["ZeroMQTransport", "ZeroMQ", "Nodes", "Inference", "EdgeModel", "Terminal", "Units", "PlainJSON"]),
    executable(
      "device-emulator",
      ["NodeCommands", "OnnxRuntime", "Inference", "ZeroMQTransport", "Nodes", "EdgeModel", "Terminal", "Units"]),
    executable(
      "base-station",
      ["NodeCommands", "Allocation", "Inference", "ZeroMQTransport", "Nodes", "EdgeModel", "Terminal", "Units"]),
    executable(
      "edge-worker",
      [
        "NodeCommands", "DeviceEngines", "OnnxRuntime", "Inference", "ZeroMQTransport", "Wire", "Nodes", "EdgeModel",
        "Terminal", "Units",
      ]),
    executable("latency-profiler", ["Profiling", "Inference", "Terminal"]),
    executable(
      "offramp",
      [
        "ZeroMQTransport", "Profiling", "TraceAnalysis", "TopologyFiles", "EdgeSimulation", "Allocation", "Inference",
        "TraceLog", "EdgeModel", "Terminal", "Units", "PlainJSON", arguments,
      ]),
    executable("transport-bench", ["ZeroMQ"]),
    .target(name: "CTightLoop", dependencies: ["COnnxRuntime", "CDevice"]),
    executable(
      "engine-bench",
      [
        "CTightLoop", "CDevice", "COnnxRuntime", "DeviceEngines", "OnnxRuntime", "Inference", "ZeroMQ", "Wire", "Nodes",
        "EdgeModel", "Terminal", "Units", "PlainJSON",
      ]),
    .systemLibrary(name: "CEpoll"),
    executable(
      "serving-bench", ["CEpoll", "ZeroMQ", "Wire", "Nodes", "Inference", "EdgeModel", "Terminal", "Units", deque]),
    tests("UnitsTests", ["Units"]),
    tests("PlainJSONTests", ["PlainJSON"]),
    tests("TerminalTests", ["Terminal", "Units"]),
    tests("EdgeModelTests", ["EdgeModel", "Units"]),
    .testTarget(
      name: "AllocationTests", dependencies: ["Allocation", "EdgeModel", "Units", "PlainJSON"],
      // Read from its place in the checkout, so that no bundle is needed.
      exclude: ["liu-2023-golden.json"], swiftSettings: settings),
    tests("TraceLogTests", ["TraceLog", "EdgeModel", "PlainJSON"]),
    tests(
      "NodesTests",
      ["Nodes", "EdgeSimulation", "TraceAnalysis", "Inference", "Allocation", "TraceLog", "Wire", "EdgeModel", "Units"]),
    tests("InferenceTests", ["Inference", "OnnxRuntime", "EdgeModel", "Units", "PlainJSON"]),
    .testTarget(
      name: "DeviceEnginesTests", dependencies: ["DeviceEngines", "OnnxRuntime", "Inference", "EdgeModel"],
      // Libraries in the place of real ones; the tests have the C compiler build them.
      exclude: ["Fakes"], swiftSettings: settings),
    tests("ProfilingTests", ["Profiling", "OnnxRuntime", "Inference", "EdgeModel", "Terminal", "Units", "PlainJSON"]),
    tests("WireTests", ["Wire", "Nodes", "EdgeModel", "Units"]),
    tests("ZeroMQTests", ["ZeroMQ"]),
    tests("ZeroMQTransportTests", ["ZeroMQTransport", "ZeroMQ", "Nodes", "EdgeModel"]),
    tests("TraceAnalysisTests", ["TraceAnalysis", "TraceLog", "EdgeModel", "Units", "PlainJSON"]),
    tests("TopologyFilesTests", ["TopologyFiles", "EdgeModel", "Units", "PlainJSON", yaml]),
    tests("HouseTests", []),
    tests("LiveTests", ["ZeroMQ", "Wire", "Nodes", "Allocation", "EdgeModel", "Units", "PlainJSON"]),
  ],
  swiftLanguageModes: [.v6]
)
