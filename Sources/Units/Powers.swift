#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `base` to the power `exponent`, by the C library's `pow`.
func exponentiate(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
