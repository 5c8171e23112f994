import EdgeModel
import Nodes
import Wire

/// Who belongs to a run, who has joined, who is ready, and who is there.
struct StationRoster {
  enum Presence {
    case present
    /// It fell silent or left.
    case lost
    /// It was started again and gets ready.
    case joining
  }
  struct Emulator {
    var name: String
    var devices: [DeviceID]
    var isReady = false
    var isFinished = false
    var presence = Presence.present
  }
  struct Worker {
    var name: String
    var endpoint: String
    var readiness: WorkerReadiness?
    var presence = Presence.present
  }

  private let deviceCount: Int
  private let expectedWorkers: [String]
  let losses: ExpectedLosses
  private(set) var emulators: [PeerName: Emulator] = [:]
  private(set) var workers: [PeerName: Worker] = [:]
  /// Which emulator carries a device.
  private(set) var carrier: [PeerName?]

  init(deviceCount: Int, workers: [String], losses: ExpectedLosses) {
    self.deviceCount = deviceCount
    self.losses = losses
    expectedWorkers = workers
    carrier = Array(repeating: nil, count: deviceCount)
  }

  /// Takes an emulator in; what is wrong with it, or nil. One that comes again under its name was started again, since a
  /// name has one connection at a time, and takes its own place.
  mutating func join(_ hello: EmulatorHello, as peer: PeerName) -> String? {
    if let earlier = emulators.removeValue(forKey: peer) {
      for device in earlier.devices { carrier[device.number] = nil }
    }
    if hello.devices.isEmpty { return "it carries no devices" }
    for device in hello.devices {
      guard device.number < deviceCount else { return "device \(device.number) of \(deviceCount)" }
      if carrier[device.number] != nil { return "device \(device.number) is carried by another emulator already" }
    }
    guard Set(hello.devices).count == hello.devices.count else { return "it carries a device twice" }
    for device in hello.devices { carrier[device.number] = peer }
    emulators[peer] = Emulator(name: hello.name, devices: hello.devices)
    return nil
  }
  mutating func join(_ hello: WorkerHello, as peer: PeerName) -> String? {
    guard expectedWorkers.contains(hello.name) else {
      return "worker '\(hello.name)' is not expected; expected are \(expectedWorkers.joined(separator: ", "))"
    }
    if let earlier = workers.first(where: { $0.value.name == hello.name }) {
      // Emulators may have been told where it listened.
      guard earlier.key == peer, earlier.value.endpoint == hello.endpoint else {
        return
          "it has joined before, at \(earlier.value.endpoint); start it there again (--listen), or start every node anew"
      }
    }
    workers[peer] = Worker(name: hello.name, endpoint: hello.endpoint)
    return nil
  }
  mutating func setReady(_ peer: PeerName) { emulators[peer]?.isReady = true }
  mutating func setReady(_ peer: PeerName, _ readiness: WorkerReadiness) { workers[peer]?.readiness = readiness }
  mutating func setFinished(_ peer: PeerName) { emulators[peer]?.isFinished = true }

  mutating func setPresence(_ presence: Presence, of peer: PeerName) {
    if emulators[peer] != nil {
      emulators[peer]?.presence = presence
      if presence == .joining { emulators[peer]?.isFinished = false }
    } else {
      workers[peer]?.presence = presence
    }
  }

  func number(of peer: PeerName) -> WorkerID? {
    guard let name = workers[peer]?.name, let index = expectedWorkers.firstIndex(of: name) else { return nil }
    return WorkerID(index)
  }
  func peer(of worker: WorkerID) -> PeerName? {
    workers.first { $0.value.name == expectedWorkers[worker.number] }?.key
  }
  var haveAllJoined: Bool { !carrier.contains { $0 == nil } && workers.count == expectedWorkers.count }
  var areAllReady: Bool {
    haveAllJoined && emulators.values.allSatisfy(\.isReady) && workers.values.allSatisfy { $0.readiness != nil }
  }
  /// Whether nothing more is to come from any device: who is gone and not to come back has nothing more either.
  func areAllFinished(at now: Instant) -> Bool {
    emulators.values.allSatisfy { emulator in
      emulator.isFinished || (emulator.presence != .present && !losses.isAwaited(emulator.name, at: now))
    }
  }
  /// Workers in the order of their numbers.
  var workersInOrder: [(peer: PeerName, worker: Worker)] {
    expectedWorkers.compactMap { name in workers.first { $0.value.name == name }.map { ($0.key, $0.value) } }
  }
  /// Who is missing, for people.
  var missing: String {
    let devices = carrier.indices.filter { carrier[$0] == nil }
    let unready =
      emulators.values.filter { !$0.isReady }.map(\.name) + workers.values.filter { $0.readiness == nil }.map(\.name)
    let absent = expectedWorkers.filter { name in !workers.values.contains { $0.name == name } }
    var parts: [String] = []
    if let first = devices.first {
      parts.append(devices.count == 1 ? "device \(first)" : "\(devices.count) devices (from \(first))")
    }
    parts += absent.map { "worker \($0)" }
    parts += unready.sorted().map { "\($0) to be ready" }
    return parts.joined(separator: ", ")
  }

  /// The workers as the base station plans with them; a line for people where they do not fit together.
  func plannedWorkers() throws(NodeFailure) -> (workers: [PlannedWorker], featureBytes: [Int]) {
    var planned: [PlannedWorker] = []
    var featureBytes: [Int]?
    for (index, entry) in workersInOrder.enumerated() {
      guard let readiness = entry.worker.readiness else { continue }
      let bytes = readiness.models.map { $0.featureBytes[0] }
      guard featureBytes == nil || featureBytes == bytes else {
        throw NodeFailure(
          "workers run different models, \(entry.worker.name): features of \(Self.list(bytes)) bytes where another takes \(Self.list(featureBytes ?? [])); give all workers the same models"
        )
      }
      featureBytes = bytes
      planned.append(
        PlannedWorker(
          id: WorkerID(index), name: entry.worker.name, instances: readiness.instances, maxBatch: readiness.maxBatch,
          profile: readiness.profile, furtherProfiles: readiness.furtherModels.map(\.profile)))
    }
    return (planned, featureBytes ?? [])
  }
  private static func list(_ sizes: [Int]) -> String { sizes.map { "\($0)" }.joined(separator: ", ") }
}
