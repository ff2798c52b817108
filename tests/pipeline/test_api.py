"""The Python interface: one independent number for each protocol, units on every variable, errors in one line."""

import numpy as np
import pint
import pytest

import screening as sei
from screening.sampling.distributions import Fixed

# CODATA 2018, written out so that a wrong constant in the package would show
FARADAY, GAS_CONSTANT, TEMPERATURE = 96485.33212, 8.314462618, 298.15
THERMAL = GAS_CONSTANT * TEMPERATURE / FARADAY  # V
REVERSIBLE = sei.Metal("inf A/m^2")
FINE = {"electrolyte_cells": 256, "tolerance": 3e-4, "steps": 1000}
DIFFUSIVITY, CONCENTRATION = 1e-9, 1.0


def simulate_couple(protocol):
    """A fast soluble couple, 1 mmol/L of its oxidised half, on a bare electrode in an unstirred liquid."""
    liquid = sei.Electrolyte(
        concentration=None,
        diffusivity="1e-9 m^2/s",
        transference_number=None,
        diffusion_layer_thickness="500 um",
    )
    couple = sei.Couple("inf m/s", "1 mmol/L")
    return sei.simulate([], protocol, electrode=couple, electrolyte=liquid, **FINE)


@pytest.fixture(scope="module")
def voltammogram():
    return simulate_couple(sei.CV("0.4 V", "-0.3 V", "100 mV/s"))


@pytest.fixture(scope="module")
def step():
    return simulate_couple(sei.Hold("2 s", potential="-0.5 V"))


def test_voltammogram_of_a_fast_couple(voltammogram):
    """Randles and Sevcik: 0.446295, 1.109 RT/F beyond the formal potential, half-peak 1.09 RT/F before it."""
    scale = FARADAY * CONCENTRATION * np.sqrt(DIFFUSIVITY * 0.1 / THERMAL)
    assert int(voltammogram.status) == 1
    assert float(voltammogram.peak_current_density[0]) / scale == pytest.approx(-0.446295, abs=1e-4)
    assert float(voltammogram.peak_potential[0]) == pytest.approx(-0.02849, abs=1e-4)
    assert float(voltammogram.half_peak_potential[0]) == pytest.approx(1.09 * THERMAL, abs=1.5e-4)
    assert bool(voltammogram.peak_is_maximum[0])


def test_curve_of_the_voltammogram_is_the_drive(voltammogram):
    one = voltammogram.isel(scan_rate=0)
    swept = 0.4 - 0.1 * np.minimum(one.time, 14.0 - one.time)
    np.testing.assert_allclose(one.potential, swept, atol=1e-12)
    assert voltammogram.current_density.dims == ("scan_rate", "curve_step")
    assert one.sizes["curve_step"] == FINE["steps"] + 1
    assert float(one.current_density.min()) == pytest.approx(float(one.peak_current_density), rel=1e-4)
    charge = np.trapezoid(one.current_density, one.time)
    assert charge == pytest.approx(float(one.cathodic_charge_density + one.anodic_charge_density), rel=1e-3)


def test_current_after_a_potential_step(step):
    """Cottrell: F c sqrt(D / (pi t)) while the diffusion layer is thinner than the unstirred one."""
    time, current = step.time.values, step.current_density.values
    late = time > 0.02
    cottrell = -FARADAY * CONCENTRATION * np.sqrt(DIFFUSIVITY / (np.pi * time[late]))
    np.testing.assert_allclose(current[late], cottrell, rtol=1e-3)
    charge = -2 * FARADAY * CONCENTRATION * np.sqrt(DIFFUSIVITY * 2.0 / np.pi)
    assert float(step.cathodic_charge_density) == pytest.approx(charge, rel=1e-3)
    assert step.current_density.dims == ("curve_step",)


