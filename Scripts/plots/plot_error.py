"""The one error that ends a drawing with a line for the user."""


class PlotError(Exception):
    """One line: what, where; what to do."""
