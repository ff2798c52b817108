"""Public names of a package, said once in the stub beside its `__init__.py` and imported when they are first used."""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def lazy_names(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a package, from its stub (as Scientific Python's SPEC 1 has it)."""
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8")).body
    imports = [node for node in stub if isinstance(node, ast.ImportFrom)]
    places = {alias.asname or alias.name: (node.module or "", alias.name) for node in imports for alias in node.names}
    public = next(ast.literal_eval(node.value) for node in stub if isinstance(node, ast.Assign))

    def find(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, there = places[name]
        # a package that asked itself for one of its rooms would ask without end
        value = import_module(f"{module}.{there}") if module == package else getattr(import_module(module), there)
        setattr(sys.modules[package], name, value)
        return value

    return find, lambda: sorted({*vars(sys.modules[package]), *places}), public
