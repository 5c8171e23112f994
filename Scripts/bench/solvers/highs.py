"""Solves instances with HiGHS. Times stand in milliseconds there, so that columns and rows are of like size."""

import highspy
from solving import SECONDS_ALLOWED, main

NANOSECONDS = {"ns": 1e-6, "tasks": 1}  # in a row's or column's unit
OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "time_limit": float(SECONDS_ALLOWED),
    "mip_rel_gap": 0.0,
    "mip_feasibility_tolerance": 1e-9,
    "primal_feasibility_tolerance": 1e-9,
}


def prepare(program, file=None):
    highs = highspy.Highs()
    for name, value in OPTIONS.items():
        highs.setOptionValue(name, value)
    for index, (lowest, highest, whole, unit) in enumerate(program.columns):
        highs.addVar(lowest * NANOSECONDS[unit], highest * NANOSECONDS[unit])
        if whole and unit == program.COUNT:
            highs.changeColIntegrality(index, highspy.HighsVarType.kInteger)
    for terms, low, high, unit in program.rows:
        low = -highspy.kHighsInf if low is None else low * NANOSECONDS[unit]
        factors = [in_row(program, column, factor, unit) for column, factor in terms.items()]
        highs.addRow(low, high * NANOSECONDS[unit], len(terms), list(terms), factors)
    for x in program.x.values():
        highs.changeColCost(x, 1.0)
    highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    if file:
        highs.writeModel(file)

    def run():
        highs.run()
        values = highs.getSolution().col_value or [0] * len(program.columns)
        return highs.getModelStatus() == highspy.HighsModelStatus.kOptimal, values

    return run


def in_row(program, column, factor, unit):
    """A row in milliseconds has a time's own factor as it is and everything else's in milliseconds."""
    return factor * NANOSECONDS[unit] / NANOSECONDS[program.columns[column][3]]


main(prepare)
