"""Calibration of the ammonia model by the project's own fit, and its comparison with held-out data, good or bad."""

import numpy as np
import pytest

from experiments import pulsed_calibration
from experiments.ammonia_calibration import calibrate, decades, free_constants, preset_constants, read_table, validate
from tests.numerics.ammonia_cells import operating, run_pulsed

# long compilations for checks of numbers
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def calibration():
    return calibrate(starts=8)


def test_fit_of_the_fifteen_targets_confirms_the_preset(calibration):
    found, preset, rows = calibration
    assert len(rows) == 15
    total, by_preset = float(np.sum(found.residual**2)), float(np.sum(preset**2))
    print(f"sum of squared deviations: fit {total:.2f}, preset {by_preset:.2f}")
    # the fit is at least as good, and the preset is inside what the data allow
    assert total <= by_preset
    assert by_preset - total < 5.0
    assert np.abs(found.residual).max() < 1.5
    estimate, widths = found.estimate, found.standard_uncertainty
    for name, old in zip(free_constants().names, preset_constants(), strict=True):
        if name.endswith("_LiDFOB"):
            continue  # those two trade off: see the next test
        assert abs(estimate[name] - old) < 2.5 * widths[name], name


def test_the_film_resistance_of_lidfob_is_not_determined(calibration):
    """The voltages fix only the sum of film and cell; the film alone may be ten times smaller."""
    found, _, _ = calibration
    estimate, widths = found.estimate, found.standard_uncertainty
    assert widths["film_resistance_LiDFOB"] > 0.5 * estimate["film_resistance_LiDFOB"]
    total = estimate["film_resistance_LiDFOB"] + estimate["cell_resistance_LiDFOB"]
    assert total == pytest.approx(2.46e-3, rel=0.03)
    assert estimate["film_resistance_LiBF4"] > 30 * estimate["film_resistance_LiDFOB"]


def test_held_out_data_are_compared_and_not_tuned_to():
    """Where both models fail (V2 below 0.5 vol %, V5) they are shown to fail."""
    rows = validate()
    by_set = {name: [row for row in rows if row["set"] == name] for name in dict.fromkeys(row["set"] for row in rows)}
    for name, mine in by_set.items():
        print(f"{name}: {decades(mine, 'steady'):.2f} decades steady, {decades(mine, 'pulsed'):.2f} pulsed")
    assert decades(by_set["V1"], "steady") < 0.25
    assert decades(by_set["V4"], "steady") < 0.25
    assert decades(by_set["V2 pressure"], "pulsed") < 0.5 * decades(by_set["V2 pressure"], "steady")
    assert decades(by_set["V2 ethanol"], "steady") > 0.5
    assert decades(by_set["V5"], "pulsed") > 1.0
    argon = next(row for row in rows if row["nitrogen_bar"] == 0)
    assert (argon["steady"], argon["pulsed"]) == (0.0, 0.0)


def test_every_number_has_a_source_and_a_place():
    rows = [*read_table("ammonia_targets"), *read_table("ammonia_validation")]
    assert len(rows) > 60
    for row in rows:
        assert row["source"]
        assert row["place"]
        assert row["unit"]
        assert row["uncertainty"] is not None or row["uncertainty_kind"] in ("not stated", "upper limit")


def test_surface_constants_that_the_fit_finds_keep_what_was_not_fitted():
    """Eleven efficiencies, six constants: Fu's rich side, which the chosen constants miss, and still the optimum and the rest."""
    found, by_hand, rows = pulsed_calibration.calibrate(starts=1)
    total, before = float(np.sum(found.residual**2)), float(np.sum(by_hand**2))
    print(f"sum of squared deviations: fit {total:.2f}, by hand {before:.2f}", found.estimate)
    assert len(rows) == 11
    # the rich side of the chosen constants is six standard uncertainties low: said in docs/ammonia.md
    assert before == pytest.approx(131.7, rel=0.02)
    assert total < 10.0
    assert np.abs(found.residual).max() < 2.0
    chemistry = pulsed_calibration.chemistry_of(found.estimate.values())
    ethanol = [0.2, 0.225, 0.25, 0.275, 0.3, 0.35]
    points = [("LiDFOB", 100, 2, 30, operating(x)) for x in ethanol]
    rests = [("LiDFOB", 100, 2, off, operating()) for off in (20, 25, 28, 30)]
    argon = [("LiDFOB", 100, 2, 30, operating(pressure=0.0))]
    state = run_pulsed([*points, *rests, *argon], chemistry)
    efficiency, periodic = np.asarray(state.efficiency.ammonia), np.asarray(state.periodic)
    print(efficiency, periodic)
    assert 0.20 <= ethanol[int(np.argmax(efficiency[: len(ethanol)]))] <= 0.28
    assert efficiency[2] == pytest.approx(0.98, abs=0.01)
    # still the 30 s of the paper are enough and 20 s are not
    assert not periodic[6]
    assert periodic[9]
    assert efficiency[-1] == 0.0
