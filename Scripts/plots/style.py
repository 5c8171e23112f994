"""Colours and settings that all figures share. The colours are those of Okabe and Ito, which colour-blind readers can
tell apart; groups and outcomes have none in common. Exits and blocks go from light to dark. Lines differ in their dashes
too, for print in grey. Files hold no dates and carry their letters, so the same tables give the same bytes everywhere."""

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
# Solid, dashed, dash-dotted, dotted, and so on.
DASHES = ["-", (0, (3.5, 1.3)), (0, (5, 1.3, 1, 1.3)), (0, (1, 1.2)), (0, (3, 1, 1, 1, 1, 1))]
DEFERRED = "#56B4E9"
PROMISED = "#222222"


def apply():
    plt.rcParams.update(
        {
            "font.size": 10,
            "figure.dpi": 110,
            "savefig.dpi": "figure",
            "axes.titlesize": 11,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
            "legend.fontsize": 9,
            "figure.constrained_layout.use": True,
            "svg.hashsalt": "offramp",
            # As outlines: the file needs no font of its reader.
            "svg.fonttype": "path",
            "pdf.fonttype": 42,
        }
    )


def for_paper():
    """Settings for figures as wide as a column of a two-column paper, at their printed size."""
    return plt.rc_context(
        {
            "font.size": 8,
            "axes.labelsize": 8,
            "axes.titlesize": 8,
            "axes.titleweight": "normal",
            "axes.titlelocation": "center",
            "axes.linewidth": 0.6,
            "xtick.labelsize": 7,
            "ytick.labelsize": 7,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "legend.fontsize": 7,
            "lines.linewidth": 1.2,
            "lines.markersize": 3.5,
            # A figure keeps this; what is read when it is saved would be lost by then.
            "figure.dpi": 300,
        }
    )


def save(figure, file, form):
    """Writes and forgets the figure; `file` is a path or an open file."""
    dates = {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[form]
    figure.savefig(file, format=form, metadata=dates)
    plt.close(figure)


def group_dashes(index):
    return DASHES[index % len(DASHES)]


def group_color(index):
    return GROUPS[index % len(GROUPS)]


def steps(count):
    """`count` purples from light to dark."""
    return [plt.get_cmap("Purples")(0.25 + 0.7 * (index + 0.5) / count) for index in range(count)]


def text_on(color):
    """Black or white, whichever is readable on `color`."""
    red, green, blue = matplotlib.colors.to_rgb(color)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "white"
