"""What the documentation builder does to a page: equations become MathML, `::: sei.NAME` the docstring of that name."""

import re

import latex2mathml.converter

import screening
from screening import plot

_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_INLINE = re.compile(r"(?<![\\$\w])\$(?=\S)([^$\n]+?)(?<=\S)\$(?![\w$])")
_NAME = re.compile(r"(?m)^::: sei\.(\S+)$")


def on_page_markdown(markdown: str, **_) -> str:
    """Text between dollars outside code as MathML, which browsers draw themselves, and documented names."""
    parts = _CODE.split(markdown)
    parts[::2] = [_with_equations(part) for part in parts[::2]]
    return _NAME.sub(lambda match: documented(match[1]), "".join(parts))


def _with_equations(text: str) -> str:
    text = _DISPLAY.sub(lambda match: f'\n\n<div class="equation">{_mathml(match[1], "block")}</div>\n\n', text)
    return _INLINE.sub(lambda match: _mathml(match[1], "inline"), text)


def _mathml(tex: str, display: str) -> str:
    return latex2mathml.converter.convert(" ".join(tex.split()), display=display)


def documented(name: str) -> str:
    """The block of mkdocstrings for a public name of `screening` or of `screening.plot`."""
    found = getattr(plot, name.removeprefix("plot.")) if name.startswith("plot.") else getattr(screening, name)
    place = f"{found.__module__}.{found.__qualname__}"
    return f"::: {place}\n    options:\n      heading: sei.{name}\n      toc_label: sei.{name}\n"
