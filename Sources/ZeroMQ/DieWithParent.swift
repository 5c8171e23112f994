import CZeroMQ

/// Has the kernel kill this process when the thread that started it ends, so that no launcher's end leaves a node behind.
public func dieWithParent() { offramp_die_with_parent() }
