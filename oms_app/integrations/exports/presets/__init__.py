"""Mappings that ship with the shop, one TOML file each."""

from importlib.resources import files

from oms_app.domain.errors import NotFound

_SUFFIX = ".toml"


def names() -> list[str]:
    """Every preset by name."""
    found = (entry.name for entry in files(__package__).iterdir())
    return sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX))


def read(name: str) -> bytes:
    """The TOML of a preset. Raises NotFound."""
    if name not in names():
        raise NotFound(f"There is no preset “{name}”. Presets: {', '.join(names())}.")
    return files(__package__).joinpath(name + _SUFFIX).read_bytes()
