import Glibc
import ZeroMQ

// One measurement on our binding; Scripts/bench/transport runs it beside the same in C and prints the ratios.
do {
  switch CommandLine.arguments.dropFirst().first {
  case "round-trip": print(try RoundTrip(count: 2000).medianMicroseconds())
  case "throughput": print(try Throughput(count: 2000).megabytesPerSecond())
  default:
    print("usage: transport-bench round-trip | throughput")
    exit(1)
  }
} catch {
  fail(error)
}

func fail(_ error: any Error) -> Never {
  print("error: \(error)")
  exit(2)
}
