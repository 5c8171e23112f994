// swift-tools-version: 6.2
import PackageDescription

// The policies alone, so that measuring them builds four small targets and not the testbed. Sources are links.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "allocation-speed",
  targets: [
    .target(name: "Units", swiftSettings: settings),
    .target(name: "PlainJSON", swiftSettings: settings),
    .target(name: "EdgeModel", dependencies: ["Units", "PlainJSON"], swiftSettings: settings),
    .target(name: "Allocation", dependencies: ["EdgeModel", "Units", "PlainJSON"], swiftSettings: settings),
    .executableTarget(
      name: "allocation-speed", dependencies: ["Allocation", "EdgeModel", "PlainJSON", "Units"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
