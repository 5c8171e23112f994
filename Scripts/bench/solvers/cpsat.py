"""Solves instances with CP-SAT, in whole nanoseconds as they are. What may be fractional in HiGHS is 0 or 1 here."""

from ortools.sat.python import cp_model
from solving import SECONDS_ALLOWED, main


def prepare(program, file=None):
    model = cp_model.CpModel()
    columns = [model.new_int_var(lowest, highest, "") for lowest, highest, _, _ in program.columns]
    for terms, low, high, _ in program.rows:
        total = cp_model.LinearExpr.weighted_sum([columns[column] for column in terms], list(terms.values()))
        model.add_linear_constraint(total, cp_model.INT_MIN if low is None else low, high)
    model.maximize(cp_model.LinearExpr.sum([columns[x] for x in program.x.values()]))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = SECONDS_ALLOWED

    def run():
        status = solver.solve(model)
        found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        return status == cp_model.OPTIMAL, [solver.value(column) if found else 0 for column in columns]

    return run


main(prepare)
