"""Colours and settings that all figures share. The colours are those of Okabe and Ito, which colour-blind readers can
tell apart; groups and outcomes have none in common. Exits and blocks go from light to dark."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

GROUPS = ["#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#000000", "#999999"]
OUTCOMES = {
    "completed": "#009E73",
    "late": "#F0E442",
    "refused": "#C4C4C4",
    "expired": "#D55E00",
    "lost": "#000000",
}
DEFERRED = "#56B4E9"
PROMISED = "#222222"


def apply():
    plt.rcParams.update(
        {
            "font.size": 10,
            "axes.titlesize": 11,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
            "legend.fontsize": 9,
            "figure.constrained_layout.use": True,
            "svg.hashsalt": "offramp",
            "svg.fonttype": "none",
            "pdf.fonttype": 42,
        }
    )


def group_color(index):
    return GROUPS[index % len(GROUPS)]


def steps(count):
    """`count` purples from light to dark."""
    return [plt.get_cmap("Purples")(0.25 + 0.7 * (index + 0.5) / count) for index in range(count)]


def text_on(color):
    """Black or white, whichever is readable on `color`."""
    red, green, blue = matplotlib.colors.to_rgb(color)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "white"
