"""A page from a payload: everything inline, everything from the store escaped, no request possible."""

import base64
import hashlib
import html
import json
from importlib.resources import files
from typing import Any

import numpy as np
import xarray as xr

from screening.plot.axis_labels import quantity_text
from screening.plot.style import PALETTE


def render_page(kind: str, payload: dict[str, Any]) -> str:
    """The HTML page of one store: the text of the payload is data, and no script but those named by hash can run."""
    from plotly.offline import get_plotlyjs

    here = files("screening.report")
    style = (here / "page.css").read_text(encoding="utf-8")
    own = ("page.js", "parallel.js", "screening.js") if kind == "screening" else ("page.js", "posterior.js", "fit.js")
    scripts = [*((here / name).read_text(encoding="utf-8") for name in own), get_plotlyjs()]
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in scripts
    )
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "form-action 'none'; base-uri 'none'"
    )
    content = json.dumps({**payload, "palette": PALETTE}, allow_nan=False, separators=(",", ":"))
    for character, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        content = content.replace(character, escape)
    title = html.escape(str(payload["title"]))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            f"<title>{title}</title>",
            f"<style>{style}</style></head><body>",
            "<noscript>This page draws its tables and plots with the script that it carries: allow scripts to see it.</noscript>",
            '<main id="page"></main>',
            f'<script type="application/json" id="payload">{content}</script>',
            *(f"<script>{code}</script>" for code in scripts),
            "</body></html>\n",
        ]
    )


def quantities_text(one: xr.Dataset, unit: str, *names: str) -> str:
    """One quantity with its unit, or the two ends of an interval."""
    return " to ".join(quantity_text(float(one[name]), unit) for name in names)


def packed(values: np.ndarray) -> str:
    """Numbers as base64 text of little-endian float32, which a page unpacks at once."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()


def plain(value: Any) -> Any:
    """A value as JSON has it: arrays become lists, and a number that is not finite becomes None."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if isinstance(value, bool | int | str) or value is None else str(value)
