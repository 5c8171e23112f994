"""Colour, dashes and marker of each policy: the same in every figure, and told apart in grey by dashes and marker."""

from style import DASHES

BLACK, ORANGE, SKY, GREEN, BLUE, RED, PURPLE, GREY = (
    "#000000 #E69F00 #56B4E9 #009E73 #0072B2 #D55E00 #CC79A7 #888888".split()
)
SOLID, DASHED, DASHDOT, DOTTED, MIXED = DASHES

# Those often drawn together have no colour in common.
STYLES = {
    "tree-search": (BLUE, SOLID, "o"),
    "exit-aware-shelf-packing": (RED, DASHED, "^"),
    "best-shelf-packing": (GREEN, DASHDOT, "D"),
    "conventional": (BLACK, DOTTED, "s"),
    "no-batching": (GREY, DASHDOT, "v"),
    "dynamic-batching": (ORANGE, MIXED, "P"),
    "equal-share": (PURPLE, DASHED, "X"),
    "earliest-deadline-first": (SKY, DASHDOT, "<"),
    "no-early-exit": (GREEN, DASHED, "h"),
    "slotted-tree-search": (BLUE, DASHED, ">"),
    "adaptive-batching": (ORANGE, SOLID, "p"),
    "aimd-batching": (PURPLE, DASHDOT, "d"),
    "external": (BLACK, SOLID, "*"),
}
OTHERS = [style for style in STYLES.values()][::-1]


def styles_of(policies):
    """A style for each; unknown names get what the known ones leave."""
    taken = {policy: STYLES[policy] for policy in policies if policy in STYLES}
    free = [style for style in OTHERS if style not in taken.values()]
    unknown = [policy for policy in policies if policy not in STYLES]
    return taken | {policy: (free or OTHERS)[place % len(free or OTHERS)] for place, policy in enumerate(unknown)}
