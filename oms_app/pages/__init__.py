"""One screen per file. Importing a module of this package registers its pages."""

import pkgutil
from importlib import import_module


def load() -> None:
    """Import every page."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        import_module(f"{__name__}.{module.name}")
