"""The growth of time with the number of accounts, drawn for the results page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.pair import Operation, Turn
from benchmarks.results import Finding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANELS: Sequence[tuple[Operation, str]] = (
    ("up", "up of new accounts"),
    ("preview", "preview, nothing changed"),
    ("refresh", "refresh, nothing changed"),
)
_OURS, _FLOOR, _TEXT, _GRID = "#0b63ce", "#9aa3af", "#1f2937", "#e5e7eb"
_LINE: dict[str, Any] = {"marker": "o", "markersize": 4, "linewidth": 2}
_STRONG: dict[str, Any] = {"fontsize": 9, "fontweight": "bold"}
_TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "svg.fonttype": "path",  # looks alike everywhere
    "svg.hashsalt": "pulumi-useapi",  # the same numbers give the same file
    "text.color": _TEXT,
    "axes.labelcolor": _TEXT,
    "xtick.color": _TEXT,
    "ytick.color": _TEXT,
}


def draw_growth(findings: Sequence[Finding], path: Path) -> None:
    """Draw ours and the floor over the number of accounts, one panel for each operation.

    Args:
        findings: points without latency, of several sizes.
        path: its suffix says the format: .svg or .png.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(10.5, 5.2), facecolor="white", layout="constrained")
        times, ratios = figure.subplots(
            2, len(_PANELS), sharex=True, sharey="row", gridspec_kw={"height_ratios": [2.6, 1], "hspace": 0.08}
        )
        for column, (operation, title) in enumerate(_PANELS):
            of_operation = sorted(
                (one for one in findings if one.point.operation == operation), key=lambda one: one.point.accounts
            )
            _draw_times(times[column], of_operation)
            times[column].set_title(title, fontsize=11, fontweight="bold", loc="left", pad=10)
            _draw_ratio(ratios[column], of_operation)
        times[0].set_ylabel("seconds")
        ratios[0].set_ylabel("ratio")
        seconds = [one.of(pick).median for one in findings for pick in (_floor_seconds, _our_seconds)]
        times[0].set_ylim(min(seconds) / 1.3, max(30, 2 * max(seconds)))
        _name_lines(times[-1])  # where the lines leave room
        figure.supxlabel("accounts in the stack", fontsize=10)
        metadata = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, metadata=metadata, dpi=160)


def _draw_times(panel: Axes, findings: Sequence[Finding]) -> None:
    sizes = [one.point.accounts for one in findings]
    floor = [one.of(_floor_seconds).median for one in findings]
    ours = [one.of(_our_seconds).median for one in findings]
    normal = sum(not one.point.saved_once for one in findings)
    for values, color, label in ((floor, _FLOOR, "a provider that does nothing"), (ours, _OURS, "this package")):
        panel.plot(sizes[:normal], values[:normal], color=color, label=label, **_LINE)
        panel.plot(sizes[normal:], values[normal:], color=color, linestyle="none", markerfacecolor="white", **_LINE)
    if normal < len(sizes):
        where = (sizes[-1], floor[-1])
        panel.annotate(
            "state saved\nonly once", where, (0, -8), textcoords="offset points", ha="center", va="top", fontsize=8
        )
    _dress(panel, sizes)
    panel.set_yscale("log")
    panel.set_yticks(_TICKS, [str(tick) for tick in _TICKS])
    panel.set_yticks([], minor=True)
    for position in {0, normal - 1, len(sizes) - 1}:
        value = ours[position]
        text = f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"  # noqa: PLR2004 - two digits are enough
        panel.annotate(
            text, (sizes[position], value), (0, 8), textcoords="offset points", ha="center", color=_OURS, **_STRONG
        )


def _floor_seconds(turn: Turn) -> float:
    return turn.floor.wall


def _our_seconds(turn: Turn) -> float:
    return turn.ours.wall


def _draw_ratio(panel: Axes, findings: Sequence[Finding]) -> None:
    sizes = [one.point.accounts for one in findings]
    ratios = [one.ratio for one in findings]
    panel.axhline(1, color=_FLOOR, linewidth=2)
    panel.fill_between(sizes, 1, ratios, color=_OURS, alpha=0.12, linewidth=0)
    panel.plot(sizes, ratios, color=_OURS, **_LINE)
    _dress(panel, sizes)
    panel.set_ylim(bottom=min(0.9, *ratios), top=max(panel.get_ylim()[1], 1.3, max(ratios) * 1.05))
    panel.annotate(
        f"{ratios[-1]:.2f}",
        (sizes[-1], ratios[-1]),
        (0, 7),
        textcoords="offset points",
        ha="center",
        color=_OURS,
        **_STRONG,
    )


def _name_lines(panel: Axes) -> None:
    handles, labels = panel.get_legend_handles_labels()
    panel.legend(
        handles[::-1], labels[::-1], loc="upper left", frameon=True, facecolor="white", edgecolor="none", framealpha=1
    )


def _dress(panel: Axes, sizes: Sequence[int]) -> None:
    panel.set_xscale("log")
    panel.set_xticks(sizes, [f"{size:,}" for size in sizes], minor=False)
    panel.set_xticks([], minor=True)
    panel.set_xlim(sizes[0] / 1.4, sizes[-1] * 1.6)
    panel.grid(color=_GRID, linewidth=0.8)
    panel.set_axisbelow(True)
    panel.tick_params(length=0)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.spines["bottom"].set_color(_GRID)
