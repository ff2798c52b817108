"""Data with a double layer behind a resistance, fitted without them: the fit names what is missing, and with it finds the truth."""

import numpy as np
import pytest

import screening as sei
from screening.fitting.comparison import Comparison
from screening.fitting.fit_summary import describe_fit
from screening.fitting.identifiability import Identifiability
from screening.fitting.missing_terms import Lack
from tests.reference.cell_with_circuit import couple_behind_circuit
from tests.reference.oracle_closed_forms import THERMAL_VOLTAGE
from tests.reference.oracle_couple import quasi_reversible_cycle

TRUTH = {"diffusivity": 1e-9, "rate_constant": 1e-4, "capacitance": 0.2, "resistance": 2e-3}
RATES, NOISE = (0.1, 5.0), 0.003
POTENTIAL = np.concatenate([np.linspace(0.3, -0.3, 81), np.linspace(-0.3, 0.3, 81)[1:]])
FIT = """
[electrolyte]
diffusivity = { fit = true, low = "1e-10 m^2/s", high = "1e-8 m^2/s" }
diffusion_layer_thickness = "2 mm"
[electrode]
kind = "couple"
rate_constant = { fit = true, low = "1e-7 m/s", high = "1e-2 m/s" }
formal_potential = { fit = true, prior = "uniform", low = "-0.1 V", high = "0.1 V" }
oxidised_concentration = "1 mol/m^3"
[[film]]
name = "bare"
[protocol]
kind = "cv"
start_potential = "0.3 V"
vertex_potential = "-0.3 V"
scan_rates = ["0.1 V/s", "5 V/s"]
[numerics]
electrolyte_cells = 96
[fit]
starts = 2
coarse_steps = 4
profiles = "none"
""" + "".join(
    f'[[target]]\nkind = "curve"\nname = "{rate}"\nscan_rate = "{rate} V/s"\nrelative_uncertainty = {NOISE}\n'
    for rate in RATES
)


def test_without_a_circuit_the_generator_is_the_integral_equation():
    rate, start, turn = 0.1, 0.3, -0.3
    cycle = quasi_reversible_cycle(1e-4 / np.sqrt(1e-9 * rate / THERMAL_VOLTAGE), 0.5, turn, start, 1e-3)
    found = couple_behind_circuit(
        cycle.potential,
        rate,
        turn=turn,
        concentration=1.0,
        **TRUTH | {"capacitance": 1e-2, "resistance": 1e-5},
    )
    scale = 96485.33 * np.sqrt(1e-9 * rate / THERMAL_VOLTAGE)
    # past the turn the oracle is of first order
    gap = np.abs(-found / scale - cycle.current_function)[1:] / np.abs(cycle.current_function).max()
    assert gap[: cycle.turn].max() < 2e-3
    assert gap.max() < 1e-2


@pytest.mark.slow
def test_the_missing_terms_are_named_and_with_them_the_truth_is_found():
    generator, data = np.random.default_rng(0), {}
    for rate in RATES:
        current = couple_behind_circuit(POTENTIAL, rate, turn=-0.3, concentration=1.0, **TRUTH)
        noise = NOISE * np.abs(current).max() * generator.normal(size=len(current))
        data[str(rate)] = {"potential": POTENTIAL, "current": current + noise}
    plain = sei.fit(FIT, data=data, threads=1)
    assert set(plain.identifiability.values()) == {Identifiability.MODEL_MISFIT}
    assert plain.estimate["electrode_rate_constant"] < 0.8 * TRUTH["rate_constant"]
    assert sum(line.startswith("missing: a ") for line in describe_fit(plain)) == 2
    assert {term.lack for term in plain.missing} == {Lack.DOUBLE_LAYER_CAPACITANCE, Lack.SERIES_RESISTANCE}
    text = FIT
    for term in plain.missing:
        table, _, line = term.line.partition(" ")
        text = text.replace(table, f"{table}\n{line}")
    full = sei.fit(text, data=data, threads=1)
    assert not full.misfit
    for place, size in TRUTH.items():
        name = next(name for name in full.estimate if name.endswith(place))
        assert full.estimate[name] == pytest.approx(size, rel=0.03)
        assert full.interval[name][0] < size < full.interval[name][1]
    both = Comparison(("plain", "full"), (plain, full))
    assert both.weights[1] > 0.999
    assert both.delta_bic[0] > 1e4
    assert both.likelihood_ratios[0].startswith("plain is a special case of full (2 fewer): likelihood ratio")
    assert both.likelihood_ratios[0].endswith("p < 1e-12")
