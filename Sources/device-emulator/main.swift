import EdgeModel
import Inference
import NodeCommands
import Nodes
import OnnxRuntime
import Terminal
import ZeroMQTransport

let flags = FlagSet(
  "device-emulator", "mobile devices: tasks arrive, features are computed, offered, uploaded; results are judged",
  [
    .standard("base-station", "ENDPOINT", "tcp://127.0.0.1:5600", "where the base station listens for devices"),
    .repeated("model", "DIR", "a model's directory, with its manifest; every model of the topology, in order"),
    .repeated("group", "GROUP", "a device group, name=…,first=…,count=…,…; every group of the topology, in order"),
    .optional("devices", "FIRST-LAST", "the devices this process carries; without it all of them"),
    .standard("seed", "N", "1", "of arrivals and inputs"),
    .required("duration", "TIME", "tasks arrive for this long"),
    .standard(
      "features", "stem|blank", "stem",
      "compute features with the model's stem, or send zeros (for workers that replay)"),
    .optional("library", "FILE", "ONNX Runtime's library, where Scripts/setup did not put it"),
    NodeProgram.clockFlag, NodeProgram.silenceFlag,
  ] + NodeProgram.commonFlags(name: "devices-0"))

/// The devices this process carries, as numbers.
func carried(_ values: FlagValues, of count: Int) throws(UsageError) -> ClosedRange<Int> {
  guard let text = values.optional("devices") else { return 0...count - 1 }
  let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
  guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first >= 0, first <= last,
    last < count
  else { throw values.fault("devices", "no range within 0-\(count - 1)") }
  return first...last
}

/// A model, and the images that devices send.
struct DeviceModel: Sendable {
  let manifest: ModelManifest
  let heldOut: HeldOutImages
  let labels: [UInt8]
  init(directory: String) throws(EngineError) {
    manifest = try ModelManifest(directory: directory)
    let heldOut = try HeldOutImages(manifest)
    self.heldOut = heldOut
    labels = (0..<heldOut.count).map { UInt8(heldOut.label(of: $0)) }
  }
}

func makeDevices(
  _ groups: [DeviceGroup], _ range: ClosedRange<Int>, _ models: [DeviceModel], seed: UInt64, duration: Duration
) throws -> [DeviceConfiguration] {
  let total = groups.reduce(0) { $0 + $1.count }
  var devices: [DeviceConfiguration] = []
  for group in groups {
    var replayed: [Int: [Instant]] = [:]
    let model = models[group.model.number]
    if case .replay(let file) = group.arrivals { replayed = try CSVColumns.arrivals(file) }
    for number in group.devices where range.contains(number) {
      devices.append(
        DeviceConfiguration(
          id: DeviceID(number), group: group, seed: seed, duration: duration,
          featureBytes: model.manifest.featureValues(entering: 1) * MemoryLayout<Float>.stride, labels: model.labels,
          quantum: UploadPacer.quantum(devices: total), replayed: replayed[number - group.firstDevice.number] ?? []))
    }
  }
  return devices
}

/// A model's stem; a class so that there can be a list of them.
final class Stem<Extractor: FeatureExtractor & ~Copyable> {
  var extractor: Extractor
  init(_ extractor: consuming Extractor) { self.extractor = extractor }
}

/// The stems' thread: a feature for each job.
func serve<Extractor: FeatureExtractor & ~Copyable>(
  _ bench: WorkBench<StemJob, StemReply>, _ models: [DeviceModel],
  _ make: (DeviceModel) throws(EngineError) -> Extractor
) {
  do throws(EngineError) {
    var stems: [Stem<Extractor>] = []
    for model in models {
      let stem = Stem(try make(model))
      // The first feature plans the engine's memory and takes longest.
      _ = try stem.extractor.feature(of: 0, entering: 1)
      stems.append(stem)
    }
    bench.post(.ready)
    while let job = bench.next() {
      let watch = Stopwatch()
      let feature = try stems[job.model.number].extractor.feature(of: job.sample, entering: 1)
      bench.post(.feature(job.task, feature, took: watch.elapsed))
    }
  } catch { bench.post(.failed(error.description)) }
}

NodeProgram.main(flags) { values in
  let groups = try NodeProgram.groups(values)
  let range = try carried(values, of: groups.reduce(0) { $0 + $1.count })
  let models = try values.all("model").map { (directory) throws(EngineError) in try DeviceModel(directory: directory) }
  guard groups.allSatisfy({ models.indices.contains($0.model.number) }) else {
    throw values.fault("model", "given \(models.count) times, fewer than the groups need")
  }
  let devices = try makeDevices(
    groups, range, models, seed: try values.seed("seed"),
    duration: try values.duration("duration", atLeast: .milliseconds(1)))
  let library = values.optional("library")
  let computesFeatures = values.text("features") != "blank"
  guard computesFeatures || values.text("features") == "blank", ["stem", "blank"].contains(values.text("features"))
  else {
    throw values.fault("features", "neither stem nor blank")
  }
  let setup = EmulatorSession.Setup(
    identity: try NodeProgram.identity(values), station: values.text("base-station"), devices: devices,
    patience: try values.duration("patience", atLeast: .seconds(1)),
    silence: try values.duration("silence", atLeast: .seconds(1)), probesClock: values.has("probe-clock"),
    stem: { bench in
      if computesFeatures {
        serve(bench, models) { (model) throws(EngineError) in
          try StemEngine(
            model: model.manifest, heldOut: model.heldOut,
            runtime: try OnnxRuntime.open(OnnxRuntime.Settings(library: library)))
        }
      } else {
        serve(bench, models) { (model) throws(EngineError) in BlankFeatures(model: model.manifest) }
      }
    })
  try EmulatorSession.run(setup, in: try NodeProcess(name: "devices"))
}
