"""The chart templates are plain dictionaries: Plotly itself says here whether it would take them."""

import pytest
from plotly.graph_objs.layout import Template

from oms_app.components import plot


@pytest.mark.parametrize("template", [plot.LIGHT, plot.DARK], ids=["light", "dark"])
def test_plotly_takes_the_template(template):
    read = Template(template).to_plotly_json()
    assert read["layout"] == template["layout"]
    assert set(read["data"]) == set(template["data"])
