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

  @Test func whatIsPostedQuietlyWakesNobodyAndComesWithTheNext() throws {
    let mailbox = try Mailbox<Int>()
    mailbox.post(1, quietly: true)
    mailbox.post(2, quietly: true)
    #expect(!isReadable(mailbox))
    mailbox.post(3)
    #expect(isReadable(mailbox))
    mailbox.post(4, quietly: true)
    #expect(Array(mailbox.take()) == [1, 2, 3, 4])
    #expect(!isReadable(mailbox))
    // Taken before its turn, it is gone, and the next one is told of all the same.
    mailbox.post(5, quietly: true)
    #expect(Array(mailbox.take()) == [5])
    mailbox.post(6)
    #expect(isReadable(mailbox) && Array(mailbox.take()) == [6])
  }

  /// A loop that sleeps until it is told gets everything, in order, from a poster that fills the mailbox again and again.
  @Test(arguments: 0..<20 as Range<UInt64>) func nothingIsLostOrLeftBehind(seed: UInt64) throws {
    let count = 2000
    let mailbox = try Mailbox<Int>(bound: 7)
    let poster = try spawnThread(name: "poster") {
      var state = seed &* 2 &+ 1
      for number in 0..<count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // The last one has to be loud.
        mailbox.post(number, quietly: number < count - 1 && state >> 60 < 12)
      }
    }
    var taken: [Int] = []
    var some: [Int] = []
    var looks = 0
    while taken.count < count {
      var item = pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
      try #require(poll(&item, 1, 30_000) == 1, "asleep with \(taken.count) of \(count)")
      mailbox.take(into: &some)
      taken += some
      looks += 1
    }
    poster.join()
    #expect(taken == Array(0..<count))
    #expect(looks < count, "quiet ones came in company")
  }
}