@pytest.mark.slow
def test_slow_sweep_reaches_the_limiting_current_of_the_layers():
    """Resistances in series: L / (D K) of each layer and (1 - t+) delta / D of the liquid."""
    film = sei.Stack(
        [
            sei.Layer("LiF", "20 nm", diffusivity="1e-14 m^2/s", partition_coefficient=0.5),
            sei.Layer("Li3N", pint.Quantity(10, "nm"), diffusivity="2e-14 m^2/s"),
        ],
        electrolyte=sei.Electrolyte("2 mol/L", "2e-10 m^2/s", 0.4, "60 um"),
    )
    curves = sei.simulate(film, sei.LSV("0 V", "-1.2 V", "0.5 mV/s"), electrode=REVERSIBLE)
    resistance = 20e-9 / (1e-14 * 0.5) + 10e-9 / 2e-14 + 0.6 * 60e-6 / 2e-10
    limit = FARADAY * 2000.0 / resistance
    assert float(curves.limiting_current_density) == pytest.approx(limit, rel=1e-12)
    assert float(curves.current_density[0, -1]) == pytest.approx(-limit, rel=1e-6)
    assert curves.attrs["layers"] == "LiF | Li3N"


@pytest.mark.slow
def test_rest_then_constant_current_lasts_for_the_time_of_sand():
    """Sand: pi D (F c / (2 j (1 - t+)))^2, with the transference number of the salt."""
    liquid = sei.Electrolyte("1 mol/L", "2e-10 m^2/s", 0.4, "500 um")
    hold = sei.Hold("60 s", current="-100 mA/cm^2", lower_cutoff="-1 V")
    lithium = sei.Metal("inf A/m^2", initial_inventory="1 mmol/m^2")
    curves = sei.simulate(
        [], sei.Sequence([sei.Rest("5 s"), hold]), electrode=lithium, electrolyte=liquid, electrolyte_cells=256
    )
    sand = np.pi * 2e-10 * (FARADAY * 1000.0 / (2 * 1000.0 * 0.6)) ** 2
    assert float(curves.duration) - 5.0 == pytest.approx(sand, rel=2e-3)
    resting = curves.time.values < 4.9
    assert np.abs(curves.current_density.values[resting]).max() == 0.0
    assert np.abs(curves.potential.values[resting]).max() < 1e-9
    assert float(curves.lowest_potential) < -1.0


@pytest.mark.slow
def test_pulses_through_an_ohmic_film():
    """Faraday's law for the charge, Ohm's law for the drop, and no current in the pauses."""
    film = sei.Stack(sei.Layer(None, "50 nm", conductivity="2e-5 S/m", name="glass"))
    curves = sei.simulate(film, sei.Pulse("2 s", "5 s", current="-20 mA/cm^2", cycles=2), electrode=REVERSIBLE)
    assert float(curves.cathodic_charge_density) == pytest.approx(-200.0 * 2 * 2, rel=1e-6)
    assert float(curves.duration) == pytest.approx(14.0)
    # the bare electrode stays within RT/F of equilibrium: less than a fifth of the salt is used up at it
    drop = -200.0 * 50e-9 / 2e-5
    assert drop - 0.2 * THERMAL < float(curves.lowest_potential) < drop
    assert float(curves.film_area_specific_resistance) == pytest.approx(50e-9 / 2e-5, rel=1e-12)
    assert float(curves.current_density[-1]) == 0.0
    assert -0.2 * THERMAL < float(curves.potential[-1]) < 0.0


UNITS = {
    "time": "s",
    "duration": "s",
    "scan_rate": "V s-1",
    "curve_step": "1",
    "status": "1",
    "coulombic_efficiency": "1",
    "peak_is_maximum": "1",
    **dict.fromkeys(("film_share_of_limit", "limited_by"), "1"),
    "film_area_specific_resistance": "ohm m2",
    **dict.fromkeys(("potential", "peak_potential", "half_peak_potential", "anodic_peak_potential"), "V"),
    **dict.fromkeys(("final_potential", "lowest_potential"), "V"),
    **{f"{name}current_density": "A m-2" for name in ("", "peak_", "anodic_peak_", "limiting_", "final_")},
    "largest_cathodic_current_density": "A m-2",
    **{f"{name}_charge_density": "C m-2" for name in ("cathodic", "anodic")},
}


@pytest.mark.parametrize("name", ["voltammogram", "step"])
def test_every_variable_has_its_unit(request, name):
    curves = request.getfixturevalue(name)
    assert {variable: curves[variable].attrs["units"] for variable in curves.variables} == {
        variable: UNITS[variable] for variable in curves.variables
    }
    assert all(curves[variable].attrs["long_name"] for variable in curves.variables)


