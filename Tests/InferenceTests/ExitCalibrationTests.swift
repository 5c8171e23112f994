import EdgeModel
import Inference
import Testing
import Units

@Suite struct ExitCalibrationTests {
  let model: ModelManifest
  let heldOut: HeldOutImages
  init() throws {
    model = try Digits.model()
    heldOut = try HeldOutImages(model)
  }

  @Test func aThresholdOfZeroLeavesAtOnceAndOneBeyondReachNeverDoes() {
    let calibration = ExitCalibration(heldOut, thresholds: [0, 1.5])
    #expect(calibration.points[0].share == [1, 0, 0, 0] && calibration.points[0].meanDepth == 1)
    #expect(calibration.points[1].share == [0, 0, 0, 1] && calibration.points[1].meanDepth == 4)
    #expect(abs(calibration.points[0].accuracy - model.exits[0].accuracy) < 1e-9)
    #expect(abs(calibration.points[1].accuracy - model.exits[3].accuracy) < 1e-9)
  }

  @Test func depthGrowsWithTheThreshold() {
    let points = ExitCalibration(heldOut, thresholds: (0...200).map { Double($0) / 200 }).points
    let depths = points.map(\.meanDepth)
    #expect(depths == depths.sorted())
    for point in points {
      #expect(abs(point.share.reduce(0, +) - 1) < 1e-12)
      let depth = point.share.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
      #expect(abs(depth - point.meanDepth) < 1e-12)
    }
  }

  /// The executor that runs live, with the same answers, lets the same images leave at the same exits.
  @Test(arguments: [0.3, 0.7, 0.95, 0.999, 1]) func theExecutorAgrees(_ threshold: Double) throws {
    let table = try LatencyTable(file: "\(Digits.directory)/edge-gpu.json")
    let engine = ReplayEngine(model: model, heldOut: heldOut, largestBatch: 50)
    var executor = try BatchExecutor(engine: engine, profile: table.profile, now: { .start })
    var (left, right) = ([0, 0, 0, 0], 0)
    for first in stride(from: 0, to: heldOut.count, by: 50) {
      let members = (0..<50).map { index in
        BatchPlan.Member(
          task: TaskID(device: ID(index), number: first + index), exit: 4, rule: .confidence(threshold: threshold),
          featureBytes: 0, uploadEnd: .start, completion: .start)
      }
      let plan = BatchPlan(id: 1, frame: 0, worker: 0, start: .start, members: members)
      let rows = plan.members.map { BatchJob.Row(task: $0.task, sample: $0.task.number, feature: nil) }
      executor.run(BatchJob(plan: plan, rows: rows)) { event in
        guard case .blockRan(_, let answers) = event else { return }
        for answer in answers {
          left[answer.exit - 1] += 1
          right += answer.predicted == heldOut.label(of: answer.task.number) ? 1 : 0
        }
      }
    }
    let point = ExitCalibration(heldOut, thresholds: [threshold]).points[0]
    #expect(point.share == left.map { Double($0) / Double(heldOut.count) })
    #expect(point.accuracy == Double(right) / Double(heldOut.count))
  }

  @Test func theCalibrationErrorIsThatOfItsDefinition() {
    for bins in [1, 7, 10, 15, 100] {
      for exit in ExitCalibration(heldOut, thresholds: [], bins: bins).exits {
        #expect(exit.bins.count == bins && exit.bins.reduce(0) { $0 + $1.count } == heldOut.count)
        // From the images, bin by bin, another way round.
        var error = 0.0
        for (index, bin) in exit.bins.enumerated() {
          let members = (0..<heldOut.count).filter { sample in
            let confidence = heldOut.confidence(sample, exit: exit.exit)
            return (confidence > bin.low || index == 0) && confidence <= bin.high
          }
          #expect(members.count == bin.count)
          let sure = members.reduce(0) { $0 + heldOut.confidence($1, exit: exit.exit) }
          let right = members.count { heldOut.predicted($0, exit: exit.exit) == heldOut.label(of: $0) }
          error += abs(sure - Double(right)) / Double(heldOut.count)
        }
        #expect(abs(error - exit.expectedCalibrationError) < 1e-9)
        #expect(exit.expectedCalibrationError >= abs(exit.accuracy - exit.meanConfidence) - 1e-9)
        #expect(abs(exit.accuracy - model.exits[exit.exit - 1].accuracy) < 1e-9)
        if bins == 1 { #expect(abs(error - abs(exit.accuracy - exit.meanConfidence)) < 1e-9) }
      }
    }
  }
}
