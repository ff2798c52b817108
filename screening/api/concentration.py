"""Concentration across film and diffusion layer while a protocol runs, which simulations reduce to the surface alone."""

from typing import Any

import jax
import numpy as np
import xarray as xr
from jaxtyping import Float
from scipy.linalg import solve_banded

from kernels.constants import FARADAY
from kernels.mesh import cell_nodes, cell_widths
from kernels.transport import TransportOperator, assemble
from screening.api.simulate_study import simulate_study
from screening.cf_attributes import described
from screening.config.study import Study
from screening.errors import StudyError
from screening.model.discretisation import numerics_of
from screening.model.draws import draw_candidates

# Each step of the curve is split into this many; the scheme is of second order, so that the error of the mesh is the larger one.
PARTS = 4
# L-stable and stiffly accurate, two stages: Alexander, SIAM J. Numer. Anal. 14, 1006 (1977), 10.1137/0714068.
DIAGONAL = 1 - 0.5**0.5


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
    capacity, face, source = (
        np.asarray(entry, float) for entry in (operator.capacity, operator.conductance, operator.source)
    )
    diagonal = face + np.concatenate([[0.0], face[:-1]])
    found = np.zeros((len(time), len(capacity)))

    def outflow(change):
        outward = face * (change - np.append(change[1:], 0.0))
        return outward - np.concatenate([[0.0], outward[:-1]])

    def solved(step, load):
        bands = np.zeros((3, len(capacity)))
        bands[0, 1:] = bands[2, :-1] = -DIAGONAL * step * face[:-1]
        bands[1] = capacity + DIAGONAL * step * diagonal
        return solve_banded((1, 1), bands, load)

    for node in range(1, len(time)):
        step = (time[node] - time[node - 1]) / PARTS
        change = found[node - 1]
        for part in range(PARTS):
            at = (part + np.array([DIAGONAL, 1.0])) / PARTS
            first, second = flux[node - 1] + at * (flux[node] - flux[node - 1])
            if step <= 0:
                continue
            stage = solved(step, capacity * change + DIAGONAL * step * first * source)
            slope = first * source - outflow(stage)
            change = solved(step, capacity * change + step * ((1 - DIAGONAL) * slope + DIAGONAL * second * source))
        found[node] = change
    return found
