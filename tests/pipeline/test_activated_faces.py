"""One law of an activated outer face: the same cost in a simulation, in impedance, in a study of an ammonia cell and its limits."""

import jax
import numpy as np
import pytest
import xarray as xr
from scipy.optimize import brentq

import screening as sei
from kernels.laws import interface_overpotential
from screening.model.draws import draw_candidates
from screening.model.outputs import film_outputs

EV, BOLTZMANN, PLANCK, FARADAY, ROOM = 1.602176634e-19, 1.380649e-23, 6.62607015e-34, 96485.33212, 298.15
THERMAL = BOLTZMANN * ROOM / EV
BARRIER = {"interface_barrier": "0.79 eV", "interface_site_thickness": "5 nm"}  # 1e-5 mol/m2 of sites at 2 mol/L
EXCHANGE = float(FARADAY * 1e-5 * BOLTZMANN * ROOM / PLANCK * np.exp(-0.79 / THERMAL))
PROPERTY = {"ohmic": {"conductivity": "1e-5 S/m"}, "fickian": {"diffusivity": "1e-12 m^2/s"}}

AMMONIA = """
[sampling]
design = "grid"
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "61 um"
[[film]]
name = "LiBF4"
[[film.layer]]
phase = "LiH"
closure = "ohmic"
thickness = "15 nm"
conductivity = "8.0e-7 S/m"
interface_barrier = "0.79 eV"
interface_site_thickness = "5 nm"
[ammonia]
model = "MODEL"
calibration = "LiBF4"
current = { list = ["6 mA/cm^2", "100 mA/cm^2"] }
on_time = "2 s"
off_time = "30 s"
ethanol_fraction = 0.0025
nitrogen_pressure = "1 bar"
"""


def film(closure="ohmic", **more):
    return sei.Stack([sei.Layer("LiF", "10 nm", closure=closure, more=more or None, **PROPERTY[closure])])


def drop(current, alpha=0.5, exchange=EXCHANGE):
    """Overpotential of a cathodic current density (magnitude) over a face, V, by bracketing."""
    rate = lambda x: exchange * (np.exp(alpha * x) - np.exp(-(1 - alpha) * x))  # noqa: E731
    return THERMAL * brentq(lambda x: rate(x) / current - 1, 0.0, 200.0, xtol=1e-13, rtol=1e-14)


def lowest_potential(stack):
    curves = sei.simulate(stack, sei.Pulse("50 ms", "1 s", current="-100 mA/cm^2"))
    return float(curves.potential.min())


@pytest.mark.parametrize("closure", ["ohmic", "fickian"])
def test_a_barrier_costs_its_overpotential_in_a_simulation(closure):
    """0.79 eV at 100 mA/cm2: 0.42 V, as `experiments.li_mediated` says, with any film behind it."""
    cost = lowest_potential(film(closure)) - lowest_potential(film(closure, **BARRIER))
    assert cost == pytest.approx(drop(1000.0), rel=1e-8)
    assert cost == pytest.approx(0.42, abs=0.005)
    assert cost == pytest.approx(float(interface_overpotential(1000.0, EXCHANGE, ROOM)), rel=1e-8)
    skewed = film(closure, **BARRIER, interface_transfer_coefficient=0.3)
    assert lowest_potential(film(closure)) - lowest_potential(skewed) == pytest.approx(drop(1000.0, 0.3), rel=1e-8)


def test_nothing_flows_at_rest_over_any_barrier():
    for barrier in ("0.2 eV", "0.79 eV", "1.4 eV"):
        stack = film(interface_barrier=barrier, interface_site_thickness="5 nm", interface_transfer_coefficient=0.3)
        electrode = sei.Metal(initial_inventory="1 mol/m^2")
        curves = sei.simulate(stack, sei.Hold("10 s", "0 V"), electrode=electrode)
        assert float(np.abs(curves.current_density).max()) < 1e-9


def test_impedance_has_its_resistance_at_rest_and_its_arc():
    resistance = THERMAL / EXCHANGE
    at = ["1 uHz", "1 MHz"]
    plain, active = (sei.impedance(film(**more), at) for more in ({}, BARRIER))
    assert float((active.impedance_real - plain.impedance_real)[0]) == pytest.approx(resistance, rel=1e-9)
    assert active.interface_resistance.values == pytest.approx([resistance], rel=1e-9)
    np.testing.assert_allclose(active.conduction_resistance, plain.conduction_resistance, rtol=1e-12)
    # at 1 / (2 pi R C) the arc has its top
    top = f"{1 / (2 * np.pi * resistance * 0.1)!r} Hz"
    first, second = (
        sei.impedance(film(**more), [top]) for more in ({}, {**BARRIER, "interface_capacitance": "10 uF/cm^2"})
    )
    assert float((second.impedance_imaginary - first.impedance_imaginary)[0]) == pytest.approx(
        -resistance / 2, rel=1e-6
    )
    assert float((second.impedance_real - first.impedance_real)[0]) == pytest.approx(resistance / 2, rel=1e-6)


