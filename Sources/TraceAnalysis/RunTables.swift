import EdgeModel
import TraceLog
import Units

/// A run's tables as CSV (RFC 4180): one header line, then one line a row; empty where a stage was never reached.
public struct RunTables: Sendable {
  public static let taskColumns =
    "device,task,generated_ns,deadline_ns,required_accuracy,offered_frame,granted_frame,worker,batch,entry_block,"
    + "planned_exit,taken_exit,feature_bits,bandwidth_hz,upload_start_ns,upload_planned_end_ns,upload_end_ns,"
    + "batch_planned_start_ns,batch_start_ns,planned_completion_ns,result_ns,latency_ms,energy_mj,label,predicted,"
    + "confidence,outcome,cause,group"
  public static let batchColumns =
    "batch,frame,worker,instance,block,size,planned_start_ns,start_ns,expected_ms,actual_ms,computed_ms"
  public static let frameColumns =
    "frame,policy,offers,granted,deferred,refused,bandwidth_hz,bandwidth_granted_hz,solve_us,search_nodes,status,"
    + "fallback"

  private let run: Run
  public init(_ run: Run) { self.run = run }

  /// `tasks.csv`: one row per task ever generated, by device and number. O(tasks).
  public var tasks: [UInt8] {
    var csv = CSVWriter(columns: Self.taskColumns)
    for journey in run.journeys { write(journey, to: &csv) }
    return csv.bytes
  }

  private func write(_ journey: TaskJourney, to csv: inout CSVWriter) {
    let task = journey.offer?.value.task
    let grant = journey.grant?.value.grant
    csv.field(journey.id.device.number)
    csv.field(journey.id.number)
    csv.field(task?.generated)
    csv.field(task?.deadline)
    csv.field(task?.requiredAccuracy)
    csv.field(journey.offeredFrame?.number)
    csv.field(grant?.frame.number)
    csv.field(grant?.worker.number)
    csv.field(journey.batch?.number)
    csv.field(journey.grant?.value.entry ?? task?.entry)
    csv.field(grant?.exit ?? journey.exit?.value.plannedExit)
    csv.field(journey.answer?.exit)
    csv.field(task?.feature.value)
    csv.field(grant?.bandwidth.value)
    csv.field(journey.uploadStart?.instant)
    csv.field(grant?.uploadEnd)
    csv.field(journey.receipt?.instant)
    csv.field(journey.batchPlannedStart)
    csv.field(journey.batchStart)
    csv.field(journey.grant?.value.completion)
    csv.field(journey.result)
    csv.field(journey.latency?.inMilliseconds)
    csv.field(journey.ending.map { $0.value.energy.value * 1e3 })
    csv.field(journey.offer?.value.label)
    csv.field(journey.answer?.predicted)
    csv.field(journey.answer?.confidence)
    csv.field(journey.outcome.rawValue)
    csv.field(journey.cause)
    csv.field(journey.group)
    csv.endRow()
  }

  /// `batches.csv`: one row per block run, by batch and block. A block's planned start is its batch's, plus what the
  /// blocks before it were expected to take. O(blocks).
  public var batches: [UInt8] {
    var csv = CSVWriter(columns: Self.batchColumns)
    for batch in run.batches {
      var before = Duration.zero
      for block in batch.blocks {
        csv.field(batch.id.number)
        csv.field(batch.frame?.number)
        csv.field(batch.worker.map { run.workers[$0].capability.worker.number } ?? batch.plan?.value.worker.number)
        csv.field(block.value.instance)
        csv.field(block.value.block)
        csv.field(block.value.size)
        csv.field(batch.plannedStart.map { $0 + before })
        csv.field(block.value.start)
        csv.field(block.value.expected.inMilliseconds)
        csv.field((block.value.end - block.value.start).inMilliseconds)
        csv.field(block.value.computed.inMilliseconds)
        csv.endRow()
        before = min(before + block.value.expected, .nanoseconds(RecordFields.longest))
      }
    }
    return csv.bytes
  }

  /// `frames.csv`: one row per allocated frame, by number. O(frames).
  public var frames: [UInt8] {
    var csv = CSVWriter(columns: Self.frameColumns)
    for summary in run.frames.lazy.compactMap(\.summary?.value) {
      csv.field(summary.frame.number)
      csv.field(summary.policy)
      csv.field(summary.offers)
      csv.field(summary.granted)
      csv.field(summary.deferred)
      csv.field(summary.refused)
      csv.field(summary.bandwidth.value)
      csv.field(summary.bandwidthGranted.value)
      csv.field(Double(summary.solve.inNanoseconds) / 1e3)
      csv.field(summary.searchNodes)
      csv.field(summary.status.rawValue)
      csv.field(summary.fallback ? "true" : "false")
      csv.endRow()
    }
    return csv.bytes
  }
}
