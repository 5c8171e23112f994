public import Units

/// The uplink that a device is given for one task in one frame.
public struct UplinkGrant: Hashable, Sendable {
  public var task: TaskID
  public var frame: FrameID
  public var batch: BatchID
  public var worker: WorkerID
  public var bandwidth: Hertz
  /// bandwidth × spectral efficiency: the rate at which the device must pace its upload.
  public var rate: BitRate
  public var uploadStart: Instant
  /// When the last byte is due at the worker.
  public var uploadEnd: Instant
  /// The exit it will leave at, from 1.
  public var exit: Int
  public init(
    task: TaskID, frame: FrameID, batch: BatchID, worker: WorkerID, bandwidth: Hertz, rate: BitRate,
    uploadStart: Instant, uploadEnd: Instant, exit: Int
  ) {
    self.task = task
    self.frame = frame
    self.batch = batch
    self.worker = worker
    self.bandwidth = bandwidth
    self.rate = rate
    self.uploadStart = uploadStart
    self.uploadEnd = uploadEnd
    self.exit = exit
  }
}
