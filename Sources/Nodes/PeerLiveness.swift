/// Who is alive, on every link: any message counts as life, and a beat goes out this often whatever else is said.
public enum PeerLiveness {
  public static let beat = Duration.milliseconds(250)
  /// A longer silence is death: eight beats, because a busy or stolen machine may stop a healthy process for a second.
  public static let patience = Duration.seconds(2)
}
