public import EdgeModel
public import Inference
import ZeroMQ

/// A thread beside a node's loop: jobs go in through a bounded queue, replies come back through a mailbox that stands in
/// the loop's poll set. One for each engine instance, for the policy, for the devices' stem.
public final class WorkThread<Job: Sendable, Reply: Sendable>: Sendable {
  let replies: Mailbox<Reply>
  private let jobs: JobQueue<Job>
  private let thread: JoinableThread

  /// Starts the thread in `body`, which makes what it needs, takes jobs until there are none, and returns.
  init(
    name: String, bound: Int, _ body: @escaping @Sendable (WorkBench<Job, Reply>) -> Void
  ) throws(NodeFailure) {
    do throws(ZeroMQError) {
      let (jobs, replies) = (try JobQueue<Job>(bound: bound), try Mailbox<Reply>())
      (self.jobs, self.replies) = (jobs, replies)
      thread = try spawnThread(name: name) { body(WorkBench(jobs: jobs, replies: replies)) }
    } catch { throw NodeFailure(error) }
  }
  /// False when the queue is full.
  func add(_ job: Job) -> Bool { jobs.add(job) }
  /// Ends the thread after the job it is at.
  func end() {
    jobs.close()
    // A thread that waits for room in its mailbox must not wait for ever.
    _ = replies.take()
    thread.join()
  }
}

/// The thread's side of a `WorkThread`.
public struct WorkBench<Job: Sendable, Reply: Sendable>: Sendable {
  let jobs: JobQueue<Job>
  let replies: Mailbox<Reply>
  /// Waits for the next job; nil when the thread is to end.
  public func next() -> Job? { jobs.next() }
  /// The same, but only the newest of the jobs that wait.
  func newest() -> Job? { jobs.newest() }
  public func post(_ reply: Reply) { replies.post(reply) }
}

extension WorkBench<BatchJob, EngineReply> {
  // For these very types, which other modules cannot have the compiler make them for: looked up at run time they took an
  // engine's thread longer than all else about a reply.
  public func next() -> BatchJob? { jobs.next() }
  /// Whether a batch waits for the one that the engine is at.
  public var anotherWaits: Bool { jobs.hasJob }
  public func post(_ reply: EngineReply) { replies.post(reply) }
  /// Spares the engine waking the loop where that is seen in time all the same; whether it has to look now.
  public func post(_ event: BatchEvent, _ timing: ReportTiming) -> Bool {
    replies.post(.event(event), due: timing.due, next: timing.next)
  }
}
