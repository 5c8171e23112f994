import EdgeModel
import Foundation
import Inference
import Profiling
import Testing

/// The profiles that ship read, say with what and where they were measured, and are of the files that they name.
@Suite struct ShippedProfileTests {
  private static let directory = Checkout.root + "/Topologies/profiles"
  private static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter { $0.hasSuffix(".json") }.sorted()
  private func file(_ name: String) -> String { "\(Self.directory)/\(name)" }

  @Test func thereAreSome() {
    #expect(Self.names.contains { $0.hasPrefix("digits-") } && Self.names.contains { !$0.hasPrefix("digits-") })
  }

  @Test(arguments: names) func itSaysWhereItIsFrom(_ name: String) throws {
    let profile = try EngineProfile(file: file(name))
    let (origin, table) = (profile.origin, profile.table)
    #expect(!origin.processor.isEmpty && (1...4096).contains(origin.cores) && origin.kernel.hasPrefix("Linux "))
    #expect(["onnxruntime", "cuda", "torch"].contains(origin.engine) && (1...256).contains(origin.threads))
    for version in [origin.engineVersion, origin.version] {
      #expect(version.wholeMatch(of: /\d+(\.\w+)+/) != nil, "\(version)")
    }
    #expect(origin.date.wholeMatch(of: /20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\dZ/) != nil, "\(origin.date)")
    #expect(name.hasPrefix("\(table.model)-") && table.name.hasPrefix("\(origin.engine) on "))
    // Its hash is that of the files it lists: each block and each exit.
    #expect(profile.files.map(\.sha256).allSatisfy { $0.wholeMatch(of: /[0-9a-f]{64}/) != nil })
    #expect(
      Set(profile.files.map(\.name)).count == 2 * profile.blockCount && profile.files.count == 2 * profile.blockCount)
    #expect(table.modelSHA256 == SHA256.hex(of: Array(profile.files.map { $0.sha256 + "\n" }.joined().utf8)))
    #expect(profile.repeats >= 3 && profile.largestBatch >= 1)
  }

  /// It is a latency table too, for its own model alone, up to its largest batch.
  @Test(arguments: names) func itIsATableOfItsModelAlone(_ name: String) throws {
    let (model, table) = (try ModelManifest(directory: Checkout.digits), try LatencyTable(file: file(name)))
    #expect(table == (try EngineProfile(file: file(name))).table)
    for block in table.profile.blocks {
      for curve in [block.latency, block.head] {
        let seconds = (1...table.largestBatch).map(curve.seconds)
        #expect(seconds == seconds.sorted() && seconds.allSatisfy { $0 > 0 && $0 < 60 })
      }
    }
    guard table.model == model.name else {
      let error = #expect(throws: EngineError.self) { try table.check(for: model, maxBatch: 1, file: name) }
      let text = error?.description ?? ""
      #expect(text.contains("'\(table.model)', not 'digits'") && text.contains(name) && !text.contains("\n"), "\(text)")
      return
    }
    #expect(table.modelSHA256 == model.fingerprint, "the digits were made anew, and not measured anew")
    for size in 1...table.largestBatch { try table.check(for: model, maxBatch: size, file: name) }
    #expect(throws: EngineError.self) { try table.check(for: model, maxBatch: table.largestBatch + 1, file: name) }
  }
}
