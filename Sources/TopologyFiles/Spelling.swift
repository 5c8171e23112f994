/// Guesses what a misspelt word was meant to be.
enum Spelling {
  /// The choice nearest to `word`, where one is near enough to be meant.
  static func nearest(to word: String, among choices: [String]) -> String? {
    guard word.utf8.count <= 64 else { return nil }
    let ranked = choices.map { ($0, distance(word.lowercased(), $0.lowercased())) }
    guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(1, best.0.count / 3) else { return nil }
    return best.0
  }
  /// `did you mean 'x'?` or the list of all choices.
  static func remedy(for word: String, among choices: [String], listing list: String) -> String {
    if let nearest = nearest(to: word, among: choices) { return "did you mean '\(nearest)'?" }
    return "\(list) \(choices.joined(separator: ", "))"
  }
  /// Levenshtein's distance. O(|left| · |right|).
  static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (i, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let substituted = diagonal + (character == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
