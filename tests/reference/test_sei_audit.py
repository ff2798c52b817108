"""Audit of the SEI transport numbers of Zhang et al., Science 391 (2026), 10.1126/science.adw5462, with a printed table.

Each row is a number that the kernels produce from the paper's barriers, conductivities and diffusivities, beside the value
worked out from the closed form with the constants below; `pytest -s` prints the table. What the rows say together: the
barriers and conductivities of the paper agree with each other, but perfect crystals in series cannot carry its currents.
"""

import math
from typing import NamedTuple

import jax.numpy as jnp
import pytest

from kernels.laws import (
    carrier_fraction,
    grain_boundary_fraction,
    hopping_diffusivity,
    nernst_einstein_conductivity,
    parallel_grain_boundaries,
)
from kernels.stack import Electrolyte, LayerStack, area_specific_resistance, limiting_current
from screening.materials.phases import known_phases

EV = 1.602176634e-19  # C, and J per eV
K_B = 1.380649e-23
FARADAY = 96485.33212
AVOGADRO = 6.02214076e23
ROOM = 298.15
KT = K_B * ROOM / EV  # eV
ATTEMPTS = 1e13  # s-1, the convention
JUMP = 2.85e-10  # m, Li-Li distance in LiF, for the inversions
# the paper: conductivities in S/m, barriers in eV, Randles-Sevcik diffusivities in m2/s
SIGMA = {"LiF": 1.57e-14, "LiH": 2.76e-22, "Li3N": 2.19e-5}
BARRIER = {"LiF": 0.60, "LiH": 1.07}
APPARENT = {"LiDFOB": 5.75e-13, "LiBF4": 1.63e-15}


class Check(NamedTuple):
    """One row: the number of the kernels, the closed form, the rounded value to reproduce and its relative rounding."""

    what: str
    unit: str
    model: float
    closed_form: float
    noted: float
    tolerance: float


def ohmic_layer(thickness, conductivity):
    values = (thickness, 1e-15, 1.0, 0.0, 1.0, 1 / conductivity, 0.0, 0.0)
    return LayerStack(*(jnp.array([value]) for value in values))


