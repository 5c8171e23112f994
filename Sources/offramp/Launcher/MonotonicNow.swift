import Inference

/// CLOCK_MONOTONIC [ns]: the nodes' clock.
func monotonicNow() -> Int64 { Stopwatch.monotonicNanoseconds() }
