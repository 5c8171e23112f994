import EdgeModel
import Foundation
import Inference
import OnnxRuntime
import Testing

@testable import DeviceEngines

/// What is missing is named in one line.
@Suite struct MissingPartsTests {
  let batches: RandomBatches
  let library: FakeLibrary
  init() throws {
    batches = try RandomBatches()
    library = try FakeLibrary()
  }

  private func failure(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing failed"
    } catch {
      #expect(error is EngineError && !"\(error)".contains("\n"))
      return "\(error)"
    }
  }
  private func failureOnDevice(
    _ file: String, number: Int = 0, largest: Int = 4, computesThere: Bool = false
  ) -> String {
    failure {
      let instance = try DeviceEngineChoice.openOnnx(
        batches.runtime, .cuda(device: number, library: file), computesThere: computesThere, 1, largest)
      var engine = try DeviceEngine(instance, model: batches.model, largestBatch: largest)
      var batch = try engine.makeBatch()
      let row = BatchJob.Row(task: TaskID(device: 0, number: 0), sample: 0, feature: batches.features[0][0])
      _ = try engine.append([row], entering: 1, to: &batch)
    }
  }

  @Test func cudasRuntime() throws {
    let absent = failureOnDevice("\(library.directory)/libcudart.so.13")
    #expect(absent.hasPrefix("CUDA's runtime library is missing (") && absent.contains("libcudart.so.13"), "\(absent)")
    #expect(absent.contains("LD_LIBRARY_PATH"))
    let other = failureOnDevice(try OnnxLibrary.locate())
    #expect(other.contains("is not CUDA's runtime"), "\(other)")
  }
  @Test func driverAndDevice() throws {
    let driver = failureOnDevice(try library.build("cudart.c", "-DFAILS=\"driver\""))
    #expect(
      driver.contains("NVIDIA driver") && (driver.contains("libcuda.so.1") || driver.contains("12.4")), "\(driver)")
    let none = failureOnDevice(try library.build("cudart.c", "-DFAILS=\"none\""))
    #expect(none.contains("there is no GPU that CUDA can use, device 0; see whether nvidia-smi lists one"), "\(none)")
    let wrong = failureOnDevice(try library.build("cudart.c"), number: 2)
    #expect(wrong.contains("there is no CUDA device 2, of 2, device 2; number the device from 0"), "\(wrong)")
  }
  @Test func memoryOfTheDevice() throws {
    let file = try library.build("cudart.c", "-DFAILS=\"full\"")
    #expect(failureOnDevice(file) == "nothing failed")
    let full = failureOnDevice(file, largest: 128)
    #expect(full.contains("out of memory on CUDA device 0") && full.contains("2 MiB asked for, 3 of 8 MiB"), "\(full)")
    #expect(full.contains("lower the largest batch"))
    #expect(try FakeLibrary.count("fake_balance", in: file) == 0)
  }
  @Test func aDeviceThatBreaks() throws {
    let broken = failureOnDevice(try library.build("cudart.c", "-DFAILS=\"broken\""))
    #expect(broken.contains("waiting for the device failed (CUDA error 719: unspecified launch failure)"), "\(broken)")
  }
  /// The library that Scripts/setup installs.
  @Test func providerOfCUDA() throws {
    let file = try library.build("cudart.c")
    let said = failureOnDevice(file, computesThere: true)
    #expect(said.contains("this library of ONNX Runtime is built without CUDA"), "\(said)")
    #expect(said.contains("onnxruntime-gpu 1.28.0") && said.contains("setup-cuda"))
    #expect(try FakeLibrary.count("fake_balance", in: file) == 0)
  }

  // MARK: Plugins

  private func openPlugin(_ file: String?, on place: DevicePlace = .processor) throws -> DeviceEngine {
    try DeviceEngineChoice(.torch, on: place, plugin: file).open(
      model: batches.model, largestBatch: 8, runtime: batches.runtime)
  }

  @Test func plugins() throws {
    let absent = failure { _ = try openPlugin("\(library.directory)/absent.so") }
    #expect(absent.contains("the plugin cannot be read, \(library.directory)/absent.so"), "\(absent)")
    let text = "\(library.directory)/text.so"
    try "no library".write(toFile: text, atomically: true, encoding: .utf8)
    #expect(failure { _ = try openPlugin(text) }.contains("the plugin cannot be loaded ("))
    let other = failure { _ = try openPlugin(try OnnxLibrary.locate()) }
    #expect(other.contains("exports no offramp_engine, so it is no plugin"), "\(other)")
    let unnamed = failure { _ = try openPlugin(try library.build("plugin.c", "-DENTRY=other_engine")) }
    #expect(unnamed.contains("exports no offramp_engine"))
    let newer = failure { _ = try openPlugin(try library.build("plugin.c", "-DTABLE_VERSION=7")) }
    #expect(newer.contains("speaks version 7 of the engine table, this program version 2"), "\(newer)")
    let refuses = failure { _ = try openPlugin(try library.build("plugin.c", "-DREFUSES")) }
    #expect(refuses.contains("speaks another version of the engine table"), "\(refuses)")
  }
  @Test func aLibraryThatAPluginNeeds() throws {
    let needed = try library.build("needed.c", name: "libneeded.so")
    let file = try library.build("plugin.c", "-DNEEDS", needed)
    try FileManager.default.removeItem(atPath: needed)
    let said = failure { _ = try openPlugin(file) }
    #expect(said.contains("the plugin cannot be loaded (") && said.contains("libneeded.so"), "\(said)")
  }
  @Test func whatAPluginSaysIsOneLine() throws {
    let said = failure { _ = try openPlugin(try library.build("plugin.c"), on: .gpu(1)) }
    #expect(said.contains("the fake has no second device and says so in two lines"), "\(said)")
  }

  @Test func aPluginRuns() throws {
    var engine = try openPlugin(try library.build("plugin.c"))
    #expect(engine.name == "fake 1.0, processor" && engine.blockCount == 4)
    var batch = try engine.makeBatch()
    let rows = (0..<8).map {
      BatchJob.Row(task: TaskID(device: 0, number: $0), sample: $0, feature: batches.features[0][$0])
    }
    _ = try engine.append(rows, entering: 1, to: &batch)
    let before = try engine.values(of: 0..<8, in: batch, each: 4096)
    _ = try engine.run(block: 1, on: &batch)
    let after = try engine.values(of: 0..<8, in: batch, each: 256)
    let seen = try #require((0..<256).first { before[$0] != 0 })
    let scale = after[seen] / before[seen]
    for row in 0..<8 {
      let expected = before[row * 4096..<row * 4096 + 256].map { scale * $0 }
      #expect(Array(after[row * 256..<(row + 1) * 256]) == expected)
    }
    try engine.gather([6, 2, 3], of: &batch)
    let gathered = try engine.values(of: 0..<3, in: batch, each: 256)
    for (row, source) in [6, 2, 3].enumerated() {
      #expect(gathered[row * 256..<(row + 1) * 256] == after[source * 256..<(source + 1) * 256])
    }
    #expect(try engine.runHead(exit: 1, rows: 1..<3, of: batch).answers.count == 2)

    var executor = try BatchExecutor(
      engine: try openPlugin(try library.build("plugin.c"), on: .gpu(0)), profile: batches.profile, now: { .start })
    for seed in 0..<200 as Range<UInt64> {
      let job = batches.job(seed, largest: 8)
      let outcome = batches.outcome(of: job, &executor)
      #expect(outcome.failure == nil && outcome.answers.count == job.plan.members.count)
    }
  }

  @Test func places() {
    #expect(DevicePlace(text: "cpu") == .processor && DevicePlace(text: "0") == .gpu(0))
    #expect(DevicePlace(text: "255") == .gpu(255))
    for wrong in ["", "gpu", "-1", "+1", "256", "1.0", "cuda:0", "99999999999999999999"] {
      #expect(DevicePlace(text: wrong) == nil, "\(wrong)")
    }
  }
}