@pytest.mark.parametrize("model", ["steady", "pulsed"])
def test_an_ammonia_cell_pays_the_same(tmp_path, model):
    """The barrier that a permeance made impassable (FE 0.0003) costs 0.35 V and 0.42 V less what protons take."""
    study = sei.parse_study(AMMONIA.replace("MODEL", model))
    sei.run_study(study, tmp_path / "R.zarr", progress=False)
    found = xr.open_zarr(tmp_path / "R.zarr").load()
    assert (found.status == 1).all()
    shares = [name for name in found if name.startswith("faradaic_efficiency")]
    np.testing.assert_allclose(sum(found[name] for name in shares), 1.0, atol=1e-9)
    assert found.faradaic_efficiency[0] > 0.3
    if model == "steady":
        lithium = (found.lithium_current_share * found.param_ammonia_current).values
        expected = [drop(current) for current in lithium]
        np.testing.assert_allclose(found.desolvation_overpotential, expected, rtol=1e-9)
        # what protons pay for the same overpotential of the film is what Li+ pays in layer and face, less the depletion
        film_part = lithium * 15e-9 / 8.0e-7
        np.testing.assert_allclose(found.film_overpotential, film_part, rtol=1e-9)


def test_what_a_volt_drives_through_film_and_face():
    text = AMMONIA.replace("MODEL", "steady").replace('"0.79 eV"', '"0.95 eV"')
    text = text.replace("interface_site", "interface_transfer_coefficient = 0.4\ninterface_site")
    batch = draw_candidates(sei.parse_study(text), 0, 2)
    with jax.enable_x64(True):
        found = jax.vmap(film_outputs)(batch.stack, batch.electrolyte, batch.temperature)
    exchange = EXCHANGE * np.exp(-0.16 / THERMAL)
    expected = brentq(lambda j: drop(j, 0.4, exchange) + j * 15e-9 / 8.0e-7 - 1.0, 1e-3, 1e3, rtol=1e-13)
    np.testing.assert_allclose(found["limiting_current_density"], expected, rtol=1e-9)
    resistance = 15e-9 / 8.0e-7 + THERMAL / exchange
    np.testing.assert_allclose(found["film_area_specific_resistance"], resistance, rtol=1e-9)


def test_derivatives_by_barrier_sites_and_transfer_coefficient():
    """Against central differences of the whole simulation."""
    keys = ("interface_barrier", "interface_site_thickness", "interface_transfer_coefficient")
    with jax.enable_x64(True):
        model = sei.compile(film(**BARRIER, interface_transfer_coefficient=0.4), sei.LSV("0.3 V", "-0.6 V", "100 mV/s"))
        start = {name: value for name, value in model.values.items() if name.endswith(keys)}
        assert len(start) == 3

        def current(values):
            return model(values)["current_density"][0, -1]

        slopes = jax.jit(jax.grad(current))(start)
        whole = jax.jit(current)
        for name, value in start.items():
            ends = [whole(start | {name: value * (1 + sign * 1e-5)}) for sign in (1, -1)]
            assert float(slopes[name]) == pytest.approx(float(ends[0] - ends[1]) / (2e-5 * value), rel=1e-4), name


def test_a_given_exchange_current_is_the_barrier_it_comes_from():
    given = film(interface_exchange_current_density=f"{EXCHANGE!r} A/m^2")
    assert lowest_potential(given) == pytest.approx(lowest_potential(film(**BARRIER)), rel=1e-9)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"interface_transfer_coefficient": 0.5}, "needs a Butler-Volmer face"),
        ({**BARRIER, "interface_law": "permeance", "interface_capacitance": "1 uF/cm^2"}, "needs a Butler-Volmer face"),
        ({**BARRIER, "interface_exchange_current_density": "1 A/m^2"}, "interface_barrier beside"),
        ({"interface_law": "permeance"}, "interface_law without a barrier"),
        ({**BARRIER, "interface_law": "tafel"}, "interface_law"),
    ],
)
def test_what_does_not_fit_is_refused(more, words):
    with pytest.raises(sei.StudyError, match=words):
        film(**more)


def test_a_dissolved_couple_crosses_as_by_a_permeance():
    """Its species are not charged across the face: the barrier limits the flux, n F c / (L / D + delta / D0 + 1 / k)."""
    couple = sei.Couple(rate_constant="1 m/s", oxidised_concentration="1 mol/m^3", formal_potential="0 V")
    liquid = sei.Electrolyte(None, "5e-10 m^2/s", None, "50 um")
    sweep = sei.LSV("0.4 V", "-0.6 V", "0.1 mV/s")
    barrier = {"interface_barrier": "0.60 eV", "interface_site_thickness": "0.5 nm"}
    found = sei.simulate(film("fickian", **barrier), sweep, electrode=couple, electrolyte=liquid)
    permeance = 0.5e-9 * BOLTZMANN * ROOM / PLANCK * np.exp(-0.60 / THERMAL)
    expected = FARADAY * 1.0 / (10e-9 / 1e-12 + 50e-6 / 5e-10 + 1 / permeance)
    assert float(found.limiting_current_density) == pytest.approx(expected, rel=1e-9)
    assert -float(found.current_density.min()) == pytest.approx(expected, rel=1e-3)
    with pytest.raises(sei.StudyError, match="not charged across a face"):
        sei.simulate(
            film("fickian", interface_law="butler_volmer", **barrier), sweep, electrode=couple, electrolyte=liquid
        )


def test_a_store_of_the_law_before_is_not_continued_with_this_one(monkeypatch):
    """The digest of a study whose barrier is a permeance, as it once was, is another one."""
    face = sei.parse_study(AMMONIA.replace("MODEL", "steady")).digest
    monkeypatch.setattr("screening.config.study.AmmoniaStudy.has_activated_faces", False)
    assert sei.parse_study(AMMONIA.replace("MODEL", "steady")).digest != face
