"""Concentration across film and diffusion layer while a protocol runs, which simulations reduce to the surface alone."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float

from kernels.constants import FARADAY
from kernels.mesh import cell_nodes, cell_widths
from kernels.transport import TransportOperator, assemble, step_with_flux
from screening.api.simulate_study import simulate_study
from screening.cf_attributes import described
from screening.config.study import Study
from screening.errors import StudyError
from screening.model.discretisation import numerics_of
from screening.model.draws import draw_candidates

# Each step of the curve is split into this many; the scheme is of second order, so that the error of the mesh is the larger one.
PARTS = 4


def concentration_profiles(
    study: Study, candidate: int = 0, *, run: int = -1, times: int = 7, device: str | None = None
) -> xr.Dataset:
    """Concentration of the diffusing species across the film of one candidate, at times spread over one run.

    Args:
        study: the study.
        candidate: its number.
        run: which scan rate; the last if left out.
        times: number of profiles, the first at the start and the last at the end.
        device: "cpu" or "gpu" of the simulation; JAX's default if left out.

    Returns:
        dataset with dims (time, position): `concentration` (mol m-3, in the pores of the layer or in the liquid), with
        `potential` and `current_density` (SI) along `time`, `layer` along `position` (0 is the innermost, the
        electrolyte comes last), the names in `attrs["layers"]` from the inside, and the outer faces of the layers in
        `attrs["faces"]` (m).

    Raises:
        StudyError: no such candidate or run, a candidate that fails, or a double layer, whose charging current crosses no film.

    Source: the operator of `kernels.transport`, driven by the simulated current.
    """
    batch = draw_candidates(study, candidate, candidate + 1)
    if batch.sample.double_layer_capacitance[0] > 0:
        raise StudyError(
            "profiles beside a double layer",
            got="a double-layer capacitance",
            expected="none, because its charging current crosses no film",
            fix="leave double_layer_capacitance out",
            where="electrode",
        )
    if not -study.n_runs <= run < study.n_runs:
        raise StudyError("no such run", got=str(run), expected=f"0 to {study.n_runs - 1}", fix="choose another")
    curves = simulate_study(study, candidate, device=device)
    if int(curves["status"]) != 1:
        raise StudyError(
            "nothing to draw", got="a candidate that failed", expected="one that is ok", fix="choose another"
        )
    curve = curves.isel(scan_rate=run) if "scan_rate" in curves.dims else curves
    film = int(batch.film[0])
    names = study.layer_names(film)
    mesh = numerics_of(study).mesh
    electrons = float(np.ravel(batch.sample.electrode.electron_number)[0])
    with jax.enable_x64(True):
        # slivers that fill up films with fewer layers lie outside
        stack = jax.tree.map(lambda values: values[0, : len(names)], batch.stack)
        liquid = jax.tree.map(lambda values: values[0], batch.electrolyte)
        operator = jax.device_get(assemble(mesh, stack, liquid))
        width = np.asarray(cell_widths(mesh, stack, liquid))
    time, current = curve["time"].values.astype(float), curve["current_density"].values.astype(float)
    kept = np.unique(np.round(np.linspace(0, len(time) - 1, times)).astype(int))
    change = activity_changes(operator, time, current / (electrons * FARADAY))[kept]
    cells = mesh.cells_per_layer
    layer = np.concatenate([np.repeat(np.arange(len(names)), cells), np.full(mesh.electrolyte_cells, len(names))])
    partition = np.append(stack.partition_coefficient, 1.0)[layer]
    position = np.concatenate([[0.0], np.cumsum(width)[:-1]]) + cell_nodes(mesh, len(names)) * width
    about = described("mol m-3", "concentration of the diffusing species")
    variables: dict[str, Any] = {
        "concentration": (("time", "position"), partition * (float(liquid.concentration) + change), about),
        "potential": ("time", curve["potential"].values[kept], dict(curve["potential"].attrs)),
        "current_density": ("time", current[kept], dict(curve["current_density"].attrs)),
        "layer": (
            "position",
            layer,
            described("1", "layer, counted from the electrode; the last is the electrolyte"),
        ),
    }
    coordinates = {
        "time": ("time", time[kept], described("s", "time")),
        "position": ("position", position, described("m", "distance from the electrode")),
    }
    faces = np.cumsum(batch.stack.thickness[0, : len(names)]).tolist()
    layers = [*reversed(names), study.electrolyte.name or "electrolyte"]
    attributes = dict(curves.attrs) | {"layers": layers, "faces": faces}
    return xr.Dataset(variables, coordinates, attributes)


def activity_changes(
    operator: TransportOperator, time: Float[np.ndarray, "node"], flux: Float[np.ndarray, "node"]
) -> Float[np.ndarray, "node cell"]:
    """Change of the activity (mol m-3) in every cell under an electrode flux (mol m-2 s-1) that is linear between the nodes (s)."""
    duration = np.diff(time)
    # Steps of no length, where a segment ends, change nothing; they only must not divide by zero.
    lengths = np.where(duration > 0, duration, 1.0) / PARTS
    with jax.enable_x64(True):
        return np.asarray(_integrate(operator, lengths, duration > 0, flux[:-1], flux[1:]))


@jax.jit
def _integrate(operator, length, moves, begin, end):
    """Cell by cell at every node, the first at rest."""

    def advance(change, node):
        length, moves, begin, end = node
        following = change
        for part in range(PARTS):
            old, new = (begin + at / PARTS * (end - begin) for at in (part, part + 1))
            following = step_with_flux(operator, following, length, old, new)
        following = jnp.where(moves, following, change)
        return following, following

    rest = jnp.zeros_like(operator.capacity)
    _, found = jax.lax.scan(advance, rest, (length, moves, begin, end))
    return jnp.concatenate([rest[None], found])