def fickian_layer(thickness, diffusivity):
    values = (thickness, diffusivity, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    return LayerStack(*(jnp.array([value]) for value in values))


def electrolyte(delta):
    return Electrolyte(*(jnp.asarray(value) for value in (2000.0, 2e-10, 0.0, delta)))


def resistance(thickness, conductivity):
    """ohm cm2 by the kernels."""
    found = area_specific_resistance(ohmic_layer(thickness, conductivity), electrolyte(5e-5), jnp.asarray(ROOM))
    return float(found) * 1e4


def crystal_conductivity(phase, carriers):
    """S/m of a crystal by the kernels, from the table of phases and a fraction of carriers."""
    density, mass, lattice = (
        known_phases()[phase].value(quantity) for quantity in ("density", "molar_mass", "lattice_parameter_a")
    )
    hopping = hopping_diffusivity(lattice / math.sqrt(2), ATTEMPTS, BARRIER[phase] * EV, ROOM, carriers)
    return float(nernst_einstein_conductivity(hopping, density / mass, ROOM))


def crystal_closed_form(density, mass, lattice, barrier):
    """sigma = N e^2 a^2 nu exp(-Em/kT) / kT of one carrier a site, with a = lattice / sqrt(2)."""
    return AVOGADRO * density / mass * EV * (lattice**2 / 2) * ATTEMPTS * math.exp(-barrier / KT) / KT


def energy_of(ratio):
    """eV, the energy whose Boltzmann factor is 1 / ratio, by the kernels: that of 1 eV gives the scale."""
    return math.log(ratio) / -math.log(carrier_fraction(EV, ROOM))


def audit():
    ratio = SIGMA["LiF"] / SIGMA["LiH"]
    yield Check("LiF / LiH conductivity", "", known("LiF") / known("LiH"), ratio, 5.69e7, 1e-3)
    barrier = energy_of(known("LiF") / known("LiH"))
    yield Check("barrier difference it implies", "eV", barrier, KT * math.log(ratio), 0.459, 1e-3)
    difference = BARRIER["LiH"] - BARRIER["LiF"]
    boltzmann = float(1 / carrier_fraction(difference * EV, ROOM))
    yield Check("ratio from 0.60 and 1.07 eV", "", boltzmann, math.exp(difference / KT), 8.8e7, 1e-2)
    for phase, one, (density, mass, lattice), noted in (
        ("LiF", 2.23e-5, (2640.0, 25.94e-3, 4.026e-10), (7.0e-10, 0.541)),
        ("LiH", None, (780.0, 7.95e-3, 4.084e-10), (1.1e-9, 0.530)),
    ):
        full, exact = crystal_conductivity(phase, 1.0), crystal_closed_form(density, mass, lattice, BARRIER[phase])
        if one is not None:
            yield Check(f"{phase}, every site a carrier", "S/m", full, exact, one, 3e-3)
        fraction = SIGMA[phase] / full
        yield Check(f"{phase}, fraction of carriers", "", fraction, SIGMA[phase] / exact, noted[0], 3e-2)
        energy = energy_of(1 / fraction)
        yield Check(f"{phase}, energy of a carrier", "eV", energy, -KT * math.log(SIGMA[phase] / exact), noted[1], 2e-3)
    for phase, noted in (("LiF", 6.4e9), ("LiH", 3.6e17), ("Li3N", 4.57)):
        yield Check(
            f"10 nm of {phase} crystal", "ohm cm2", resistance(1e-8, known(phase)), 1e-4 / SIGMA[phase], noted, 1e-2
        )
    yield Check(
        "1 V over 10 nm of Li3N", "mA/cm2", 1e3 / resistance(1e-8, known("Li3N")), 0.1 * 1e8 * SIGMA["Li3N"], 219, 1e-3
    )
    share = 1 - (1 - 1 / 5) ** 2
    yield Check(
        "boundaries of 5 nm grains, 1 nm wide", "", float(grain_boundary_fraction(5e-9, 1e-9)), share, 0.36, 1e-9
    )
    for salt, noted_grain, noted_boundary, noted_value in (
        ("LiDFOB", 0.364, 0.338, 1.6e-12),
        ("LiBF4", 0.515, 0.488, 4.5e-15),
    ):
        apparent = APPARENT[salt]
        free = float(hopping_diffusivity(JUMP, ATTEMPTS, 0.0, ROOM))
        grain = energy_of(free / apparent)
        yield Check(
            f"{salt}, barrier of its apparent D",
            "eV",
            grain,
            KT * math.log(JUMP**2 * ATTEMPTS / apparent),
            noted_grain,
            2e-3,
        )
        boundary = apparent / float(parallel_grain_boundaries(0.0, 1.0, 5e-9, 1e-9))
        yield Check(f"{salt}, D of the boundaries", "m2/s", boundary, apparent / share, noted_value, 1e-2)
        inside = energy_of(free / boundary)
        exact = KT * math.log(JUMP**2 * ATTEMPTS * share / apparent)
        yield Check(f"{salt}, barrier of the boundaries", "eV", inside, exact, noted_boundary, 2e-3)
    for delta, noted in ((0.0, (386, 38.6, 3.86)), (5e-5, (64, 26, 3.7))):
        for ratio, value in zip((1e-3, 1e-4, 1e-5), noted, strict=True):
            current = float(limiting_current(fickian_layer(1e-8, ratio * 2e-10), electrolyte(delta))) * 0.1
            exact = 0.1 * FARADAY * 2000.0 / (1e-8 / (ratio * 2e-10) + delta / 2e-10)
            label = f"limiting current, D_SEI/D0 = {ratio:g}, delta = {delta * 1e6:g} um"
            yield Check(label, "mA/cm2", current, exact, value, 1.3e-2)
    for salt, noted in (("LiDFOB", 1110), ("LiBF4", 3.15)):
        current = float(limiting_current(fickian_layer(1e-8, APPARENT[salt]), electrolyte(0.0))) * 0.1
        yield Check(
            f"limiting current of 10 nm, {salt}",
            "mA/cm2",
            current,
            0.1 * FARADAY * 2000.0 * APPARENT[salt] / 1e-8,
            noted,
            3e-3,
        )


def known(phase):
    """S/m, the recommended conductivity of the table of phases."""
    return known_phases()[phase].value("conductivity")


CHECKS = tuple(audit())


@pytest.mark.parametrize("check", CHECKS, ids=[check.what for check in CHECKS])
def test_number(check):
    assert check.model == pytest.approx(check.closed_form, rel=1e-9)
    assert check.model == pytest.approx(check.noted, rel=check.tolerance)


def test_table_is_printed(capsys):
    width = max(len(check.what) for check in CHECKS)
    rows = [f"{c.what:<{width}}  {c.model:>10.4g}  {c.noted:>8.4g}  {c.unit}" for c in CHECKS]
    with capsys.disabled():
        print("\n" + "\n".join([f"{'quantity':<{width}}  {'kernels':>10}  {'noted':>8}  unit", *rows]))
    assert len(rows) == 27


def test_perfect_crystals_in_series_cannot_carry_the_current():
    """100 mA/cm2 at 1 V over 10 nm needs 1e-5 S/m; the outer crystals of both stacks miss that by 9 and 16 decades."""
    needed = 1e3 * 1e-8 / 1.0
    assert needed == pytest.approx(1e-5)
    assert known("Li3N") > needed
    for phase, decades in (("LiF", 8), ("LiH", 16)):
        assert math.log10(needed / known(phase)) > decades


def test_the_ratio_of_the_two_films_is_two_and_a_half_decades():
    assert math.log10(APPARENT["LiDFOB"] / APPARENT["LiBF4"]) == pytest.approx(2.55, abs=0.005)
