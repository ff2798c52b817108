"""Calibration of the pulsed ammonia model's surface constants to published efficiencies, by the project's own fit.

`python -m experiments.pulsed_calibration` prints it; nothing here feeds back into the kernels.
"""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from experiments.ammonia_calibration import CYCLE, ELECTROLYTES, TEMPERATURE, read_table
from kernels.ammonia import (
    Conditions,
    SurfaceChemistry,
    calibrated_cell,
    default_chemistry,
    instant_supply,
    pulse_train,
    pulsed_state,
)
from screening.fitting.law import LawFit, fit_law
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.sampling.distributions import Range

# what the fit frees of `SurfaceChemistry`: bounds and unit, SI. The scales of coverage, kN and the loss of lithium stay.
RANGES = {
    "proton_mass_transfer": (5e-6, 5e-5, "m s-1"),
    "nitridation": (1e-6, 1e-3, "m s-1"),
    "protonation": (1e-8, 1e-4, "m s-1"),
    "nitride_protonation": (1e-6, 1e-3, "m s-1"),
    "protonation_order": (1.0, 4.0, "1"),
    "residual_donor": (1.0, 50.0, "mol m-3"),
}


def free_constants() -> FreeParameters:
    """The six constants that the calibration frees, the first start at those chosen by hand; SI."""
    return FreeParameters(
        tuple(
            FreeParameter(name, name, unit, name.replace("_", " "), Range(low, high, logarithmic=True), start=start)
            for (name, (low, high, unit)), start in zip(RANGES.items(), chosen_constants().tolist(), strict=True)
        )
    )


def chosen_constants() -> np.ndarray:
    """The same constants of `default_chemistry`, in the order of `free_constants`."""
    return np.array([getattr(default_chemistry(), name).item() for name in RANGES])


def make_law(rows: Sequence[dict[str, Any]]):
    """What the pulsed model says to efficiencies of the calibration, as a function of the six constants.

    Args:
        rows: of the set "calibration", efficiencies only.

    Returns:
        function of (constants `[parameter]`, positions `[point]`, which it ignores) to efficiencies `[point]`.
    """
    columns = ("current_mA_per_cm2", "duty", "ethanol_vol_percent", "nitrogen_bar")
    inputs = np.array([[row[name] for name in columns] for row in rows]) * [10.0, CYCLE, 0.01, 1e5]
    cells = [calibrated_cell(row["salt"]) for row in rows]
    film, cell = jax.tree.map(lambda *leaves: jnp.stack(leaves), *cells)

    def law(constants, _):
        chemistry = chemistry_of(constants)

        def point(values, film, cell):
            current, on, ethanol, nitrogen = values
            # the constants hold at 2 mol/L; Fu's 1 mol/L series is pooled with them, as in the steady calibration
            conditions = Conditions(ethanol, nitrogen, jnp.asarray(2000.0), jnp.asarray(TEMPERATURE))
            train = pulse_train(current, on, CYCLE - on)
            # the fit was made with Li+ held to its steady limit at every moment (docs/ammonia.md)
            state = pulsed_state(train, conditions, film, cell, chemistry, supply=instant_supply())
            return state.efficiency.ammonia

        return jax.vmap(point)(jnp.asarray(inputs), film, cell)

    return law


def chemistry_of(constants) -> SurfaceChemistry:
    """Surface constants with the six in place of the chosen ones.

    Args:
        constants: `[6]`, SI, in the order of `free_constants`.

    Returns:
        SurfaceChemistry of scalars.
    """
    values = tuple(jnp.asarray(value) for value in constants)
    return eqx.tree_at(lambda c: tuple(getattr(c, name) for name in RANGES), default_chemistry(), values)


def calibrate(starts: int = 4, seed: int = 0) -> tuple[LawFit, np.ndarray, list[dict[str, Any]]]:
    """Fit the six constants to the eleven efficiencies; film, proton branch and limiting current are those of the preset.

    Args:
        starts: number of starts.
        seed: their random seed.

    Returns:
        the fit, deviations of `default_chemistry` in standard uncertainties `[target]`, and the targets.
    """
    rows = [row for row in read_table("ammonia_targets") if row["set"] == "calibration"]
    rows = [row for row in rows if row["quantity"] == "faradaic_efficiency" and row["salt"] in ELECTROLYTES]
    measured, sigma = (np.array([row[key] for row in rows]) for key in ("value", "uncertainty"))
    with jax.enable_x64(True):
        law = make_law(rows)
        chosen = np.asarray(jax.jit(law)(jnp.asarray(chosen_constants()), None))
        found = fit_law(
            law, np.arange(len(rows), dtype=float), measured, free_constants(),
            standard_uncertainty=sigma, starts=starts, seed=seed,
        )  # fmt: skip
    return found, (chosen - measured) / sigma, rows


def main() -> None:
    """Print the calibration beside the constants that were chosen by hand."""
    found, by_hand, rows = calibrate()
    total, before = np.sum(found.residual**2), np.sum(by_hand**2)
    print(f"sum of squared deviations {total:.2f} ({before:.2f} by hand)")
    for row, new, old in zip(rows, found.residual, by_hand, strict=True):
        point = f"{row['salt']} {row['current_mA_per_cm2']:g} mA/cm2 {row['ethanol_vol_percent']:g} vol %"
        print(f"  {point:28s} {row['value']:6.3f}  fit {new:+6.2f}  by hand {old:+6.2f}")
    widths = found.standard_uncertainty
    for (name, value), old in zip(found.estimate.items(), chosen_constants(), strict=True):
        print(f"  {name:22s} {value:10.3g} +- {widths[name]:.2g}   by hand {old:.3g}")


if __name__ == "__main__":
    main()
