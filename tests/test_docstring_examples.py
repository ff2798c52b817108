"""The examples in docstrings run and give what they say."""

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# those that compile a whole model
COSTLY = ("kernels.ammonia.pulsed_cell", "screening.api.simulate", "screening.model.study_evaluator")
# an example that only shows what a call with the reader's own files looks like is not executed
EXECUTED = re.compile(r"(?m)^ *>>> (?!.*# doctest: \+SKIP)")
MODULES = [
    pytest.param(name, marks=pytest.mark.slow if name in COSTLY else ())
    for package in ("kernels", "screening", "experiments")
    for path in sorted((ROOT / package).rglob("*.py"))
    if EXECUTED.search(path.read_text(encoding="utf-8"))
    for name in [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")]
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_run(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    found = doctest.testmod(importlib.import_module(name), optionflags=flags)
    assert found.attempted
    assert not found.failed
