import EdgeModel

/// Which exits a policy lets tasks leave at.
enum ExitUse: Sendable {
  /// e_k = min{n : Acc_n ≥ A_k}, the first exit that is good enough. Measured accuracies need not rise with depth.
  case firstGoodEnough
  /// Every task runs all blocks (batching without early exit), and must find the last exit good enough.
  case last

  /// The exit at which `task` leaves a backbone of `blocks`, from 1; nil where none will do. O(blocks).
  func exit(of task: FrameTask, in blocks: [BlockProfile]) -> Int? {
    let least = max(task.entry, self == .last ? blocks.count : 1)
    switch task.requirement {
    case .exit(let exit):
      return exit >= 1 && task.entry <= exit && exit <= blocks.count ? max(exit, least) : nil
    case .accuracy(let required):
      guard least >= 1, least <= blocks.count else { return nil }
      return (least...blocks.count).first { blocks[$0 - 1].accuracy.map { $0 >= required } ?? false }
    }
  }
}
