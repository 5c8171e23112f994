import Allocation
import EdgeModel
import Foundation
import Units

/// An allocation for people.
struct AnswerTable {
  private let answer: AllocationAnswer
  init(_ answer: AllocationAnswer) { self.answer = answer }

  var text: String {
    let allocation = answer.allocation
    var parts = [heading]
    for batch in allocation.batches where !batch.members.isEmpty { parts.append(text(of: batch)) }
    for plan in allocation.open { parts.append(text(of: plan)) }
    if !allocation.refusals.isEmpty { parts.append(refusals) }
    return parts.joined(separator: "\n\n")
  }

  private var heading: String {
    let allocation = answer.allocation
    let tasks = answer.frame.tasks.count
    let objective = allocation.objective
    let value = objective == .throughput ? "" : "\(objective.rawValue) value \(fixed(answer.value, 6)), "
    return "\(allocation.policy): \(allocation.scheduledCount) of \(tasks) tasks scheduled, \(value)"
      + "\(allocation.status.rawValue), \(allocation.searchNodes) search nodes, "
      + "\(fixed(answer.solveTime.inSeconds * 1e6, 1)) µs"
  }

  private func text(of batch: BatchAllocation) -> String {
    let sizes = batch.entering.map { "\($0)" }.joined(separator: ", ")
    let heading =
      "batch on \(name(of: batch.worker)), starts at \(fixed(batch.start * 1e3, 3)) ms, entering its blocks: \(sizes)"
    var table = Table(columns: [
      .init(heading: "task"), .init(heading: "bandwidth kHz", isNumber: true), .init(heading: "upload ms"),
      .init(heading: "exit", isNumber: true), .init(heading: "completion ms", isNumber: true),
    ])
    table.rows = batch.members.map { member in
      [
        "\(member.task.number)", fixed(member.bandwidth.value / 1e3, 1),
        "\(fixed(member.uploadStart * 1e3, 3)) – \(fixed(member.uploadEnd * 1e3, 3))", "\(member.exit)",
        fixed(member.completion * 1e3, 3),
      ]
    }
    return "\(heading)\n\(table.text)"
  }

  private func text(of plan: OpenAllocation) -> String {
    let timeout = plan.timeout.map { ", dropped after \(fixed($0 * 1e3, 3)) ms" } ?? ""
    let heading =
      "\(name(of: plan.worker)) forms batches of at most \(plan.maxBatch), waiting at most "
      + "\(fixed(plan.queueDelay * 1e3, 3)) ms for more\(timeout)"
    var table = Table(columns: [
      .init(heading: "task"), .init(heading: "bandwidth kHz", isNumber: true), .init(heading: "upload ms"),
      .init(heading: "exit", isNumber: true), .init(heading: "priority", isNumber: true),
    ])
    table.rows = plan.members.map { member in
      [
        "\(member.grant.task.number)", fixed(member.grant.bandwidth.value / 1e3, 1),
        "\(fixed(member.grant.uploadStart * 1e3, 3)) – \(fixed(member.grant.uploadEnd * 1e3, 3))",
        "\(member.grant.exit)", "\(member.priority)",
      ]
    }
    return "\(heading)\n\(table.text)"
  }

  private func name(of worker: WorkerID) -> String {
    answer.frame.workers.first { $0.id == worker }?.name ?? "w\(worker.number)"
  }

  private var refusals: String {
    var table = Table(columns: [.init(heading: "unscheduled"), .init(heading: "reason")])
    table.rows = answer.allocation.refusals.map { ["\($0.task.number)", $0.reason.rawValue] }
    return table.text
  }

  private func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
