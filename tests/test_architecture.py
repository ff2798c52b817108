"""The shape of the source tree: the import arrow, light imports, file length, docstrings, no traces of a machine."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("kernels", "screening", "experiments")
KERNELS_MAY_IMPORT = {"kernels", "jax", "numpy", "equinox", "jaxtyping", "lineax", "optimistix"} | (
    # importlib could fetch what an import statement may not
    set(sys.stdlib_module_names) - {"importlib"}
)
HEAVY = ("matplotlib", "zarr", "xarray", "dask", "distributed", "optax", "pandas")
LONGEST_FILE = 400
# Written so that this file does not match itself.
MACHINE_TRACES = re.compile(
    r"/(?:work|farm|root|home|tmp/[a-z]+)/|python[h]osted|pypi\.[o]rg|npmjs\.[o]rg|deb\.[d]ebian", re.ASCII
)


def _tracked_files() -> list[Path]:
    """Return the files git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return sorted({ROOT / name for name in names if (ROOT / name).is_file()})


def _sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def _imported_packages(source: str) -> Iterator[str]:
    """Yield the top-level package of every absolute import anywhere in a module, nested ones included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            yield node.module.partition(".")[0]


def _run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _by_path(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[str(path.relative_to(ROOT)) for path in paths])


def test_imports_are_found_wherever_they_hide():
    source = "import a.b\nfrom c.d import e\ndef f():\n    import g as h\n"
    assert list(_imported_packages(source)) == ["a", "c", "g"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_sources(package: str):
    assert _sources(package), f"{package}/ holds no Python file, so the tests of this file would check nothing"


@_by_path(_sources("kernels"))
def test_kernels_import_only_physics_and_numerics(path: Path):
    assert set(_imported_packages(path.read_text())) <= KERNELS_MAY_IMPORT


@_by_path(_sources("screening"))
def test_screening_never_imports_experiments_or_tests(path: Path):
    assert not {"experiments", "tests"} & set(_imported_packages(path.read_text()))


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_resolve_to_this_repository(package: str):
    # a distribution named `kernels` exists elsewhere; installed beside ours it would win
    location = _run_python(f"import {package}; print({package}.__file__)").strip()
    assert Path(location).resolve() == ROOT / package / "__init__.py"


@pytest.mark.parametrize("module", ["screening", "screening.cli.app"])
def test_import_stays_light(module: str):
    loaded = _run_python(f"import sys, {module}; print(*sys.modules)").split()
    assert module in loaded
    assert [name for name in HEAVY if name in loaded] == []


@_by_path(_sources(*PACKAGES))
def test_public_names_have_docstrings(path: Path):
    module = ast.parse(path.read_text())
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in module.body if isinstance(node, definitions) and not node.name.startswith("_")]
    bare = [node.name for node in public if not ast.get_docstring(node)]
    assert bare == []
    # an empty __init__.py says nothing because it does nothing
    assert ast.get_docstring(module) or not module.body


def test_no_file_is_too_long():
    lengths = {path: len(path.read_text().splitlines()) for path in _tracked_files() if path.suffix == ".py"}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_machine_paths_or_registry_hosts():
    traces = []
    for path in _tracked_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:  # a picture or other binary file
            continue
        traces += [f"{path.relative_to(ROOT)}: {match.group()}" for match in MACHINE_TRACES.finditer(text)]
    assert traces == []
