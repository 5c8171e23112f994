import EdgeModel
import Foundation
import Testing
import TopologyFiles
import Units

/// The topologies that ship read, and say what their names promise.
@Suite struct ShippedTopologyTests {
  static let names = [
    "one-device", "quickstart", "saturated", "two-workers", "unpaced", "by-hand", "every-exit", "external",
    "many-devices", "many-processes", "faults", "two-instances", "two-models",
  ]

  @Test(arguments: names) func reads(_ name: String) throws {
    let file = try Checkout.read(name)
    #expect(file.topology.name == name)
    #expect(!file.topology.description.isEmpty)
    #expect(file.text.hasPrefix("#"), "a shipped topology explains itself")
    #expect(file.sha256.count == 64)
    #expect(file.topology.model == Checkout.path("Topologies/Models/digits"))
  }

  @Test func listIsComplete() throws {
    let found = try FileManager.default.contentsOfDirectory(atPath: Checkout.path("Topologies"))
      .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
    #expect(found.sorted() == Self.names.sorted())
  }

  @Test(arguments: names) func keepsStandardLimits(_ name: String) throws {
    #expect(try Checkout.read(name).topology.limits == .standard)
  }

  @Test func quickstartHasThreeKindsOfDevices() throws {
    let topology = try Checkout.read("quickstart").topology
    #expect(topology.groups.count == 3)
    #expect(topology.deviceCount == 16)
    #expect(topology.groups.map(\.firstDevice.number) == [0, 6, 12])
    #expect(Set(topology.groups.map(\.requiredAccuracy)).count == 3)
    #expect(Set(topology.groups.map(\.deadline)).count == 3)
    #expect(Set(topology.groups.map(\.channel)).count == 3)
    #expect(topology.duration == .seconds(20))
    #expect(topology.workers.map(\.engine) == [.paced])
    #expect(topology.workers[0].latencyTable == Checkout.path("Topologies/Models/digits/edge-gpu.json"))
  }

  @Test func twoWorkersDifferInSpeed() throws {
    let workers = try Checkout.read("two-workers").topology.workers
    #expect(workers.map(\.engine) == [.paced, .paced])
    #expect(Set(workers.map(\.latencyTable)).count == 2)
    #expect(workers.map(\.maxBatch) == [16, 8])
  }

  @Test func manyDevicesShareAProcessAndManyProcessesDoNot() throws {
    let devices = try Checkout.read("many-devices").topology
    #expect(devices.deviceCount == 64 && devices.emulators == 1)
    let processes = try Checkout.read("many-processes").topology
    #expect(processes.deviceCount == 32 && processes.emulators == 32)
    #expect([devices, processes].allSatisfy { $0.timing.length == .milliseconds(100) })
  }

  @Test func nodesByHandHaveFixedEndpoints() throws {
    let topology = try Checkout.read("by-hand").topology
    #expect(topology.transport.devicesEndpoint == "tcp://127.0.0.1:5600")
    #expect(topology.transport.workersEndpoint == "tcp://127.0.0.1:5601")
    #expect(topology.workers.allSatisfy { $0.endpoint != nil })
  }
}
