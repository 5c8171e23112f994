public import EdgeModel
import TraceLog

/// Many devices in one process: each event goes to the device it names, and what that device wants is passed on.
public struct DeviceEmulator: Node {
  public typealias Inbound = Device.Inbound
  public typealias Outbound = Device.Outbound
  public struct Timer: Hashable, Sendable {
    var device: DeviceID
    var timer: Device.Timer
  }

  private var devices: [Device]
  /// Where each device is in `devices`, from the one with the least number on; -1 for those that are not here.
  private let position: [Int]
  private let firstNumber: Int
  private var isFinished: [Bool]
  private var unfinished: Int
  private var inner = Effects<Device>()

  /// At least one device; ids are unique.
  public init(_ devices: [Device]) {
    self.devices = devices
    let numbers = devices.map(\.id.number)
    firstNumber = numbers.min() ?? 0
    var position = [Int](repeating: -1, count: (numbers.max() ?? 0) - firstNumber + 1)
    for (index, number) in numbers.enumerated() {
      precondition(position[number - firstNumber] < 0, "ids are unique")
      position[number - firstNumber] = index
    }
    self.position = position
    isFinished = devices.map { _ in false }
    unfinished = devices.count
  }

  public mutating func handle(_ event: Event<Self>, at now: Instant, _ effects: inout Effects<Self>) {
    switch event {
    case .started: for index in devices.indices { pass(.started, to: index, at: now, &effects) }
    case .stopped(let cause):
      for index in devices.indices { pass(.stopped(cause: cause), to: index, at: now, &effects) }
    case .received(let message):
      guard let index = index(of: message.device) else {
        effects.record(
          .messageRejected(from: "", reason: "a message for device \(message.device.number), which is not here"))
        return
      }
      pass(.received(message), to: index, at: now, &effects)
    case .fired(let timer, let planned):
      guard let index = index(of: timer.device) else { preconditionFailure("a timer of a device that is not here") }
      pass(.fired(timer.timer, planned: planned), to: index, at: now, &effects)
    }
    if unfinished == 0 { effects.finish() }
  }

  private func index(of device: DeviceID) -> Int? {
    let (place, overflow) = device.number.subtractingReportingOverflow(firstNumber)
    guard !overflow, position.indices.contains(place), position[place] >= 0 else { return nil }
    return position[place]
  }

  private mutating func pass(_ event: Event<Device>, to index: Int, at now: Instant, _ effects: inout Effects<Self>) {
    inner.removeAll()
    devices[index].handle(event, at: now, &inner)
    for message in inner.outbound { effects.send(message) }
    for (timer, instant) in inner.timers { effects.fire(Timer(device: devices[index].id, timer: timer), at: instant) }
    for record in inner.records { effects.record(record) }
    if inner.isFinished, !isFinished[index] {
      isFinished[index] = true
      unfinished -= 1
    }
  }
}

extension Device.Inbound {
  /// The device this is for.
  var device: DeviceID {
    switch self {
    case .downlink(let message): message.device
    case .result(let result): result.task.device
    case .featureReady(let task, _, _): task.device
    }
  }
}
