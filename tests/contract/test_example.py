"""The example of the docs is the file that the suite runs on."""

from pathlib import Path

from tests.contract.rig import ADAPTERS, SANDBOXES

ROOT = Path(__file__).resolve().parents[2]


def test_the_docs_show_the_channel_that_passes_the_suite() -> None:
    page = (ROOT / "docs/adding-a-channel.md").read_text()
    assert f"```python\n{(ROOT / 'tests/contract/bazaar.py').read_text()}```" in page
    assert "bazaar" in ADAPTERS.keys() & SANDBOXES.keys()
