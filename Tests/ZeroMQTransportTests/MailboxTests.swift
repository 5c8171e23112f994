import EdgeModel
import Glibc
import Synchronization
import Testing
import ZeroMQ

@testable import ZeroMQTransport

@Suite struct MailboxTests {
  private func isReadable(_ mailbox: Mailbox<Int>) -> Bool {
    var item = pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&item, 1, 0) == 1
  }

  @Test func whatNobodyWaitsForWakesNobodyAndComesWithTheNext() throws {
    let mailbox = try Mailbox<Int>()
    #expect(!mailbox.post(1, due: .distantFuture) && !mailbox.post(2, due: .distantFuture))
    #expect(!isReadable(mailbox))
    #expect(mailbox.post(3) && isReadable(mailbox))
    #expect(mailbox.post(4), "it is told already, and has not looked")
    #expect(mailbox.take() == [1, 2, 3, 4])
    #expect(!isReadable(mailbox))
    // Taken before its turn, it is gone, and the next one is told of all the same.
    mailbox.post(5, due: .distantFuture)
    #expect(mailbox.take() == [5])
    #expect(mailbox.post(6) && isReadable(mailbox) && mailbox.take() == [6])
  }

  /// What is due at 5: the poster's next one may come by then, or the loop look by itself, and nobody is woken; the first
  /// that is due counts for all that wait.
  @Test func nobodyIsWokenWhereItIsSeenInTimeAllTheSame() throws {
    func at(_ seconds: Double) -> Instant { Instant(seconds: seconds) }
    let mailbox = try Mailbox<Int>()
    #expect(!mailbox.post(1, due: at(5), next: at(5)))
    #expect(mailbox.post(2, due: .distantFuture, next: at(6)), "the first would wait too long")
    #expect(mailbox.take() == [1, 2])
    #expect(!mailbox.post(3, due: at(7), next: at(6)), "nothing of what was taken counts")
    _ = mailbox.take()

    #expect(mailbox.willLook(at: at(5)))
    #expect(!mailbox.post(4, due: at(5)))
    #expect(mailbox.post(5, due: at(4)))
    #expect(mailbox.willLook(at: .distantFuture), "it has been told")
    #expect(mailbox.take() == [4, 5])

    #expect(mailbox.willLook(at: at(5)))
    #expect(!mailbox.post(6, due: at(5)) && !isReadable(mailbox))
    #expect(!mailbox.willLook(at: .distantFuture), "somebody relied on its looking")
    #expect(mailbox.take() == [6])
    #expect(mailbox.willLook(at: .distantFuture) && mailbox.post(7, due: at(5)))
  }

  /// A signal comes a moment after the loop was told; one that finds the loop awake and gone ends one sleep, not all.
  @Test(arguments: 0..<5 as Range<UInt64>) func aSignalThatComesLateIsTakenUp(seed: UInt64) throws {
    let count = 20_000
    let mailbox = try Mailbox<Int>()
    let poster = try spawnThread(name: "poster") { for number in 0..<count { mailbox.post(number) } }
    // Awake all the time, as a loop that has other things to do.
    var taken = 0
    while taken < count { taken += mailbox.take().count }
    poster.join()
    _ = mailbox.take()
    #expect(!isReadable(mailbox))
  }

  /// A loop that sleeps until it is told, or until it has said that it would look, gets everything, in order, from a poster
  /// that fills the mailbox again and again, and nothing that is due waits for ever.
  @Test(arguments: 0..<20 as Range<UInt64>) func nothingIsLostOrLeftBehind(seed: UInt64) throws {
    let count = 2000
    let mailbox = try Mailbox<Int>(bound: 7)
    let poster = try spawnThread(name: "poster") {
      var random = RandomStream(seed: seed, device: 0, purpose: "poster")
      for number in 0..<count {
        // The last one has to be loud, or due.
        let isQuiet = number < count - 1 && Int.random(in: 0..<4, using: &random) > 0
        let due = Instant(nanoseconds: monotonicNow() + Int64.random(in: 0..<2_000_000, using: &random))
        mailbox.post(number, due: isQuiet ? .distantFuture : due)
      }
    }
    var random = RandomStream(seed: seed, device: 0, purpose: "loop")
    var taken: [Int] = []
    var some: [Int] = []
    var looks = 0
    while taken.count < count {
      let promises = Bool.random(using: &random)
      let look = Instant(nanoseconds: monotonicNow() + 1_000_000)
      if mailbox.willLook(at: promises ? look : .distantFuture) {
        var item = pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
        let told = poll(&item, 1, promises ? 1 : 30_000) == 1
        try #require(told || promises, "asleep with \(taken.count) of \(count)")
      }
      mailbox.take(into: &some)
      taken += some
      if !some.isEmpty { looks += 1 }
    }
    poster.join()
    #expect(taken == Array(0..<count))
    #expect(looks < count, "quiet ones came in company")
  }
}
