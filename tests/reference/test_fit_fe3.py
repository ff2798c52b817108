"""Joint fit of the measured voltammograms of Fe(III) at platinum: what the page on fits says of it."""

import pytest

import screening as sei
from experiments.catalogue import find_experiment
from experiments.real_films.dissolved_couples import FE3_WORKBOOK, fe3_fit
from screening.fitting.identifiability import Identifiability

pytest.importorskip("openpyxl", reason="openpyxl (extra dev) reads the measured sheets")


@pytest.mark.slow
def test_five_scan_rates_leave_the_transfer_coefficient_open(sei_data):
    path = sei_data / FE3_WORKBOOK
    if not path.exists():
        pytest.skip(f"measured data not found: {path.name}; set SEI_DATA")
    used = find_experiment("real_films").parameters
    found = sei.fit(fe3_fit(used, path.as_posix(), profiles='["electrode_transfer_coefficient"]', points=200))
    # docs/fit.md: 5.17e-10 m2/s, 3.5e-5 m/s, residual rms 2 to 5 %; the fits of BattModels/DiffEC are at 5.3e-10
    assert found.estimate["D"] == pytest.approx(5.17e-10, rel=0.02)
    assert found.estimate["D"] == pytest.approx(5.3e-10, rel=0.08)
    assert found.estimate["electrode_rate_constant"] == pytest.approx(3.5e-5, rel=0.05)
    assert 0.015 < min(found.relative_rms.values()) < max(found.relative_rms.values()) < 0.055
    # Five scan rates hold the rate constant, so its correlation with the transfer coefficient is weak; what is sloppy is
    # that coefficient alone, and the fit says so in words and numbers.
    names = found.problem.parameters.names
    place = names.index("electrode_transfer_coefficient"), names.index("electrode_rate_constant")
    assert found.correlation[place] == pytest.approx(-0.30, abs=0.1)
    assert found.directions[-1].startswith("1 electrode_transfer_coefficient: 95 % within 3")
    assert found.linear.eigenvalues[-1] < 0.05 * found.linear.eigenvalues[-2]
    # the transfer coefficient is the sloppy direction: from its lower bound of 0.2 to 0.61
    low, high = found.interval["electrode_transfer_coefficient"]
    assert found.identifiability["electrode_transfer_coefficient"] != Identifiability.IDENTIFIED
    assert low == pytest.approx(0.2, abs=0.02)
    assert high == pytest.approx(0.61, abs=0.06)
    # published fits of the same data, BattModels/DiffEC, lie in the interval; literature's 4.63e-10 too
    low, high = found.interval["D"]
    assert low < 4.63e-10 < 5.26e-10 < 5.34e-10 < high
