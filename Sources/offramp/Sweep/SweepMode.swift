/// How points are run.
enum SweepMode: String, CaseIterable { case simulated, live }
