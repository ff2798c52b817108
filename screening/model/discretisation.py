"""Numerical choices of a study as the kernels take them."""

from kernels.experiment import Numerics
from kernels.march import StepControl
from kernels.mesh import Mesh
from screening.config.study import Study

# Steps are chosen by far coarser tests than this; float32 cannot reach less.
ROOT_TOLERANCE = {"float64": 1e-7, "float32": 1e-4}
# Derivatives need a tighter root of the electrode equation than stepping does.
DERIVATIVE_ROOT_TOLERANCE = 1e-10


def numerics_of(study: Study) -> Numerics:
    """The kernels' numerical choices for a run of a study (static for JAX)."""
    chosen = study.numerics
    return Numerics(
        mesh=Mesh(cells_per_layer=chosen.cells_per_layer, electrolyte_cells=chosen.electrolyte_cells),
        order=chosen.reduced_order,
        control=StepControl(tolerance=chosen.tolerance, root_tolerance=ROOT_TOLERANCE[chosen.precision]),
        precision=chosen.precision,
    )


def derivative_numerics(study: Study, order: int | None = None) -> Numerics:
    """The same for derivatives: a tighter root, always float64; `order` 0 is the full order."""
    asked = numerics_of(study)
    control = StepControl(tolerance=asked.control.tolerance, root_tolerance=DERIVATIVE_ROOT_TOLERANCE)
    return Numerics(mesh=asked.mesh, order=asked.order if order is None else order, control=control)
