import EdgeModel
import Foundation
import Testing

@testable import TopologyFiles

/// Docs/Topologies.md says what the reader does.
@Suite struct TopologyPageTests {
  let page: String

  init() throws { page = try String(contentsOfFile: Checkout.path("Docs/Topologies.md"), encoding: .utf8) }

  /// The contents of fenced blocks of one kind, in order.
  private func blocks(_ kind: String) -> [String] {
    page.components(separatedBy: "```\(kind)\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
  }

  @Test func errorsAreShownAsPrinted() throws {
    let workshop = try Workshop()
    let examples = blocks("yaml").filter { $0.hasPrefix("format:") }
    let answers = blocks("text")
    #expect(examples.count == answers.count && examples.count >= 2)
    for (example, answer) in zip(examples, answers) {
      try workshop.write("my-topology.yaml", example)
      let problems = problems(at: workshop.directory + "/my-topology.yaml")
      let printed = problems.map { "error: " + $0.description.replacing(workshop.directory + "/", with: "") + "\n" }
      #expect(printed.joined() == answer)
    }
  }
  private func problems(at path: String) -> [TopologyProblem] {
    do throws(TopologyError) {
      _ = try TopologyFile.read(
        path: path, policies: Checkout.policies, relativeTo: Checkout.path("Topologies"))
      return []
    } catch {
      return error.problems
    }
  }

  @Test func everyKeyIsOnThePage() throws {
    let keys =
      TopologyReader.keys + TopologyReader.groupKeys + TopologyReader.workerKeys + TopologyReader.simulationKeys
      + TopologyReader.simulatedLinkKeys + TopologyReader.linkKeys + TopologyReader.solveTimeKeys
      + TopologyReader.faultKeys
    for key in keys { #expect(page.contains("`\(key)`") || page.contains("### `\(key)`"), "\(key)") }
  }
  @Test func everyRangeIsOnThePage() {
    let words = [
      FieldBounds.seed.words, FieldBounds.duration.words, FieldBounds.bandwidth.words, FieldBounds.carrier.words,
      FieldBounds.noise.words, FieldBounds.frameLength.words, FieldBounds.lead.words, FieldBounds.setAside.words,
      FieldBounds.threads.words, FieldBounds.gpu.words, FieldBounds.maxBatch.words, FieldBounds.searchNodes.words,
      FieldBounds.count.words,
      FieldBounds.processes.words, FieldBounds.share.words, FieldBounds.deadline.words, FieldBounds.period.words,
      FieldBounds.rate.words, FieldBounds.distance.words, FieldBounds.snr.words, FieldBounds.transmitPower.words,
      FieldBounds.computePower.words, FieldBounds.limit.words, FieldBounds.weight.words,
      FieldBounds.simulated.words, FieldBounds.linkRate.words,
      FieldBounds.faultInstant.words, FieldBounds.faultLength.words, FieldBounds.bandwidthFactor.words,
      FieldBounds.engineSpeed.words, FieldBounds.linkDelay.words, FieldBounds.clockStep.words,
    ]
    for range in words { #expect(page.contains(range), "\(range)") }
  }
  @Test func everyShippedTopologyIsOnThePage() {
    for name in ShippedTopologyTests.names { #expect(page.contains("`\(name).yaml`")) }
  }
}
