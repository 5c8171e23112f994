/// Values by key, in an array whose places are used again when a value is removed: an index stays right as long as its
/// value is there.
struct KeyedSlots<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// Those that are there at the places of `indices`; at the others, what was there last. Without removals all are there,
  /// in the order in which they were added.
  private(set) var values: [Value] = []
  private var index: [Key: Int] = [:]
  private var free: [Int] = []

  var count: Int { index.count }
  /// Where values are, in no order.
  var indices: [Int] { Array(index.values) }

  func index(of key: Key) -> Int? { index[key] }
  subscript(index: Int) -> Value {
    _read { yield values[index] }
    _modify { yield &values[index] }
  }

  /// Adds a value under a key that has none; returns its index.
  mutating func add(_ value: Value, for key: Key) -> Int {
    let place = free.popLast() ?? values.count
    if place == values.count { values.append(value) } else { values[place] = value }
    index[key] = place
    return place
  }
  mutating func remove(_ key: Key) {
    if let place = index.removeValue(forKey: key) { free.append(place) }
  }
}
