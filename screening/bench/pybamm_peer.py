"""The same voltammograms with PyBaMM and its IDAKLU solver, where the extra `peers` is installed.

Another simulator's solver is above all a check of our peaks. Its speed is that of one PyBaMM variable a cell, which is easy
to read but not PyBaMM's fastest form (arrays on its own meshes: 83 to 86 CVs/s on two cores of this kind).
"""
# pyright: reportMissingImports=false, reportCallIssue=false

import time
from typing import Any

import jax
import numpy as np

from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.transport import assemble
from screening.bench.reference import error_statistics
from screening.config.study import Study
from screening.model.discretisation import numerics_of
from screening.model.draws import draw_candidates

STACKS = 4
POINTS = 2000
TOLERANCE = 1e-6


def measure_pybamm(study: Study, exact: np.ndarray) -> dict[str, Any]:
    """Speed and peak errors of PyBaMM on the cathodic sweeps of the first stacks, with the same finite volumes.

    Only the sweep to the vertex is computed, and counted as half a voltammogram; the stripping with its exhausted
    inventory would cost PyBaMM more.
    """
    try:
        import pybamm
    except ImportError:
        return {"missing": 'not installed; the extra "peers" brings it'}
    pybamm.set_logging_level("ERROR")
    count = min(STACKS, len(exact))
    batch = draw_candidates(study, 0, count)
    sample, mesh = batch.sample, numerics_of(study).mesh
    with jax.enable_x64(True):
        operators = jax.device_get(
            jax.vmap(lambda stack, liquid: assemble(mesh, stack, liquid))(sample.stack, sample.electrolyte)
        )
    values, seconds = np.full((count, study.n_runs), np.nan), 0.0
    for row in range(count):
        one = jax.tree.map(lambda leaf, row=row: np.asarray(leaf)[row], (operators, sample))
        start, vertex = (float(getattr(batch.drive, name)[row, 0, 0]) for name in ("start", "stop"))
        for run, rate in enumerate(batch.scan_rates[row]):
            model, end = _model(pybamm, *one, start, vertex, float(rate))
            pybamm.Discretisation().process_model(model)
            solver = pybamm.IDAKLUSolver(rtol=TOLERANCE, atol=1e-8)
            times = np.linspace(0.0, end, POINTS)
            solver.solve(model, [0.0, end], t_interp=times)  # compiles, which is not timed
            began = time.perf_counter()
            solution = solver.solve(model, [0.0, end], t_interp=times)
            seconds += time.perf_counter() - began
            current = solution["current density"](times)
            values[row, run] = np.min(current)
    return {
        "voltammograms_per_second": values.size / (2 * seconds),
        "remark": "one core, one variable a cell, not its fastest form",
        "tolerance": TOLERANCE,
        "peak_error": error_statistics(values, exact[:count]),
    }


def _model(pybamm, operator, sample, start: float, vertex: float, rate: float):
    """Differential-algebraic system of the cathodic sweep: one variable per cell, inventory, electrode equation."""
    electrode = sample.electrode
    capacity, outer, source = (getattr(operator, name).tolist() for name in ("capacity", "conductance", "source"))
    cells = range(len(capacity))
    concentration = float(sample.electrolyte.concentration)
    unit = float(electrode.exchange_current_density)
    scale = FARADAY / (GAS_CONSTANT * float(sample.temperature))
    share, monolayer = float(electrode.kinetics.transfer_coefficient), float(electrode.monolayer_inventory)
    content = [pybamm.Variable(f"activity {cell}") for cell in cells]  # relative to the bulk's
    covering = pybamm.Variable("inventory in monolayers")
    current = pybamm.Variable("current over exchange current")
    flux = unit / (FARADAY * concentration) * current
    outward = [outer[cell] * (content[cell] - (content[cell + 1] if cell + 1 < len(content) else 0)) for cell in cells]
    surface = 1 + content[0] + float(operator.surface_resistance) * flux
    potential = start + float(np.sign(vertex - start)) * rate * pybamm.t
    in_series = float(sample.series_resistance + np.sum(sample.stack.resistivity * sample.stack.thickness))
    drive = scale * (potential - in_series * unit * current)
    law = (1 - pybamm.exp(-covering)) * pybamm.exp((1 - share) * drive) - surface * pybamm.exp(-share * drive)
    model = pybamm.BaseModel()
    model.rhs = {
        content[cell]: ((outward[cell - 1] if cell else 0) - outward[cell] + source[cell] * flux) / capacity[cell]
        for cell in cells
    }
    model.rhs[covering] = -unit / (FARADAY * monolayer) * current
    model.algebraic = {current: current - law}
    model.initial_conditions = {cell: pybamm.Scalar(0.0) for cell in content}
    model.initial_conditions[covering] = pybamm.Scalar(float(electrode.initial_inventory) / monolayer)
    model.initial_conditions[current] = pybamm.Scalar(-float(np.exp(-share * scale * start)))
    model.variables = {"current density": unit * current}
    return model, abs(vertex - start) / rate
