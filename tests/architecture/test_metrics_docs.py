"""Every metric is documented, in the words of the registry."""

from oms_app.domain.metrics import METRICS
from tests.architecture.sources import ROOT


def test_docs_list_every_metric_as_the_registry_defines_it() -> None:
    page = (ROOT / "docs/metrics.md").read_text().splitlines()
    rows = {
        f"| `{m.name}` | {m.title} | {m.unit} | {m.definition} | {m.aggregation} | {', '.join(m.by)} |"
        for m in METRICS.values()
    }
    assert rows - set(page) == set()
    assert {line for line in page if line.startswith("| `")} - rows == set()
