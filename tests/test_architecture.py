"""The shape of the source tree: imports run one way and stay light, files are short, documented and free of traces."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("kernels", "screening", "experiments")
KERNELS_MAY_IMPORT = {"kernels", "jax", "numpy", "equinox", "jaxtyping", "lineax", "optimistix", "llvmlite"} | (
    # importlib could fetch what an import statement may not
    set(sys.stdlib_module_names) - {"importlib"}
)
HEAVY = ("jax", "matplotlib", "zarr", "xarray", "dask", "distributed", "optax", "pandas")
LONGEST_FILE = 400
# The rooms of `screening`, each of which imports only from those before it; loose modules are the first.
ROOMS = (
    *("root", "materials", "sampling", "config", "model", "store", "run", "readers", "results"),
    *("fitting", "sensitivities", "design", "api", "plot", "report", "bench", "cli"),
)
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


def _module(path: Path, root: Path = ROOT) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _imported_modules(source: str, known: Collection[str]) -> set[str]:
    """Modules among `known` that a module imports anywhere: at its top, in functions, for type checkers only."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names}
            # `from package import name` reads the package where the name is no module of it
            found |= (submodules & set(known)) | ({node.module} if submodules - set(known) else set())
    return found & set(known)


@cache
def _import_graph() -> dict[str, set[str]]:
    """What each module of the three packages imports from them."""
    modules = {_module(path): path for path in _sources(*PACKAGES)}
    return {name: _imported_modules(path.read_text(), modules) - {name} for name, path in modules.items()}


def _room(module: str) -> str:
    """Room of a module of `screening`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else "root"


def _cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """What is left once modules that import nothing more are taken away again and again: cycles and what needs them."""
    left = dict(graph)
    while done := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in done}
    # and the other way round, so that only the cycles and what joins them stay
    while done := {name for name in left if not any(name in needs for needs in left.values())}:
        left = {name: needs for name, needs in left.items() if name not in done}
    return sorted(left)


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


def test_imports_of_modules_are_found_wherever_they_hide():
    source = "if TYPE_CHECKING:\n    from a import b\nfrom a import name\ndef f():\n    from a.c import other\n"
    assert _imported_modules(source, {"a", "a.b", "a.c", "a.d"}) == {"a", "a.b", "a.c"}
    assert _imported_modules("from a import b", {"a", "a.b"}) == {"a.b"}
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set(), "e": {"a"}}) == ["b", "c"]


def test_rooms_of_screening_are_these():
    folders = {path.parent.name for path in (ROOT / "screening").glob("*/__init__.py")}
    assert folders == set(ROOMS) - {"root"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room: str):
    allowed = ROOMS[: ROOMS.index(room) + 1]
    backwards = [
        f"{module} imports {needed}"
        for module, needs in _import_graph().items()
        # the package itself looks its public names up on first use
        if module.partition(".")[0] == "screening" and module != "screening" and _room(module) == room
        for needed in sorted(needs)
        if needed.partition(".")[0] == "screening" and _room(needed) not in allowed
    ]
    assert backwards == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_import_each_other_in_a_circle(package: str):
    # the package itself looks its public names up on first use
    inside = {name: needs for name, needs in _import_graph().items() if name.partition(".")[0] == package}
    assert _cycle({name: needs - {"screening"} for name, needs in inside.items() if name != "screening"}) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_file_names_are_unique(package: str):
    names = Counter(path.name for path in _sources(package) if path.name != "__init__.py")
    assert [name for name, times in names.items() if times > 1] == []


@_by_path(_sources("screening/config", "screening/materials", "screening/sampling"))
def test_checked_data_know_no_jax(path: Path):
    assert not {"jax", "jaxlib", "equinox", "optimistix", "lineax"} & set(_imported_packages(path.read_text()))


def test_packages_resolve_to_this_repository():
    # a distribution named `kernels` exists elsewhere; installed beside ours it would win
    names = ", ".join(PACKAGES)
    located = _run_python(f"import {names}\nfor one in ({names}): print(one.__file__)").split()
    assert [Path(one).resolve() for one in located] == [ROOT / package / "__init__.py" for package in PACKAGES]


def test_imports_stay_light():
    # the command says where JAX keeps what it compiles, which JAX reads as it is imported
    light = ("screening", "screening.config.study", "screening.store.destination", "screening.model.variables",
             "screening.results.ranking", "screening.results.ranking_table", "screening.cli.app")  # fmt: skip
    named = "from screening import plot; plot.cv_family, dir(plot); print('matplotlib' in sys.modules)"
    loaded, draws = _run_python(f"import sys, {', '.join(light)}; print(*sys.modules)\n{named}").splitlines()
    loaded = loaded.split()
    assert draws == "False", "a figure is named, not drawn"
    assert set(light) <= set(loaded)
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
