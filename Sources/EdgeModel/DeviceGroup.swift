public import Units

/// Devices of one kind.
public struct DeviceGroup: Hashable, Sendable {
  public var name: String
  /// The first device's number; the group's devices are contiguous.
  public var firstDevice: DeviceID
  /// At least 1.
  public var count: Int
  /// What answers their tasks.
  public var model: ModelID
  /// Least accuracy of the exit that may answer, in 0...1.
  public var requiredAccuracy: Double
  /// From a task's generation to its result at the device.
  public var deadline: Duration
  public var arrivals: Arrivals
  public var channel: ChannelModel
  public var transmitPower: Watts
  /// Drawn while the device computes features.
  public var computePower: Watts
  public var exitRule: ExitRule
  /// What a task of these devices counts where the policy's objective is not throughput; positive.
  public var weight: Double
  public init(
    name: String, firstDevice: DeviceID = 0, count: Int, requiredAccuracy: Double, deadline: Duration,
    arrivals: Arrivals, channel: ChannelModel, transmitPower: Watts = Watts(0.2), computePower: Watts = Watts(1),
    exitRule: ExitRule = .assigned, weight: Double = 1, model: ModelID = 0
  ) {
    self.name = name
    self.firstDevice = firstDevice
    self.count = count
    self.model = model
    self.requiredAccuracy = requiredAccuracy
    self.deadline = deadline
    self.arrivals = arrivals
    self.channel = channel
    self.transmitPower = transmitPower
    self.computePower = computePower
    self.exitRule = exitRule
    self.weight = weight
  }
  public var devices: Range<Int> { firstDevice.number..<firstDevice.number + count }
}

/// When a device's tasks arrive.
public enum Arrivals: Hashable, Sendable {
  /// Every `period`, from a phase drawn once per device, uniform in the period.
  case periodic(period: Duration)
  /// A Poisson process of `rate` tasks per second and device.
  case poisson(rate: Double)
  /// From a CSV file with the columns `device,time_s`; devices counted within the group from 0.
  case replay(file: String)
}

/// Where a device's SNR per frame comes from. The SNR is that of the transmit power spread over the cell's whole
/// bandwidth, and stays when the device is given a part of it (power density is fixed, as in Liu et al.).
public struct ChannelModel: Hashable, Sendable {
  public enum Mean: Hashable, Sendable {
    /// Devices stand at distances drawn once, uniform over the ring's area; loss by `pathLoss`.
    case distance(from: Metres, to: Metres, pathLoss: PathLoss)
    /// Mean SNR drawn once per device, uniform in decibels.
    case snr(from: Decibels, to: Decibels)
    /// From a CSV file with the columns `device,frame,snr_db`; devices counted within the group from 0; after the last
    /// frame it begins again. No fading is added.
    case trace(file: String)
  }
  public enum Fading: String, Hashable, Sendable, CaseIterable {
    /// Power gain exponential with mean 1, drawn anew for each device and frame.
    case rayleigh
    case none
  }
  public var mean: Mean
  public var fading: Fading
  public init(_ mean: Mean, fading: Fading = .rayleigh) {
    self.mean = mean
    self.fading = fading
  }
}

/// Loss over distance d, carrier f [dB].
public enum PathLoss: String, Hashable, Sendable, CaseIterable {
  /// 3GPP TR 36.814, macro cell at 2 GHz: 128.1 + 37.6·log10(d / 1 km).
  case macro = "3gpp-36.814-macro"
  /// 3GPP TR 38.901, UMi street canyon without line of sight: 22.4 + 35.3·log10(d / 1 m) + 21.3·log10(f / 1 GHz), device
  /// at 1.5 m.
  case urbanMicro = "3gpp-38.901-umi-nlos"
}

/// One edge worker.
public struct WorkerDescription: Hashable, Sendable {
  public enum EngineChoice: String, Hashable, Sendable, CaseIterable {
    /// ONNX Runtime as fast as it goes.
    case onnxRuntime = "onnxruntime"
    /// ONNX Runtime's CUDA provider as fast as it goes, the batch on the GPU.
    case cuda
    /// libtorch as fast as it goes, by a plugin, the batch on the GPU.
    case torch
    /// ONNX Runtime for the answers, a latency table for the time.
    case paced
    /// A latency table for the time, the model's stored answers for the answers.
    case replay

    /// Whether its time is a latency table's, not its own.
    public var isEmulated: Bool { self == .paced || self == .replay }
    /// Whether it keeps its batches on a device.
    public var isOnDevice: Bool { self == .cuda || self == .torch }
  }
  public var name: String
  public var engine: EngineChoice
  /// Latency table of a paced or replayed engine, for model 0: a file's path; nil for the bare engine.
  public var latencyTable: String?
  /// Measured profile to load instead of measuring at readiness, for model 0; not for emulated engines.
  public var profile: String?
  /// The same for models 1, 2, …: tables or profiles, as the engine wants; nil: measure. Empty where there is one model.
  public var furtherTables: [String?]
  /// What its loaded models may take together [byte]: one that is not loaded is when a batch needs it, and others make
  /// room. nil: all stay loaded.
  public var memory: Int?
  /// Processors for its engine's threads alone, on its host; nil: all threads share what there is.
  public var cpus: CPUList?
  /// Where an engine on a device keeps its batches: a GPU's number, or `cpu`; nil: GPU 0.
  public var device: String?
  /// The plugin's file of the engine torch; nil: found by the worker.
  public var plugin: String?
  /// Threads the engine may use.
  public var threads: Int
  /// Batches it runs at the same time, each on an engine instance of its own; at least 1.
  public var instances: Int
  public var maxBatch: Int
  /// Where it listens for features; nil: a free port on loopback.
  public var endpoint: String?
  public init(
    name: String, engine: EngineChoice, latencyTable: String? = nil, profile: String? = nil, device: String? = nil,
    plugin: String? = nil, threads: Int = 1, instances: Int = 1, maxBatch: Int = 16, endpoint: String? = nil,
    furtherTables: [String?] = [], memory: Int? = nil, cpus: CPUList? = nil
  ) {
    self.cpus = cpus
    self.name = name
    self.engine = engine
    self.latencyTable = latencyTable
    self.profile = profile
    self.device = device
    self.plugin = plugin
    self.threads = threads
    self.instances = instances
    self.maxBatch = maxBatch
    self.endpoint = endpoint
    self.furtherTables = furtherTables
    self.memory = memory
  }

  /// The file that says how long each model's blocks take, model 0 first; nil where that is measured.
  public var tables: [String?] { [latencyTable ?? profile] + furtherTables }
}
