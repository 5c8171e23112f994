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

  init(_ links: SimulatedLinks, emulators: Int, workers: Int) {
    offers = Array(repeating: LinkQueue(links.deviceStation), count: emulators)
    grants = offers
    plans = Array(repeating: LinkQueue(links.stationWorker), count: workers)
    reports = plans
    uploads = Array(
      repeating: Array(repeating: LinkQueue(links.deviceWorker), count: workers), count: emulators)
    results = uploads
  }

  // When a message sent `now` arrives; see `LinkQueue.send`.

  mutating func offer(_ message: DeviceUplink, from emulator: Int, at now: Instant) -> Instant {
    offers[emulator].send(at: now, bytes: message.wireBytes)
  }
  mutating func grant(_ message: DeviceDownlink, to emulator: Int, at now: Instant) -> Instant {
    grants[emulator].send(at: now, bytes: message.wireBytes)
  }
  mutating func plan(_ message: WorkerDownlink, to worker: Int, at now: Instant) -> Instant {
    plans[worker].send(at: now, bytes: message.wireBytes)
  }
  mutating func report(_ message: WorkerUplink, from worker: Int, at now: Instant) -> Instant {
    reports[worker].send(at: now, bytes: message.wireBytes)
  }
  mutating func chunk(_ chunk: FeatureChunk, from emulator: Int, to worker: Int, at now: Instant) -> Instant {
    uploads[emulator][worker].send(at: now, bytes: chunk.wireBytes)
  }
  mutating func result(_ result: TaskResult, from worker: Int, to emulator: Int, at now: Instant) -> Instant {
    results[emulator][worker].send(at: now, bytes: result.wireBytes)
  }
  /// An emulator's last word, and the base station's to each worker.
  mutating func finished(from emulator: Int, at now: Instant) -> Instant {
    offers[emulator].send(at: now, bytes: wireHeader)
  }
  mutating func stop(to worker: Int, at now: Instant) -> Instant {
    plans[worker].send(at: now, bytes: wireHeader + 2)
  }
}
