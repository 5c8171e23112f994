import Allocation
import EdgeModel
import Foundation
import Testing

@testable import TopologyFiles

/// The experiments that ship: topologies with a grid, each on its page with the command that redoes it.
@Suite struct ExperimentTests {
  static let names = [
    "joint-accuracy", "joint-bandwidth", "joint-deadlines", "joint-devices", "joint-ratio", "optimal", "promise",
    "scale",
  ]

  @Test func listIsComplete() throws {
    let found = try FileManager.default.contentsOfDirectory(atPath: Checkout.path("Topologies/experiments"))
      .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
    #expect(found.sorted() == Self.names)
  }

  @Test(arguments: names) func pointsResolve(_ name: String) throws {
    let path = Checkout.path("Topologies/experiments/\(name).yaml")
    let sweep = try SweepFile.read(path: path, policies: PolicyCatalog.names)
    #expect(sweep.name == name)
    #expect(sweep.count >= 4)
    // Some of the grid, its corners included: each point reads the model's files.
    for index in Set(stride(from: 0, to: sweep.count, by: max(1, sweep.count / 12))).union([sweep.count - 1]).sorted() {
      let point = try sweep.resolve(sweep.point(index))
      #expect(point.file.topology.deviceCount >= 8)
      #expect(point.file.topology.limits == .standard)
    }
  }

  @Test(arguments: names) func isOnItsPage(_ name: String) throws {
    let page = try String(contentsOfFile: Checkout.path("Docs/Experiments.md"), encoding: .utf8)
    #expect(page.contains("offramp sweep Topologies/experiments/\(name).yaml"))
  }
}
