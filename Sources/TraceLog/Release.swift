/// This release of Offramp.
public enum Release {
  /// As `offramp --version` prints it and every trace's header holds it.
  public static let version = "0.1.0"
}
