import Foundation
import Testing

/// Rules of the house that a reader relies on and a machine can check.
@Suite struct SourceRuleTests {
  @Test func filesStaySmall() throws {
    for file in try Checkout.sources() {
      #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count - 1) lines; split it")
    }
  }

  /// Files that hold a family of small things, and are called after the family.
  static let families: Set<String> = [
    "ClockLink", "Clock", "CommonMessages", "Decoding", "EmulatorStationLink", "EmulatorWorkerLink", "EngineReports",
    "Identifiers", "JSONWriter", "Messages", "Powers", "QuantityText", "Sleep", "UplinkNeed", "WireBytes",
    "WorkerStationLink",
    "Placeholder",
  ]

  @Test func filesAreNamedAfterWhatTheyDeclare() throws {
    let keywords: Set<Substring> = [
      "struct", "enum", "class", "actor", "protocol", "extension", "typealias", "func",
    ]
    for file in try Checkout.sources() where file.name != "main.swift" {
      // Type+Topic.swift extends Type.
      let type = String(file.name.dropLast(6).prefix { $0 != "+" })
      let function = type.prefix(1).lowercased() + type.dropFirst()
      let words = Checkout.code(of: file).flatMap { $0.text.split { !$0.isLetter && !$0.isNumber && $0 != "." } }
      let isDeclared = zip(words, words.dropFirst()).contains { keyword, name in
        keywords.contains(keyword) && (name.split(separator: ".").last.map { $0 == type || $0 == function } ?? false)
      }
      #expect(isDeclared != Self.families.contains(type), "\(file.path) declares \(isDeclared ? "a" : "no") \(type)")
    }
  }

  @Test func nothingTrapsOnPurposeWithoutAName() throws {
    for file in try Checkout.sources() {
      for (number, text) in Checkout.code(of: file) {
        for word in ["try!", "fatalError(", "as! "] {
          #expect(!text.contains(word), "\(word) in \(file.path):\(number); throw, or make it a precondition")
        }
      }
    }
  }

  /// Standard output belongs to the programs.
  @Test func librariesDoNotPrint() throws {
    let programs: Set<String> = [
      "base-station", "device-emulator", "edge-worker", "latency-profiler", "offramp", "transport-bench",
    ]
    // NodeCommands is the programs' shared front: it prints help and status.
    for file in try Checkout.sources() where !programs.union(["NodeCommands"]).contains(file.target) {
      for (number, text) in Checkout.code(of: file) {
        for call in text.split(whereSeparator: { !$0.isLetter && $0 != "(" && $0 != "." }) {
          let isPrint = ["print(", "debugPrint(", "dump("].contains { call.hasPrefix($0) }
          #expect(!isPrint, "print in \(file.path):\(number)")
        }
      }
    }
  }

  @Test func noPathOfOneMachineIsInTheFiles() throws {
    let kinds = ["swift", "md", "yaml", "yml", "json", "py", "sh", "c", "h", "txt"]
    var files = [try Checkout.read("Package.swift")]
    for folder in ["Sources", "Tests", "Docs", "Scripts", "Topologies", ".ci"] where Checkout.exists(folder) {
      for kind in kinds { files += try Checkout.files(in: folder, kind) }
    }
    if Checkout.exists("README.md") { files.append(try Checkout.read("README.md")) }
    // Written apart, so that this file does not hold them.
    let prefixes = ["/wo" + "rk/", "/ro" + "ot/", "/tmp" + "/wt", "/ho" + "me/"]
    for file in files {
      for prefix in prefixes {
        #expect(!file.text.contains(prefix), "\(prefix) in \(file.path)")
      }
    }
  }

  @Test func noPlaceIsLeftOpen() throws {
    let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
    for folder in ["Sources", "Tests", "Topologies"] {
      for file in try Checkout.files(in: folder, "swift", "yaml") {
        for word in words { #expect(!file.text.contains(word), "\(word) in \(file.path)") }
      }
    }
  }
}
