import EdgeModel
import Nodes

// How many bytes each message would be as the live testbed encodes it, a message of its own each (`Wire`; a test compares
// them). What ZeroMQ, TCP and IP add is not counted.

/// Magic number, version, kind.
let wireHeader = 8
private let wireCount = 4
private let wireTask = 8

extension DeviceUplink {
  var wireBytes: Int {
    switch self {
    case .offer: wireHeader + wireCount + wireTask + 36
    case .settled: wireHeader + wireCount + wireTask + 1
    }
  }
}

extension DeviceDownlink {
  var wireBytes: Int {
    switch self {
    case .grant: wireHeader + wireCount + wireTask + 48
    case .refused: wireHeader + wireCount + wireTask + 1
    }
  }
}

extension FeatureChunk {
  /// Two parts; the second is the payload.
  var wireBytes: Int { wireHeader + wireTask + 20 + payload.count }
}

extension TaskResult {
  var wireBytes: Int {
    switch self {
    case .answer: wireHeader + wireCount + wireTask + 20
    case .dropped(_, _, let reason): wireHeader + wireTask + 1 + 2 + reason.utf8.count
    }
  }
}

extension WorkerDownlink {
  private static var member: Int { wireTask + 36 }
  var wireBytes: Int {
    switch self {
    case .plan(let plan): wireHeader + 28 + wireCount + Self.member * plan.members.count
    case .open(let plan): wireHeader + 32 + wireCount + (Self.member + 4) * plan.members.count
    }
  }
}

extension WorkerUplink {
  var wireBytes: Int {
    switch self {
    case .report(let report): wireHeader + 36 + wireCount + wireTask * report.answered.count
    }
  }
}
