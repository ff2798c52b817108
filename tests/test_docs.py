"""What people read: links lead somewhere, and every public name says what it takes and gives."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import screening

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "experiments").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
# laws of one signature, which their type documents once
OF_ONE_SIGNATURE = {"kernels/ammonia/film_growth.py"}


def _prose(page: Path) -> str:
    """Text of a page without its code, in which brackets are not links."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """Anchors of the headings, as the documentation builder makes them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"(?m)^#{1,6}\s+(.*?)\s*$", text)
    return {
        re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", re.sub(r"<[^>]*>|`", "", title)).strip().lower())
        for title in headings
    }


def _dead_links(page: Path) -> list[str]:
    dead = []
    for link in LINK.findall(_prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page):
    assert _dead_links(page) == []


def test_dead_links_are_found(tmp_path):
    (tmp_path / "other.md").write_text("# A `code` heading\n```\n# no heading\n```\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md#a-code-heading) [b](other.md#no-heading) [c](missing.md) `[d](nowhere)` [e](https://x.y/z) [f](#g)"
    )
    assert _dead_links(page) == ["other.md#no-heading", "missing.md", "#g"]


def test_every_page_can_be_reached():
    listed = re.findall(r"[\w/]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("nav:")[2])
    assert {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")} <= set(listed)


def test_commands_in_documents_exist():
    """Every `sei-screen` command that a document shows is one, with options that it has."""
    import typer.main

    from screening.cli.app import app

    commands = typer.main.get_command(app).commands
    shown = [
        (page.name, line)
        for page in PAGES
        for line in re.findall(r"(?m)^\s*(?:\$ )?(sei-screen [^#|>\n]*)", page.read_text(encoding="utf-8"))
    ]
    assert len(shown) > 10
    for page, line in shown:
        name, *rest = line.split()[1:]
        if name.startswith("-"):
            continue
        assert name in commands, (page, line)
        command = commands[name]
        if rest and rest[0] in getattr(command, "commands", {}):
            command = command.commands[rest[0]]
        known = {option for param in command.params for option in param.opts} | {"--help"}
        assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known, (page, line)


def _missing(documented: str, arguments: list[str], gives: bool) -> list[str]:
    """Parts that a docstring lacks."""
    lacking = (
        [] if documented and documented.split("\n\n")[0].rstrip().endswith((".", ":", "?")) else ["a first sentence"]
    )
    if arguments and "Args:" not in documented:
        lacking.append("Args")
    named = documented.partition("Args:")[2]
    lacking += [
        f"argument {name}" for name in arguments if "Args:" in documented and not re.search(rf"\b{name}\b", named)
    ]
    if gives and not re.search(r"(Returns|Yields):", documented):
        lacking.append("Returns")
    return lacking


def _of_function(function) -> list[str]:
    signature = inspect.signature(function)
    arguments = [name for name in signature.parameters if name not in ("self", "cls")]
    gives = signature.return_annotation not in (None, "None", inspect.Signature.empty)
    return _missing(inspect.getdoc(function) or "", arguments, gives)


@pytest.mark.parametrize("name", [name for name in screening.__all__ if name != "__version__"])
def test_public_names_are_documented(name):
    found = getattr(screening, name)
    text = inspect.getdoc(found) or ""
    assert ">>>" in text or "Example" in text, "no example"
    if inspect.isclass(found):
        fields = [field for field in getattr(found, "__dataclass_fields__", {}) if not field.startswith("_")]
        if not issubclass(found, Exception):
            assert [field for field in fields if not re.search(rf"\b{field}\b", text)] == []
        methods = [value for key, value in vars(found).items() if inspect.isfunction(value) and not key.startswith("_")]
        assert {
            method.__name__: lack for method in methods if not inspect.getdoc(method) and (lack := ["docstring"])
        } == {}
    else:
        assert _of_function(inspect.unwrap(found)) == []
        assert "Raises" in text or not inspect.signature(found).parameters


def test_every_public_name_is_in_the_reference():
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    listed = re.findall(r"(?m)^(?:::: |      heading: )sei\.(\S+)$", page)
    figures = {f"plot.{name}" for name in screening.plot.__all__}
    assert sorted(listed) == sorted({*screening.__all__, *figures} - {"__version__"})


def test_questions_of_results_are_documented():
    from screening.api.accessor import Results

    methods = {name: value for name, value in vars(Results).items() if inspect.isfunction(value) and name[0] != "_"}
    assert {"top", "pareto", "stack", "simulate", "to_csv", "to_parquet"} <= set(methods)
    assert {name: lack for name, method in methods.items() if name != "rank" and (lack := _of_function(method))} == {}


SOURCES = sorted(
    path for path in (ROOT / "kernels").rglob("*.py") if str(path.relative_to(ROOT)) not in OF_ONE_SIGNATURE
)


def _used_of_kernels(source: str) -> set[str]:
    """Names of the kernels that a module of another package imports, or reads from a module of theirs."""
    tree = ast.parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named = {
        (alias.name, alias.asname or alias.name)
        for node in imports
        if node.module and node.module.partition(".")[0] == "kernels"
        for alias in node.names
    }
    bound = {known for _, known in named}
    read = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in bound
    }
    return {name for name, _ in named} | read


USED_OUTSIDE = {
    name
    for package in ("screening", "experiments")
    for path in (ROOT / package).rglob("*.py")
    for name in _used_of_kernels(path.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_kernels_say_what_they_take_and_give(path):
    """In full where other packages use them, in a sentence where only kernels do."""
    lacking = {}
    for node in ast.parse(path.read_text()).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        given = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        gives = node.returns is not None and not (isinstance(node.returns, ast.Constant) and node.returns.value is None)
        in_full = node.name in USED_OUTSIDE
        found = _missing(ast.get_docstring(node) or "", given if in_full else [], gives and in_full)
        lacking |= {node.name: found} if found else {}
    assert lacking == {}


def test_names_of_kernels_used_elsewhere_are_found():
    source = "from kernels import impedance as law\nfrom kernels.march import replay\nlaw.impedance(x.window)\n"
    assert _used_of_kernels(source) == {"impedance", "replay"}
    assert len(USED_OUTSIDE) > 50
