"""Screening of solid-electrolyte-interphase layer stacks: `import screening as sei`.

Names are those of `__init__.pyi`, looked up on first use, so that importing the package stays fast.
"""

from typing import Any

from screening.lazy_names import lazy_names

_find, _, __all__ = lazy_names(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name != "__version__":
        return _find(name)
    from screening.version import package_version

    return package_version()


def __dir__() -> list[str]:
    return sorted({*__all__, "plot"})
