import Allocation
public import EdgeModel
import Units
import ZeroMQ

/// The policy `external`: a user's scheduler behind a REP socket, asked for one frame at a time.
///
/// One request holds one instance as JSON (`AllocationInstance`), one reply the answer to it. The scheduler may be
/// slow, gone, restarted or wrong: whatever it does costs at most the frames it was asked for. Owned by one thread.
public struct ExternalScheduler: ~Copyable {
  /// Why there is no allocation; one line for people, however long the scheduler's own words are.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ words: String) {
      let line = words.prefix(300).map { $0.isNewline || $0 < " " || $0 == "\u{7F}" ? " " : $0 }
      description = String(line)
    }
  }

  /// Largest answer; libzmq drops the connection of a scheduler that sends more. About 150 bytes go to one grant.
  private static let largestAnswer = 8 << 20
  /// Requests that wait for a scheduler which does not read them, beside those in the kernel's buffers.
  private static let mostWaiting = 2

  private let socket: Socket
  private let timer: TimerDescriptor
  private var poll: PollSet
  private let socketIndex: Int
  private let timerIndex: Int
  /// Of the descriptor that says a newer frame waits, where there is one.
  private let jobsIndex: Int?

  /// Connects to `endpoint`, whether or not anybody listens there yet.
  /// - Throws: where the text is no endpoint, or the process has no descriptors left.
  public init(endpoint: String) throws(NodeFailure) {
    do throws(ZeroMQError) { self = try ExternalScheduler(opening: endpoint) } catch { throw NodeFailure(error) }
  }

  private init(opening endpoint: String, jobs: Int32? = nil) throws(ZeroMQError) {
    var options = SocketOptions()
    options.maxMessageBytes = Self.largestAnswer
    options.maxParts = 1
    options.sendHighWaterMark = Self.mostWaiting
    let socket = try Socket(try Context(), .req, options)
    try socket.connect(endpoint)
    let timer = try TimerDescriptor()
    var poll = PollSet()
    socketIndex = poll.add(socket)
    timerIndex = poll.add(descriptor: timer.descriptor)
    self.socket = socket
    jobsIndex = jobs.map { poll.add(descriptor: $0) }
    self.timer = timer
    self.poll = poll
  }

  /// What the scheduler allocates for `frame`, waited for at most `patience`. Its promises are not checked here.
  /// - Throws: where nobody answers in time, or the answer cannot be read.
  public mutating func allocate(_ frame: FrameState, within patience: Duration) throws(Failure) -> FrameAllocation {
    try ask(frame, within: patience, unless: { false })
  }

  /// The policy's thread: asks for frame after frame until there are none, and says of each what came of it.
  ///
  /// It waits at most `patience`, and no longer than until the next frame is to be decided, so that a scheduler that has
  /// died never keeps a newer frame waiting.
  public static func serve(
    _ bench: WorkBench<FrameState, PolicyReply>, at endpoint: String, within patience: Duration
  ) {
    var scheduler: ExternalScheduler
    do throws(ZeroMQError) {
      scheduler = try ExternalScheduler(opening: endpoint, jobs: bench.jobs.descriptor)
    } catch {
      while let frame = bench.newest() { bench.post(.failed(error.description, frame: frame.frame)) }
      return
    }
    while let frame = bench.newest() {
      let asked = monotonicNow()
      do throws(Failure) {
        let allocation = try scheduler.ask(frame, within: patience, unless: { bench.jobs.hasNews })
        bench.post(.allocated(allocation, frame: frame.frame, took: .nanoseconds(monotonicNow() - asked)))
      } catch {
        bench.post(.failed(error.description, frame: frame.frame))
      }
    }
  }

  // MARK: One exchange

  private mutating func ask(
    _ frame: FrameState, within patience: Duration, unless hasNews: () -> Bool
  ) throws(Failure) -> FrameAllocation {
    timer.arm(at: monotonicNow() + patience.nanoseconds)
    try send(
      [Part(copying: AllocationInstance(frame).utf8)],
      orWait: { (scheduler) throws(Failure) in
        try scheduler.wait(patience, unless: hasNews, else: "nobody takes requests")
      })
    while true {
      if let answer = try receive() { return try read(answer, frame) }
      try wait(patience, unless: hasNews, else: "no answer")
    }
  }

  private mutating func send(
    _ request: Message, orWait wait: (inout ExternalScheduler) throws(Failure) -> Void
  ) throws(Failure) {
    poll.setWantsWrite(true, at: socketIndex)
    while true {
      do throws(ZeroMQError) {
        if try socket.send(request) == .sent { break }
      } catch { throw Failure(error.description) }
      try wait(&self)
    }
    poll.setWantsWrite(false, at: socketIndex)
  }

  private func receive() throws(Failure) -> Message? {
    do throws(ZeroMQError) { return try socket.receive() } catch { throw Failure(error.description) }
  }

  /// Until there is something to look at.
  /// - Throws: `complaint` when the time is up, or it no longer matters.
  private mutating func wait(
    _ patience: Duration, unless hasNews: () -> Bool, else complaint: String
  ) throws(Failure) {
    do throws(ZeroMQError) { try poll.wait() } catch { throw Failure(error.description) }
    if let jobsIndex, poll.isReadable(jobsIndex), hasNews() { throw Failure("\(complaint) before the next frame") }
    if poll.isReadable(timerIndex), timer.acknowledge() { throw Failure("\(complaint) within \(patience.inWords)") }
  }

  private func read(_ answer: Message, _ frame: FrameState) throws(Failure) -> FrameAllocation {
    do throws(InstanceError) {
      return try answer[0].withUnsafeBytes { (bytes) throws(InstanceError) in
        try AllocationAnswer.allocation(utf8: bytes, of: frame)
      }
    } catch { throw Failure("its answer: \(error)") }
  }
}
