"""The same voltammograms with PyBaMM and its IDAKLU solver, where the extra `peers` is installed."""

import time
from typing import Any

import jax
import numpy as np

from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.transport import assemble
from screening.bench.reference import error_statistics
from screening.bridge import numerics_of, sample_of
from screening.config.study import Study

STACKS = 4
POINTS = 4000
TOLERANCE = 1e-6


def measure_pybamm(study: Study, exact: np.ndarray) -> dict[str, Any]:
    """Time PyBaMM on the cathodic sweeps of the first stacks, discretised with the same finite volumes.

    Only the sweep to the vertex is computed, and counted as half a voltammogram; the stripping with its exhausted
    inventory would cost PyBaMM more.

    Args:
        study: with a metal electrode and one triangular sweep.
        exact: `[candidate, run]` of peak currents, A m-2, of the first candidates.

    Returns:
        voltammograms per second of one core and the error of the peak currents, or why there are none.

    Example:
        `measure_pybamm(study, reference_peaks(study, 4))["voltammograms_per_second"]`
    """
    try:
        import pybamm
    except ImportError:
        return {"missing": 'not installed; the extra "peers" brings it'}
    pybamm.set_logging_level("ERROR")
    count = min(STACKS, len(exact))
    batch = study.candidates(0, count)
    sample, mesh = sample_of(batch, study.electrode_kind), numerics_of(study).mesh
    with jax.enable_x64(True):
        operators = jax.device_get(
            jax.vmap(lambda stack, liquid: assemble(mesh, stack, liquid))(sample.stack, sample.electrolyte)
        )
    values, seconds = np.full((count, study.n_runs), np.nan), 0.0
    for row in range(count):
        one = jax.tree.map(lambda leaf, row=row: np.asarray(leaf)[row], (operators, sample))
        start, vertex = (float(batch.segments[name][row, 0, 0]) for name in ("start", "stop"))
        for run, rate in enumerate(batch.scan_rates[row]):
            model, end = _model(pybamm, *one, start, vertex, float(rate))
            pybamm.Discretisation().process_model(model)
            solver = pybamm.IDAKLUSolver(rtol=TOLERANCE, atol=1e-9)
            times = np.linspace(0.0, end, POINTS)
            solver.solve(model, times[:2])  # sets the solver up, which is not timed
            began = time.perf_counter()
            current = solver.solve(model, [0.0, end], t_interp=times)["current density"](times)
            seconds += time.perf_counter() - began
            values[row, run] = np.min(current)
    return {
        "voltammograms_per_second": values.size / (2 * seconds),
        "tolerance": TOLERANCE,
        "peak_error": error_statistics(values, exact[:count]),
    }


def _model(pybamm, operator, sample, start: float, vertex: float, rate: float):
    """Differential-algebraic system of the cathodic sweep: contents, inventory, and the electrode equation."""
    import scipy.sparse

    electrode = sample.electrode
    cells = len(operator.capacity)
    inner = operator.conductance[:-1]
    diagonal = operator.conductance + np.concatenate([[0.0], inner])
    outflow = scipy.sparse.diags([-inner, diagonal, -inner], [-1, 0, 1], format="csr")
    rates = scipy.sparse.diags(1 / operator.capacity) @ outflow
    first = scipy.sparse.csr_matrix(([1.0], ([0], [0])), shape=(1, cells))
    concentration = float(sample.electrolyte.concentration)
    content = pybamm.StateVector(slice(0, cells), name="content")
    inventory = pybamm.StateVector(slice(cells, cells + 1), name="inventory")
    current = pybamm.StateVector(slice(cells + 1, cells + 2), name="current")
    unit = float(electrode.exchange_current_density)
    scale = FARADAY / (GAS_CONSTANT * float(sample.temperature))
    share, monolayer = float(electrode.transfer_coefficient), float(electrode.monolayer_inventory)
    surface = (
        1
        + (pybamm.Matrix(first) @ content + float(operator.surface_resistance) * unit * current / FARADAY)
        / concentration
    )
    potential = start + float(np.sign(vertex - start)) * rate * pybamm.t
    drive = scale * (potential - float(sample.series_resistance) * unit * current)
    covered = 1 - pybamm.exp(-inventory)
    law = covered * pybamm.exp((1 - share) * drive) - surface * pybamm.exp(-share * drive)
    model = pybamm.BaseModel()
    flux = unit * current / FARADAY
    model.rhs = {
        content: -(pybamm.Matrix(rates) @ content) + pybamm.Vector(operator.source / operator.capacity) * flux,
        inventory: -flux / monolayer,
    }
    model.algebraic = {current: current - law}
    model.initial_conditions = {
        content: pybamm.Vector(np.zeros(cells)),
        inventory: pybamm.Vector([float(electrode.initial_inventory) / monolayer]),
        current: pybamm.Vector([-np.exp(-share * scale * start)]),
    }
    model.variables = {"current density": unit * current}
    return model, abs(vertex - start) / rate
