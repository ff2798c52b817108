"""Backgrounds of measured curves: constants and lines in the potential, fitted exactly by projection."""

import numpy as np
from jaxtyping import Float

NONE, OFFSET, LINE, SHARED_LINE = ("none", "offset", "line", "shared_line")


def background_basis(
    kind: str, potential: Float[np.ndarray, "node curve"], weight: Float[np.ndarray, "node curve"]
) -> Float[np.ndarray, "node curve term"] | None:
    """What the background of a fit can add to the residuals.

    A background enters the residuals linearly, so its best coefficients follow from all other quantities: what the residuals
    have in these directions is taken out of them and of their derivatives, and the fit searches no further quantity.

    Args:
        kind: "none", "offset" (a constant of each curve), "line" (of each curve), "shared_line" (one of all curves).
        potential: V, of the measured points.
        weight: 1 / standard uncertainty, m2 A-1; 0 for padding.

    Returns:
        orthonormal directions; None without a background.

    Source: variable projection, Golub & Pereyra, SIAM J. Numer. Anal. 10, 413 (1973), 10.1137/0710036.

    Example:
        >>> ramp = np.linspace(0.0, 1.0, 50)[:, None]
        >>> basis = background_basis("line", ramp, np.ones_like(ramp))[:, 0]
        >>> line = 3.0 + 2.0 * ramp[:, 0]
        >>> bool(np.allclose(basis @ (basis.T @ line), line))
        True
    """
    if kind == NONE or not weight.size:
        return None
    nodes, curves = weight.shape
    centred = potential - np.sum(potential * (weight > 0)) / np.sum(weight > 0)
    terms = [weight] if kind == OFFSET else [weight, weight * centred]
    columns = [term.reshape(-1) for term in terms]
    if kind != SHARED_LINE:
        own = [np.where(np.arange(curves) == curve, term, 0.0) for curve in range(curves) for term in terms]
        columns = [column.reshape(-1) for column in own]
    return np.linalg.qr(np.stack(columns, 1))[0].reshape(nodes, curves, -1)