def test_curves_carry_the_study_that_makes_them_again(step):
    study = sei.parse_study(step.attrs["study"])
    assert study.digest == step.attrs["digest"]
    assert sei.simulate_study(study).current_density.values.tobytes() == step.current_density.values.tobytes()


LAYER = sei.Layer("LiF", "5 nm", diffusivity="1e-15 m^2/s")
SWEEP = sei.CV("0.3 V", "-0.5 V", "10 mV/s")
ONE = """
electrolyte = {diffusivity = "1e-9 m^2/s", diffusion_layer_thickness = "1 mm"}
electrode = {kind = "couple", rate_constant = "inf m/s", oxidised_concentration = "1 mol/m^3"}
film = [{name = "bare"}]
protocol = {kind = "rest", duration = "1 s"}
"""
BAD = {
    "negative thickness": (lambda: sei.Layer("LiF", "-5 nm", diffusivity="1e-15 m^2/s"), 'Layer.thickness: .*"-5 nm"'),
    "negative number": (lambda: sei.Layer("LiF", Fixed(-5e-9), "1e-15 m^2/s"), "Layer.thickness: .*got -5e-09 m"),
    "endless number": (
        lambda: sei.Layer("LiF", Fixed(np.inf), "1e-15 m^2/s"),
        "Layer.thickness: not finite: got inf m",
    ),
    "thickness without unit": (lambda: sei.Layer("LiF", 5, diffusivity="1e-15 m^2/s"), "no unit: got 5"),
    "wrong pint unit": (lambda: sei.Layer("LiF", pint.Quantity(5, "s"), diffusivity="1 m^2/s"), "wrong dimension"),
    "unknown phase": (lambda: sei.Layer("LiFf", "5 nm", diffusivity="1e-15 m^2/s"), 'did you mean "LiF"'),
    "not a quantity": (lambda: sei.Layer("LiF", {}, diffusivity="1 m^2/s"), "cannot be read as a quantity"),
    "not a layer": (lambda: sei.Stack(["LiF"]), r"Stack.layers\[0\]: not a layer"),
    "transference of one": (lambda: sei.Electrolyte(transference_number=1.0), "Electrolyte.transference_number"),
    "no exchange current": (lambda: sei.Metal("0 A/m^2"), "Metal.exchange_current_density"),
    "empty couple": (lambda: sei.Couple("inf m/s", "0 mol/L"), "no dissolved species"),
    "zero scan rate": (lambda: sei.LSV("0 V", "-1 V", "0 mV/s"), r"scan_rates\[0\]|scan_rates: .*0 mV/s"),
    "no sweep": (lambda: sei.CV("0 V", "0 V", "1 mV/s"), "nothing to sweep"),
    "two controls": (lambda: sei.Hold("1 s", potential="0 V", current="1 A/m^2"), "contradictory control"),
    "no control": (lambda: sei.Pulse("1 s", "1 s"), "neither potential nor current"),
    "not a step": (lambda: sei.Sequence([SWEEP, "rest"]), r"Sequence.steps\[1\]"),
    "not a protocol": (lambda: sei.simulate([LAYER], "cv"), "protocol: not a usable protocol"),
    "not an electrode": (lambda: sei.simulate([LAYER], SWEEP, electrode=LAYER), "electrode: not a usable"),
    "unknown numerics": (lambda: sei.simulate([LAYER], SWEEP, toleranse=1e-3), 'did you mean "tolerance"'),
    "negative temperature": (lambda: sei.simulate([LAYER], SWEEP, temperature="-1 K"), "conditions.temperature"),
    "unknown device": (lambda: sei.simulate([LAYER], SWEEP, device="abacus"), "--device: .*abacus"),
    "couple without liquid": (lambda: sei.simulate([], SWEEP, electrode=sei.Couple("inf m/s", "1 mol/L")), "couple"),
    "no such candidate": (lambda: sei.simulate_study(sei.parse_study(ONE), 9), "candidates from 0 to 0"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments_are_refused_in_one_line(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    call, message = BAD[name]
    with pytest.raises(sei.StudyError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_everything_public_is_there():
    assert [name for name in sei.__all__ if not hasattr(sei, name)] == []
    assert set(sei.__all__) <= set(dir(sei))
    with pytest.raises(AttributeError, match="no attribute 'Cv'"):
        _ = sei.Cv
