extension ExitAnswers.Answer {
  /// The answer that logits stand for. O(classes).
  ///
  /// A logit that is not finite (a device sent NaN, say) makes the confidence 0 and touches no other row: the greatest
  /// finite logit still names the class, class 0 where there is none.
  public init(logits: UnsafeBufferPointer<Float>) {
    guard let greatest = Self.greatest(of: logits) else {
      self.init(predicted: Self.greatestFinite(of: logits), confidence: 0)
      return
    }
    self.init(
      predicted: logits.firstIndex(of: greatest) ?? 0, confidence: 1 / Self.sumOfExponentials(logits, less: greatest))
  }

  /// So many logits are looked at together: as many as any x86-64 or 64-bit ARM processor has in a register.
  typealias Lanes = SIMD4<Float>

  /// nil where one is not finite, or there is none.
  private static func greatest(of logits: UnsafeBufferPointer<Float>) -> Float? {
    guard let first = logits.first else { return nil }
    var greatest = Lanes(repeating: first)
    // x - x is 0, or NaN where x is not finite; and a sum keeps a NaN.
    var doubt = Lanes.zero
    forEach(logits, padding: first) {
      greatest.replace(with: $0, where: $0 .> greatest)
      doubt += $0 - $0
    }
    return doubt.sum() == 0 ? greatest.max() : nil
  }
  private static func greatestFinite(of logits: UnsafeBufferPointer<Float>) -> Int {
    var best = 0
    var greatest = -Float.infinity
    for (index, logit) in logits.enumerated() where logit.isFinite && logit > greatest {
      (best, greatest) = (index, logit)
    }
    return best
  }
  /// Σ e^(logit - greatest). Taking the greatest off first keeps every exponent at most 0, so nothing overflows.
  private static func sumOfExponentials(_ logits: UnsafeBufferPointer<Float>, less greatest: Float) -> Double {
    var sums = SIMD4<Double>.zero
    forEach(logits, padding: -.infinity) { sums += SIMD4(exponentials(of: $0 - greatest)) }
    return sums.sum()
  }
  /// All `logits`, four after four; in the places that the last ones leave, `padding`.
  @inline(__always)
  private static func forEach(
    _ logits: UnsafeBufferPointer<Float>, padding: Float, _ body: (Lanes) -> Void
  ) {
    let bytes = UnsafeRawBufferPointer(logits)
    var place = 0
    while place + Lanes.scalarCount <= logits.count {
      body(bytes.loadUnaligned(fromByteOffset: place * MemoryLayout<Float>.stride, as: Lanes.self))
      place += Lanes.scalarCount
    }
    guard place < logits.count else { return }
    var rest = Lanes(repeating: padding)
    for lane in 0..<logits.count - place { rest[lane] = logits[place + lane] }
    body(rest)
  }
  /// e^x of x ≤ 0, right to a share of 2e-7 of it and the same on every machine; 0 where x < -87, where it is less than
  /// 1.7e-38.
  ///
  /// For ten classes it takes as long as the C library's when that has its table in the caches, which it has not after a
  /// block, and for a thousand half as long.
  @inline(__always)
  static func exponentials(of x: Lanes) -> Lanes {
    let isNothing = x .< -87
    let x = x.replacing(with: -87, where: isNothing)
    // x = n·ln 2 + r: adding 1.5·2^23 rounds to a whole n, and leaves it in the lowest bits.
    let rounding = Lanes(repeating: 12_582_912)
    let shifted = x * 1.44269504 + rounding
    let n = shifted - rounding
    // ln 2 in two parts, of which the first has so few digits that its product with n is exact.
    let r = (x - n * 0.693359375) + n * 2.12194440e-4
    // The series of e^r; at |r| ≤ ln 2 / 2 what is left off is less than 6e-9.
    var sum = Lanes(repeating: 1 / 5040)
    sum = sum * r + 1 / 720
    sum = sum * r + 1 / 120
    sum = sum * r + 1 / 24
    sum = sum * r + 1 / 6
    sum = sum * r + 0.5
    sum = sum * r + 1
    sum = sum * r + 1
    // 2^n by its bits.
    let exponents = (SIMD4<Int32>(bits: shifted) &- SIMD4<Int32>(bits: rounding) &+ 127) &<< 23
    return (sum * Lanes(bits: exponents)).replacing(with: 0, where: isNothing)
  }
}

extension SIMD4<Int32> {
  @inline(__always) fileprivate init(bits of: SIMD4<Float>) { self = unsafeBitCast(of, to: Self.self) }
}
extension SIMD4<Float> {
  @inline(__always) fileprivate init(bits of: SIMD4<Int32>) { self = unsafeBitCast(of, to: Self.self) }
}
