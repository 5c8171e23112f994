"""CSV files read strictly: every row has the header's fields, and a number is a finite number."""

import csv
import math

from plot_error import PlotError


def read_rows(path, required, remedy):
    """The header, and (line, {column: text}) of each row. `remedy` says what to do where the file is not good."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = list(reader.fieldnames or [])
            check_header(columns, path, required, remedy)
            rows = [(reader.line_num, whole(row, reader.line_num, path, remedy)) for row in reader]
    except FileNotFoundError:
        raise PlotError(f"missing, {path}; {remedy}") from None
    except (OSError, ValueError, csv.Error) as reason:
        raise PlotError(f"cannot be read ({reason}), {path}; {remedy}") from None
    return columns, rows


def check_header(columns, path, required, remedy):
    if not columns:
        raise PlotError(f"the file is empty, {path}; {remedy}")
    missing = [column for column in required if column not in columns]
    if missing:
        raise PlotError(f"no column {missing[0]}, {path}; {remedy}")
    twice = [column for column in columns if columns.count(column) > 1]
    if twice:
        raise PlotError(f"two columns {twice[0]}, {path}; {remedy}")


def whole(row, line, path, remedy):
    if None in row or None in row.values():
        raise PlotError(f"other fields than the header's, {path} line {line}; {remedy}")
    return row


def number(text, path, line, column, remedy):
    """None for an empty field."""
    if text == "":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise PlotError(f"'{text}' is no number, {path} line {line}, column {column}; {remedy}")
    return value
