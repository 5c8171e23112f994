/// A topology's models: the first, which has no name in the file, and those that groups choose by theirs.
struct NamedModels {
  var first: ModelFiles
  var further: [(name: String, files: ModelFiles)]

  /// In the order of their numbers.
  var all: [ModelFiles] { [first] + further.map(\.files) }
}
