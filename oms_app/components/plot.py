"""Plotly's cartesian bundle as a component of ours: light and dark templates, our number grouping, and keys of points.

Only pages that draw charts import this module, so that no other page loads the bundle.
"""

from typing import Any

import reflex as rx
from plotly.graph_objs import Figure
from plotly.graph_objs.layout import Template
from reflex_components_plotly.plotly import PlotlyCartesian


def _clicked(event: rx.Var) -> tuple[rx.Var[str]]:
    """The key of the clicked point."""
    return (rx.Var(_js_expr=f"String({event}?.points?.[0]?.customdata ?? '')", _var_type=str),)


def _boxed(event: rx.Var) -> tuple[rx.Var[list[str]]]:
    """The keys of the points inside a drawn box."""
    keys = f"({event}?.points ?? []).map((point) => point.customdata).filter(Boolean).map(String)"
    return (rx.Var(_js_expr=keys, _var_type=list[str]),)


class Plot(PlotlyCartesian):
    """A cartesian chart whose events carry the keys (`customdata`) of points, which Reflex's own drop."""

    on_click: rx.EventHandler[_clicked]  # type: ignore[type-arg,valid-type]
    on_selected: rx.EventHandler[_boxed]  # type: ignore[type-arg,valid-type]


_FONT = {"family": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif', "size": 12}


def _template(text: str, grid: str, ground: str, colours: list[str], on_colour: str, heat: list[str]) -> dict[str, Any]:
    axis = {"gridcolor": grid, "linecolor": grid, "zerolinecolor": grid, "tickfont": {"color": text}}
    scale = [[place / (len(heat) - 1), colour] for place, colour in enumerate(heat)]
    return {
        "data": {
            "heatmap": [{"colorscale": scale}],
            "bar": [{"insidetextfont": {"color": on_colour}, "outsidetextfont": {"color": text}}],
        },
        "layout": {
            "font": {**_FONT, "color": text},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": colours,
            "hoverlabel": {"bgcolor": ground, "bordercolor": grid, "font": {**_FONT, "color": text}, "align": "left"},
            "xaxis": axis,
            "yaxis": axis,
            "newselection": {"line": {"color": colours[0], "width": 1}},
        },
    }


# Radix slate and indigo: step 11 on light, step 9 on dark.
LIGHT = _template(
    text="#1c2024",
    grid="#e0e1e6",
    ground="#ffffff",
    colours=["#3a5bc7"],
    on_colour="#ffffff",
    heat=["#f0f0f3", "#c1d0ff", "#8da4ef", "#3e63dd", "#1f2d5c"],
)
DARK = _template(
    text="#edeef0",
    grid="#363a3f",
    ground="#18191b",
    colours=["#7d93f5"],
    on_colour="#111113",
    heat=["#212225", "#253974", "#3e63dd", "#9eb1ff", "#d6e1ff"],
)

_INDIAN = {
    "moduleType": "locale",
    "name": "en-IN",
    "dictionary": {},
    "format": {"grouping": [3, 2, 2, 2, 2, 2, 2], "currency": ["₹", ""], "decimal": ".", "thousands": ","},
}
_CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "displayModeBar": True,
    "modeBarButtons": [["toImage"]],
    "showTips": False,
    "scrollZoom": False,
    "doubleClick": False,
    "responsive": True,
}


def plot(name: str, figure: Any, *, indian: rx.Var[bool], on_click: Any, on_selected: Any = None) -> rx.Component:
    """Draw a figure. `on_selected` lets people draw a box round points, except by touch, where a drag scrolls."""
    config = _CONFIG | {"toImageButtonOptions": {"format": "png", "scale": 2, "filename": name}}
    boxes = "typeof window !== 'undefined' && window.matchMedia('(pointer: fine)').matches"
    drag = f"({boxes}) ? 'select' : false" if on_selected is not None else "false"
    return Plot.create(
        data=figure.to(Figure),
        layout=rx.Var(_js_expr=f"({{dragmode: {drag}}})", _var_type=dict),
        template=rx.color_mode_cond(rx.Var.create(LIGHT), rx.Var.create(DARK)).to(Template),
        config=rx.cond(indian, config | {"locale": "en-IN", "locales": {"en-IN": _INDIAN}}, config),
        use_resize_handler=True,
        class_name="plot",
        on_click=on_click,
        **({"on_selected": on_selected} if on_selected is not None else {}),
    )
