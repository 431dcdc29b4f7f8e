"""Typst templates of this folder made into PDF, with the fonts that lie beside them."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import Any

_HERE = resources.files(__package__)


def pdf(template: str, values: Mapping[str, Any], at: datetime) -> bytes:
    """`template`.typ with values that it reads from `sys.inputs` as JSON; the same go in, the same bytes come out."""
    import typst  # 20 MB: only who prints loads it

    with resources.as_file(_HERE) as folder:
        made = typst.compile(
            str(folder / f"{template}.typ"),
            root=str(folder),
            font_paths=[str(folder / "fonts")],
            ignore_system_fonts=True,
            sys_inputs={name: json.dumps(value, ensure_ascii=False) for name, value in values.items()},
            timestamp=int(at.timestamp()),
            pdf_standards=["ua-1"],
            format="pdf",
        )
    return bytes(made)
