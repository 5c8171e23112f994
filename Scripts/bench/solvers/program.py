"""A frame as an integer program: maximise the number of x that are 1. Whole numbers only, times in nanoseconds.

`direct` writes the model down: one binary y[n, b] for each size b of the batch that enters block n, and a constraint
with a large constant for each deadline. `strong` is the fastest of those tried on the whole:
* y[n, b] says that b or more tasks enter block n, so y[n, b] >= y[n, b + 1], and y[n, b] >= y[n + 1, b]. Where latency
  is linear y[n, 1] alone is needed, for beta. x_k <= y[n, 1] for each k that runs block n.
* Deadlines of one exit form a mixing set, which has an ideal formulation: in order T_1 < T_2 < ..., w_i >= w_(i-1) says
  that a task with deadline T_i or earlier is taken, and t + D_n + sum of (T_(i+1) - T_i) w_i <= latest deadline.
Both bound t and let only tasks in that are feasible alone. Also tried, and faster on some classes but slower on others:
a dominated task requires those that dominate it; binaries in place of the continuous w and y[n, 1]; in CP-SAT enforced
deadlines, a maximum for y[n, 1] and element constraints for tables.
"""

FORMULATIONS = ("direct", "strong")


class Program:
    """Columns (lowest, highest, is whole, unit) and rows ({column: factor}, lowest sum or None, highest sum, unit)."""

    TIME, COUNT = "ns", "tasks"

    def __init__(self, frame, formulation):
        self.frame, self.columns, self.rows = frame, [], []
        self.x = {task.id: self.column(0, 1) for task in frame.tasks}
        self.t = self.column(frame.earliest, self.latest_start(), unit=self.TIME)
        self.at_most({self.x[task.id]: task.upload for task in frame.tasks} | {self.t: -1}, 0, self.TIME)
        if frame.most < len(frame.tasks):
            self.at_most({x: 1 for x in self.x.values()}, frame.most)
        depths = self.depths(self.sizes if formulation == "direct" else self.levels)
        for number, depth in enumerate(depths, start=1):
            members = [task for task in frame.tasks if task.exit == number]
            (self.large_constants if formulation == "direct" else self.mixing_set)(members, depth)

    # Parts

    def column(self, lowest, highest, whole=True, unit=COUNT):
        self.columns.append((lowest, highest, whole, unit))
        return len(self.columns) - 1

    def at_most(self, terms, bound, unit=COUNT):
        self.rows.append((terms, None, bound, unit))

    def latest_start(self):
        """No task alone could start later."""
        blocks = self.frame.blocks
        alone = [task.deadline - sum(block.latency[1] for block in blocks[: task.exit]) for task in self.frame.tasks]
        return min(self.frame.latest, max(alone))

    # Latencies: for each block n the terms of D_n

    def depths(self, latency):
        depths, depth = [], {}
        self.above = None
        for number, block in enumerate(self.frame.blocks, start=1):
            members = [self.x[task.id] for task in self.frame.tasks if task.exit >= number]
            if members:
                depth = added(depth, latency(block, members))
            depths.append(depth)
        return depths

    def sizes(self, block, members):
        sizes = range(min(self.frame.most, len(members)) + 1)
        y = [self.column(0, 1) for _ in sizes]
        self.equal({column: 1 for column in y}, 1)
        self.equal({y[size]: size for size in sizes[1:]} | {x: -1 for x in members}, 0)
        return {y[size]: block.latency[size] for size in sizes[1:]}

    def levels(self, block, members):
        largest = min(self.frame.most, len(members))
        y = [self.column(0, 1, whole=not block.line) for _ in range(1 if block.line else largest)]
        for x in members:
            self.at_most({x: 1, y[0]: -1}, 0)
        for less, more in zip(y, y[1:]):
            self.at_most({more: 1, less: -1}, 0)
        for above, below in zip(self.above or [], y):
            self.at_most({below: 1, above: -1}, 0)
        self.above = y
        if block.line:
            return {x: block.line[0] for x in members} | {y[0]: block.line[1]}
        self.equal({column: 1 for column in y} | {x: -1 for x in members}, 0)
        return {column: block.latency[size + 1] - block.latency[size] for size, column in enumerate(y)}

    def equal(self, terms, value):
        self.rows.append((terms, value, value, self.COUNT))

    # Deadlines of one exit

    def large_constants(self, members, depth):
        latest = self.frame.latest_deadline
        for task in members:
            spare = {self.x[task.id]: latest - task.deadline}
            self.at_most(added(added(depth, {self.t: 1}), spare), latest, self.TIME)

    def mixing_set(self, members, depth):
        if not members:
            return
        latest = self.frame.latest_deadline
        deadlines = sorted({task.deadline for task in members} | {latest})
        w = {deadline: self.column(0, 1, whole=False) for deadline in deadlines[:-1]}
        steps = {w[early]: late - early for early, late in zip(deadlines, deadlines[1:])}
        self.at_most(added(depth, {self.t: 1}, steps), latest, self.TIME)
        for early, late in zip(deadlines, deadlines[1:-1]):
            self.at_most({w[early]: 1, w[late]: -1}, 0)
        for task in members:
            if task.deadline in w:
                self.at_most({self.x[task.id]: 1, w[task.deadline]: -1}, 0)


def added(*sums):
    total = {}
    for terms in sums:
        for column, factor in terms.items():
            total[column] = total.get(column, 0) + factor
    return total
