/// The numbers from `fewest` to `most`, those nearest to `middle` first, of two as near the lesser: in which order a search
/// tries its children, the relaxation's own choice in front. Allocates nothing.
struct NearestFirst: Sequence, IteratorProtocol {
  private let fewest: Int
  private let most: Int
  private let middle: Int
  private var step = 0

  /// Empty where `fewest` is more than `most`.
  init(to middle: Int, from fewest: Int, through most: Int) {
    (self.middle, self.fewest, self.most) = (middle, fewest, most)
  }

  mutating func next() -> Int? {
    let last = 2 * Swift.max(middle - fewest, most - middle, 0)
    while step <= last {
      let number = step.isMultiple(of: 2) ? middle + step / 2 : middle - (step + 1) / 2
      step += 1
      if number >= fewest, number <= most { return number }
    }
    return nil
  }
}
