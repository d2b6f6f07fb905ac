"""The pictures of the gradient-checking notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from utils.plotting.axes import Array, AxesTable
from utils.plotting.style import BLUE, FRAME, GRID, INK, LINES, ORANGE, course_style

SMALLEST, LARGEST = 1e-9, 1.0  # the ends of the colour scale for errors
NOTABLE = 1e-3  # errors from here on are printed in their squares


def plot_secant(
    f: Callable[[Array], Array], theta: float, slope: float, epsilon: float, ax: Axes, title: str
) -> Axes:
    """Draw a curve, its tangent at ``theta``, and the chord to both sides of it.

    Args:
        f: The curve, a function of an array.
        theta: Where the tangent touches.
        slope: The slope of the curve there.
        epsilon: How far from ``theta`` the ends of the chord are.
        ax: Where to draw.
        title: The title; the slopes of chord and tangent are added to it.
    """
    with course_style():
        x = np.linspace(theta - 2.2, theta + 2.2, 200)
        ends = np.array([theta - epsilon, theta + epsilon])
        chord = float((f(ends)[1] - f(ends)[0]) / (2 * epsilon))
        middle = float(np.mean(f(ends)))
        ax.plot(x, f(x), color=INK, label="cost")
        ax.plot(x, f(np.array(theta)) + slope * (x - theta), "-", color=BLUE, label="tangent")
        ax.plot(x, middle + chord * (x - theta), "--", color=ORANGE, label="chord")
        ax.plot(ends, f(ends), "o", color=ORANGE)
        ax.set(title=f"{title}\nchord {chord:.3f}, tangent {slope:.3f}")
        ax.set(xlabel=r"$\theta$", ylabel=r"$J(\theta)$", ylim=(-0.8, 2.2))
        ax.legend(loc="upper right")
    return ax


def plot_error_curves(
    epsilons: Array,
    curves: Mapping[str, Sequence[float]],
    ax: Axes,
    title: str,
    *,
    ylabel: str = "relative error",
    thresholds: Mapping[str, float] | None = None,
) -> Axes:
    """Draw errors over epsilon, both logarithmic, with epsilon getting smaller to the right.

    Args:
        epsilons: The steps, ``(n,)``.
        curves: For each name the errors at these steps; an error of zero is left out.
        ax: Where to draw.
        title: The title.
        ylabel: What kind of error it is.
        thresholds: Values, by name, to be marked by a horizontal line.
    """
    with course_style():
        for (name, errors), (colour, dash) in zip(curves.items(), LINES, strict=False):
            values = np.array(errors, dtype=float)
            values[values <= 0] = np.nan
            ax.loglog(epsilons, values, dash, color=colour, marker="o", ms=3.5, label=name)
        for name, value in (thresholds or {}).items():
            ax.axhline(value, color=FRAME, lw=1.2, ls=(0, (1, 2)))
            ax.text(np.min(epsilons), value * 1.25, name, color=INK, size=9.5, ha="right")
        ax.set_xlim(1.6 * np.max(epsilons), np.min(epsilons) / 1.6)
        ax.set(title=title, xlabel=r"$\varepsilon$", ylabel=ylabel)
        ax.grid(visible=True, color=GRID)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def plot_entry_errors(errors: Mapping[str, Array], title: str) -> AxesTable:
    """Draw the error of every entry of every gradient as a square, laid out as in the gradient.

    Args:
        errors: For the name of each gradient its errors, ``(rows, columns)``, from 0 to 1.
        title: The title.

    Returns:
        The axes, one for each gradient.
    """
    with course_style():
        widths = [array.shape[1] + 0.6 for array in errors.values()]
        figure, table = plt.subplots(
            1,
            len(errors),
            figsize=(0.46 * sum(widths) + 2.4, 3.1),
            width_ratios=widths,
            layout="constrained",
            squeeze=False,
        )
        axes: AxesTable = table[0]
        tallest = max(array.shape[0] for array in errors.values())
        norm = LogNorm(SMALLEST, LARGEST)
        for ax, (name, array) in zip(axes, errors.items(), strict=True):
            shown = np.clip(array, SMALLEST, LARGEST)
            mesh = ax.pcolormesh(shown, cmap="Blues", norm=norm, edgecolors="white", lw=1.5)
            for i, j in np.argwhere(array >= NOTABLE):
                ax.text(j + 0.5, i + 0.5, f"{array[i, j]:.2g}", color="white", size=8,
                        ha="center", va="center")  # fmt: skip
            ax.set(title=name, aspect="equal", xlim=(0, array.shape[1]), ylim=(tallest, 0))
            ax.set(xlabel="column", xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        axes[0].set_ylabel("row")
        figure.colorbar(mesh, ax=list(axes), label="relative error", shrink=0.8)
        figure.suptitle(title)
    return axes


def plot_gap(groups: Mapping[str, Sequence[float]], threshold: float, ax: Axes, title: str) -> Axes:
    """Draw histograms of differences on a logarithmic scale, with the threshold that divides them.

    Args:
        groups: For each name the differences.
        threshold: Smaller differences count as right, larger ones as wrong.
        ax: Where to draw.
        title: The title.
    """
    with course_style():
        bins = np.logspace(-11, 0, 67).tolist()
        for (name, values), (colour, _), hatch in zip(groups.items(), LINES, ("", "//", ".."),
                                                      strict=False):  # fmt: skip
            ax.hist(np.clip(values, bins[0], bins[-1]), bins, color=colour, label=name,
                    alpha=0.75, hatch=hatch, ec="white", lw=0.5)  # fmt: skip
        ax.axvline(threshold, color=INK, lw=1.5, ls="--", label=f"threshold {threshold:.0e}")
        ax.set_xscale("log")
        ax.set(title=title, xlabel="difference that the check reports", ylabel="networks")
        ax.grid(visible=True, axis="y", color=GRID)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax
