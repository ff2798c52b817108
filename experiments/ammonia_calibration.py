"""Calibration of the steady ammonia model to published numbers, and its comparison with held-out data.

`python -m experiments.ammonia_calibration` prints both; nothing here feeds back into the kernels.
"""

import csv
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kernels.ammonia import (
    CellParameters,
    Conditions,
    FilmTransport,
    ProtonBranch,
    calibrated_cell,
    default_chemistry,
    energy_efficiency,
    pulse_train,
    pulsed_state,
    steady_state,
)
from screening.fitting.law import LawFit, fit_law
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.sampling.distributions import Range

ELECTROLYTES = ("LiDFOB", "LiBF4")
TEMPERATURE = 298.15
CYCLE = 32.0  # s, split by the duty of a row


def read_table(name: str) -> list[dict[str, Any]]:
    """Rows of a table in experiments/data, numbers as floats.

    Args:
        name: "ammonia_targets" or "ammonia_validation".

    Returns:
        rows by column name; an empty field is None.
    """
    text = resources.files("experiments").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    words = ("set", "salt", "quantity", "unit", "uncertainty_kind", "source", "place", "note")
    return [
        {key: (value if key in words else float(value) if value else None) for key, value in row.items()}
        for row in csv.DictReader(text.splitlines())
    ]


def free_constants() -> FreeParameters:
    """The ten constants that the calibration frees, within two decades or less; SI."""
    ranges = {
        "film_resistance_LiDFOB": (2e-5, 2e-3, "ohm m2"),
        "film_resistance_LiBF4": (2e-3, 2e-1, "ohm m2"),
        "limiting_current": (500.0, 3000.0, "A m-2"),
        "proton_current": (1.0, 200.0, "A m-2"),
        "proton_overpotential_scale": (0.1, 3.0, "V"),
        "proton_order": (0.5, 5.0, "1"),
        "residual_donor_fraction": (5e-5, 3e-3, "1"),
        "proton_mass_transfer": (3e-6, 1e-4, "m s-1"),
        "cell_resistance_LiDFOB": (5e-4, 1e-2, "ohm m2"),
        "cell_resistance_LiBF4": (5e-4, 1e-2, "ohm m2"),
    }
    return FreeParameters(
        tuple(
            FreeParameter(name, name, unit, name.replace("_", " "), Range(low, high, logarithmic=True))
            for name, (low, high, unit) in ranges.items()
        )
    )


def preset_constants() -> np.ndarray:
    """The same constants of `calibrated_cell`, in the order of `free_constants`."""
    cells = [calibrated_cell(salt) for salt in ELECTROLYTES]
    cell = cells[0][1]
    return np.array(
        [
            *(film.resistance.item() for film, _ in cells),
            cells[0][0].limiting_current.item(),
            cell.proton.current.item(),
            cell.proton.overpotential_scale.item(),
            cell.proton.order.item(),
            cell.proton.residual_donor.item(),
            cell.proton_mass_transfer.item(),
            *(one.cell_resistance.item() for _, one in cells),
        ]
    )


def make_law(rows: Sequence[dict[str, Any]]):
    """What the steady model says to rows of the calibration, as a function of the ten constants.

    Args:
        rows: of the set "calibration".

    Returns:
        function of (constants `[parameter]`, positions `[point]`, which it ignores) to values `[point]`.
    """
    bf4 = jnp.asarray([row["salt"] == "LiBF4" for row in rows])
    voltage = jnp.asarray([row["quantity"] == "cell_voltage" for row in rows])
    current, duty, ethanol, nitrogen = (
        np.array([row[key] for row in rows]) * factor
        for key, factor in (
            ("current_mA_per_cm2", 10.0),
            ("duty", 1.0),
            ("ethanol_vol_percent", 0.01),
            ("nitrogen_bar", 1e5),
        )
    )
    whole = np.ones(len(rows))
    # the constants hold at 2 mol/L; Fu's 1 mol/L series is pooled with them, as the preset does
    conditions = Conditions(*(jnp.asarray(v) for v in (ethanol, nitrogen, 2000.0 * whole, TEMPERATURE * whole)))
    _, preset = calibrated_cell("LiDFOB")

    def law(constants, _):
        film_a, film_b, limit, prefactor, scale, order, residual, transfer, cell_a, cell_b = constants
        film = FilmTransport(jnp.where(bf4, film_b, film_a), jnp.zeros(len(rows)), limit * jnp.asarray(whole))
        proton = ProtonBranch(prefactor, scale, order, residual, preset.proton.hydrogen_share)
        spread = [value * jnp.asarray(whole) for value in jax.tree.leaves(proton)]
        cell = CellParameters(
            proton=jax.tree.unflatten(jax.tree.structure(proton), spread),
            proton_mass_transfer=transfer * jnp.asarray(whole),
            cell_resistance=jnp.where(bf4, cell_b, cell_a),
            **{
                name: getattr(preset, name) * jnp.asarray(whole)
                for name in (
                    *("nitrogen_mass_transfer", "nitrogen_solubility", "salting_out", "anode_overpotential"),
                    *("equilibrium_voltage", "transport_energy", "proton_energy"),
                )
            },
        )
        state = steady_state(jnp.asarray(current), conditions, film, cell, jnp.asarray(duty))
        return jnp.where(voltage, state.voltage.total, state.efficiency.ammonia)

    return law


def calibrate(starts: int = 16, seed: int = 0) -> tuple[LawFit, np.ndarray, list[dict[str, Any]]]:
    """Fit the ten constants to the fifteen targets.

    Args:
        starts: number of starts.
        seed: their random seed.

    Returns:
        the fit, deviations of the preset in standard uncertainties `[target]`, and the targets.
    """
    rows = [row for row in read_table("ammonia_targets") if row["set"] == "calibration"]
    measured, sigma = (np.array([row[key] for row in rows]) for key in ("value", "uncertainty"))
    law = make_law(rows)
    with jax.enable_x64(True):
        preset = np.asarray(jax.jit(law)(jnp.asarray(preset_constants()), None))
        found = fit_law(
            law, np.arange(len(rows), dtype=float), measured, free_constants(),
            standard_uncertainty=sigma, starts=starts, seed=seed,
        )  # fmt: skip
    return found, (preset - measured) / sigma, rows


def validate() -> list[dict[str, Any]]:
    """What both models say to the held-out rows; the constants are the preset's, nothing is tuned.

    Returns:
        rows of the table with "steady" and "pulsed" added (efficiencies as in "quantity").
    """
    rows = read_table("ammonia_validation")
    columns = ("current_mA_per_cm2", "duty", "ethanol_vol_percent", "nitrogen_bar", "salt_mol_per_L")
    inputs = np.array([[row[key] for key in columns] for row in rows]) * np.array([10.0, 1.0, 0.01, 1e5, 1e3])
    film, cell = calibrated_cell("LiBF4")  # the nearest electrolyte that there is

    def point(values):
        current, duty, ethanol, nitrogen, salt = values
        conditions = Conditions(ethanol, nitrogen, salt, jnp.asarray(TEMPERATURE))
        steady = steady_state(current, conditions, film, cell, duty)
        train = pulse_train(current, duty * CYCLE, (1 - duty) * CYCLE)
        pulsed = pulsed_state(train, conditions, film, cell, default_chemistry())
        voltage, fe = steady.voltage.total, (steady.efficiency.ammonia, pulsed.efficiency.ammonia)
        return jnp.stack([*fe, *(energy_efficiency(jnp.clip(one, 0, 1), voltage).value for one in fe)])

    with jax.enable_x64(True):
        found = np.asarray(jax.jit(jax.vmap(point))(jnp.asarray(inputs)))
    for row, (steady, pulsed, steady_energy, pulsed_energy) in zip(rows, found.tolist(), strict=True):
        energy = row["quantity"] == "energy_efficiency"
        row["steady"], row["pulsed"] = (steady_energy, pulsed_energy) if energy else (steady, pulsed)
    return rows


def decades(rows: Sequence[dict[str, Any]], model: str) -> float:
    """Root mean square of log10(model / published) over rows with a positive published value.

    Args:
        rows: from `validate`.
        model: "steady" or "pulsed".

    Returns:
        decades.
    """
    ratios = [np.log10(row[model] / row["value"]) for row in rows if row["value"] > 0]
    return float(np.sqrt(np.mean(np.square(ratios))))


def main() -> None:
    """Print calibration and validation."""
    found, preset, rows = calibrate()
    print(f"calibration: sum of squared deviations {np.sum(found.residual**2):.2f} (preset {np.sum(preset**2):.2f})")
    for row, new, old in zip(rows, found.residual, preset, strict=True):
        point = f"{row['salt']} {row['current_mA_per_cm2']:g} mA/cm2 {row['ethanol_vol_percent']:g} vol %"
        print(f"  {point:28s} {row['quantity']:20s} {row['value']:6.3f}  fit {new:+5.2f}  preset {old:+5.2f}")
    widths = found.standard_uncertainty
    for (name, value), old in zip(found.estimate.items(), preset_constants(), strict=True):
        print(f"  {name:28s} {value:10.4g} +- {widths[name]:.2g}   preset {old:.4g}")
    print("validation, nothing tuned:")
    checked = validate()
    for name in dict.fromkeys(row["set"] for row in checked):
        mine = [row for row in checked if row["set"] == name]
        print(f"  {name}: {decades(mine, 'steady'):.2f} decades steady, {decades(mine, 'pulsed'):.2f} pulsed")
        for row in mine:
            where = f"{row['current_mA_per_cm2']:g} mA/cm2, {row['ethanol_vol_percent']:g} vol %, {row['nitrogen_bar']:g} bar"
            print(
                f"    {where:36s} published {row['value']:.4f}  steady {row['steady']:.4f}  pulsed {row['pulsed']:.4f}"
            )


if __name__ == "__main__":
    main()
