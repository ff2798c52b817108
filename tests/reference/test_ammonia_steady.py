"""Steady ammonia model against the published efficiencies and voltages; `pytest -s` prints the table.

Targets: Zhang et al., Science 391 (2026), 10.1126/science.adw5462 (LiDFOB, LiBF4 at 6 to 200 mA/cm2, 0.25 vol %); Fu et al.,
Science 379, 707 (2023), 10.1126/science.adf4403 (LiBF4 at 6 mA/cm2 against ethanol).
"""

import numpy as np
import pytest

from tests.numerics.ammonia_cells import operating, run_steady

PULSED = 2 / 32
# salt, mA/cm2, duty, vol %, measured efficiency, tolerance, measured voltage
TABLE = [
    ("LiDFOB", 6, 1, 0.25, 0.99, 0.03, 3.19),
    ("LiDFOB", 100, PULSED, 0.25, 0.98, 0.03, 5.5),
    ("LiDFOB", 150, PULSED, 0.25, 0.71, 0.03, None),
    ("LiDFOB", 200, PULSED, 0.25, 0.485, 0.05, None),
    ("LiBF4", 6, 1, 0.25, 0.60, 0.03, 3.93),
    ("LiBF4", 100, PULSED, 0.25, 0.16, 0.03, 9.3),
    ("LiBF4", 6, 1, 0.0, 0.296, 0.03, None),
    ("LiBF4", 6, 1, 0.25, 0.606, 0.03, None),
    ("LiBF4", 6, 1, 0.5, 0.349, 0.03, None),
    ("LiBF4", 6, 1, 0.75, 0.194, 0.03, None),
    ("LiBF4", 6, 1, 1.0, 0.111, 0.03, None),
]


@pytest.fixture(scope="module")
def table():
    return run_steady([(salt, j, duty, operating(x)) for salt, j, duty, x, *_ in TABLE])


def test_every_efficiency_of_the_table(table):
    found = np.asarray(table.efficiency.ammonia)
    for (salt, j, _, x, expected, tolerance, _), value in zip(TABLE, found, strict=True):
        print(f"{salt:7s} {j:4d} mA/cm2 {x:.2f} vol%  FE model {value:.4f}  measured {expected}")
        assert value == pytest.approx(expected, abs=tolerance)


def test_every_voltage_of_the_table(table):
    for (salt, j, *_, expected), value in zip(TABLE, np.asarray(table.voltage.total), strict=True):
        if expected is not None:
            print(f"{salt:7s} {j:4d} mA/cm2  U model {value:.3f} V  measured {expected} V")
            assert value == pytest.approx(expected, abs=0.05)


def test_voltage_parts_of_the_noted_breakdown(table):
    """3.04 + 2.09 + 0.37 V for LiDFOB and 3.04 + 3.26 + 3.00 V for LiBF4 at 100 mA/cm2."""
    voltage = table.voltage
    for lane, electrolyte, film in ((1, 2.09, 0.37), (5, 3.26, 3.00)):
        assert float(voltage.equilibrium[lane]) == 3.04
        assert float(voltage.electrolyte[lane]) == pytest.approx(electrolyte, abs=0.005)
        inside = voltage.film[lane] + voltage.desolvation[lane] + voltage.concentration[lane]
        assert float(inside) == pytest.approx(film, abs=0.005)


def test_steady_optima_of_ethanol_miss_the_measured_one():
    """A known miss: measured 0.25 vol % (0.20 to 0.28) in both salts. The pulsed model has it, the steady one does not.

    For LiDFOB the steady top is flat, within 0.001 of the optimum at 0.28 vol %; for LiBF4 the supply that the little lithium
    needs is met far below.
    """
    ethanol = np.arange(0.05, 0.40, 0.005)
    best = {}
    for salt, j, duty in (("LiDFOB", 100, PULSED), ("LiBF4", 6, 1)):
        found = np.asarray(run_steady([(salt, j, duty, operating(x)) for x in ethanol]).efficiency.ammonia)
        best[salt] = ethanol[int(np.argmax(found))]
        print(
            f"{salt} steady optimum {best[salt]:.3f} vol %, FE {found.max():.4f}, at 0.28 {np.interp(0.28, ethanol, found):.4f}"
        )
    assert best["LiDFOB"] == pytest.approx(0.285, abs=0.006)
    assert best["LiBF4"] == pytest.approx(0.13, abs=0.011)
