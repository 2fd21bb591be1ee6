"""Small charts as SVG, drawn by matplotlib, which is imported only here and only when used."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.errors import ConfigError
from avlabel.render.palette import Rgb
from avlabel.report.html import Html, img

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE_IN = (5.2, 2.6)
LOOK: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "avlabel",
    "font.family": "sans-serif",
    "font.sans-serif": ["system-ui", "DejaVu Sans", "sans-serif"],
    "font.size": 9,
    # A dollar in a name is a dollar.
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#c3cad5",
    "axes.labelcolor": "#5a6473",
    "axes.titleweight": "bold",
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#eceff4",
    "xtick.color": "#5a6473",
    "ytick.color": "#5a6473",
    "text.color": "#1c2330",
    "legend.frameon": False,
    "legend.fontsize": 8,
}
Values = Mapping[str, Float64]
Colors = Mapping[str, Rgb]


def require_matplotlib() -> None:
    """Fail early, and say what to install.

    Raises:
        ConfigError: if matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            "a report needs matplotlib, which is not installed: pip install 'avlabel[report]'"
        ) from error


def histogram(title: str, unit: str, values: Values, edges: Float64, colors: Colors) -> Html:
    """Stacked counts of boxes by class.

    Args:
        title: of the chart.
        unit: below the axis.
        values: (N,) of each class; what lies outside is counted at the ends.
        edges: of the bins, ascending; logarithmic if they grow by more than a thousandfold.
        colors: of the classes.
    """

    def draw(axes: Axes) -> None:
        shown = [np.clip(v, edges[0], np.nextafter(edges[-1], 0)) for v in values.values()]
        axes.hist(
            shown,
            edges.tolist(),
            stacked=True,
            histtype="stepfilled",
            color=_hex(values, colors),
            label=list(values),
        )
        if edges[0] > 0 and edges[-1] > 1000 * edges[0]:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel(unit)
        axes.grid(visible=False, axis="x")

    return _chart(title, draw)


def scatter(
    title: str, names: tuple[str, str], values: Mapping[str, Float64], colors: Colors
) -> Html:
    """Points (N, 2) by class over two axes."""

    def draw(axes: Axes) -> None:
        for (x, y), color, name in zip(
            (v.T for v in values.values()), _hex(values, colors), values, strict=True
        ):
            axes.scatter(x, y, s=14, color=color, edgecolors="#1c2330", linewidths=0.3, label=name)
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))

    return _chart(title, draw)


def curves(
    title: str, curve: Mapping[str, tuple[Float64, Float64]], colors: Colors, names: Sequence[str]
) -> Html:
    """Lines between 0 and 1 on both axes."""

    def draw(axes: Axes) -> None:
        for (x, y), color, name in zip(curve.values(), _hex(curve, colors), curve, strict=True):
            axes.plot(x, y, color=color, linewidth=2, label=name, marker="o", markevery=[-1])
        axes.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel=names[0], ylabel=names[1])
        axes.legend(loc="lower left")

    return _chart(title, draw)


def _hex(names: Mapping[str, object], colors: Colors) -> list[str]:
    return ["#{:02x}{:02x}{:02x}".format(*colors[name]) for name in names]


def _chart(title: str, draw: Callable[[Axes], None]) -> Html:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(LOOK):
        figure = Figure(figsize=SIZE_IN, layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(title)
        draw(axes)
        written = io.BytesIO()
        # Without a date equal labels give equal pages.
        figure.savefig(written, format="svg", metadata={"Date": None}, transparent=True)
    return img("image/svg+xml", written.getvalue(), title)
