"""A posterior as ArviZ has it, without ArviZ."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr


def arviz_tree(units: Mapping[str, str], values: Any, divergent: Any, acceptance: Any) -> xr.DataTree:
    """Draws as a tree of ArviZ's groups.

    Args:
        units: CF unit of each quantity by name.
        values: `[chain, draw, quantity]`, SI.
        divergent: `[chain, draw]`.
        acceptance: `[chain, draw]`.

    Returns:
        tree with the groups `posterior`, a variable for each quantity, and `sample_stats`.

    Example:
        >>> draws = np.zeros((2, 5, 1))
        >>> list(arviz_tree({"D": "m2 s-1"}, draws, draws[..., 0] > 0, draws[..., 0]).children)
        ['posterior', 'sample_stats']
    """
    dims, values = ("chain", "draw"), np.asarray(values)
    coordinates = {dim: np.arange(size) for dim, size in zip(dims, values.shape, strict=False)}
    posterior = {name: (dims, values[..., place], {"units": unit}) for place, (name, unit) in enumerate(units.items())}
    stats = {"diverging": (dims, np.asarray(divergent, bool)), "acceptance_rate": (dims, np.asarray(acceptance))}
    about = {"inference_library": "blackjax", "creation_library": "sei-screening"}
    groups = {"posterior": xr.Dataset(posterior, coordinates, about), "sample_stats": xr.Dataset(stats, coordinates)}
    return xr.DataTree.from_dict(groups)
