import EdgeModel
import Nodes

/// Every link of a run. A link joins two processes, as a live connection does: devices of one emulator share theirs.
struct LinkQueues {
  private var offers: [LinkQueue]
  private var grants: [LinkQueue]
  private var plans: [LinkQueue]
  private var reports: [LinkQueue]
  /// `uploads[emulator][worker]`, and the way back.
  private var uploads: [[LinkQueue]]
  private var results: [[LinkQueue]]

  /// `faults` are the run's.
  init(_ links: SimulatedLinks, emulators: Int, workers: Int, faults: [PlannedFault] = [], seed: UInt64 = 0) {
    func queue(
      _ link: SimulatedLink, _ kind: PlannedFault.Link, _ purpose: StaticString, _ emulator: Int, _ worker: Int = 0
    ) -> LinkQueue {
      let stream = RandomStream(seed: seed, device: DeviceID(emulator), purpose: purpose, index: worker)
      return LinkQueue(link, faults: LinkFaults(faults, on: kind, stream: stream))
    }
    offers = (0..<emulators).map { queue(links.deviceStation, .deviceStation, "loss of offers", $0) }
    grants = (0..<emulators).map { queue(links.deviceStation, .deviceStation, "loss of grants", $0) }
    plans = (0..<workers).map { queue(links.stationWorker, .stationWorker, "loss of plans", 0, $0) }
    reports = (0..<workers).map { queue(links.stationWorker, .stationWorker, "loss of reports", 0, $0) }
    uploads = (0..<emulators).map { emulator in
      (0..<workers).map { queue(links.deviceWorker, .deviceWorker, "loss of chunks", emulator, $0) }
    }
    results = (0..<emulators).map { emulator in
      (0..<workers).map { queue(links.deviceWorker, .deviceWorker, "loss of results", emulator, $0) }
    }
  }

  // When a message sent `now` arrives, nil where it is lost; see `LinkQueue.send`.

  mutating func offer(_ message: DeviceUplink, from emulator: Int, at now: Instant) -> Instant? {
    offers[emulator].send(at: now, bytes: message.wireBytes)
  }
  mutating func grant(_ message: DeviceDownlink, to emulator: Int, at now: Instant) -> Instant? {
    grants[emulator].send(at: now, bytes: message.wireBytes)
  }
  mutating func plan(_ message: WorkerDownlink, to worker: Int, at now: Instant) -> Instant? {
    plans[worker].send(at: now, bytes: message.wireBytes)
  }
  mutating func report(_ message: WorkerUplink, from worker: Int, at now: Instant) -> Instant? {
    reports[worker].send(at: now, bytes: message.wireBytes)
  }
  mutating func chunk(_ chunk: FeatureChunk, from emulator: Int, to worker: Int, at now: Instant) -> Instant? {
    uploads[emulator][worker].send(at: now, bytes: chunk.wireBytes)
  }
  mutating func result(_ result: TaskResult, from worker: Int, to emulator: Int, at now: Instant) -> Instant? {
    results[emulator][worker].send(at: now, bytes: result.wireBytes)
  }
  /// An emulator's last word, and the base station's to each node; they are not lost, or no run would end.
  mutating func finished(from emulator: Int, at now: Instant) -> Instant {
    offers[emulator].sendSurely(at: now, bytes: wireHeader)
  }
  mutating func stop(to worker: Int, at now: Instant) -> Instant {
    plans[worker].sendSurely(at: now, bytes: wireHeader + 2)
  }
  mutating func stop(toEmulator emulator: Int, at now: Instant) -> Instant {
    grants[emulator].sendSurely(at: now, bytes: wireHeader + 2)
  }

  mutating func farewell(fromWorker worker: Int, at now: Instant) -> Instant {
    reports[worker].sendSurely(at: now, bytes: wireHeader)
  }

  // The same for what has no content: beats, clock probes.

  mutating func beat(fromEmulator emulator: Int, at now: Instant) -> Instant? {
    offers[emulator].send(at: now, bytes: wireHeader)
  }
  mutating func beat(toEmulator emulator: Int, at now: Instant) -> Instant? {
    grants[emulator].send(at: now, bytes: wireHeader)
  }
  mutating func beat(fromWorker worker: Int, at now: Instant) -> Instant? {
    reports[worker].send(at: now, bytes: wireHeader)
  }
  mutating func beat(toWorker worker: Int, at now: Instant) -> Instant? {
    plans[worker].send(at: now, bytes: wireHeader)
  }
}
