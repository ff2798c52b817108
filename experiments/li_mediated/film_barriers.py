"""Barriers, conductivities, desolvation and voltammetric diffusivities of the two films."""

import math

import jax
import jax.numpy as jnp

from experiments.catalogue import Parameters
from experiments.comparison import Unreached, read_references
from experiments.cv_derived_d.answer import RANDLES_SEVCIK
from experiments.li_mediated.lithium_cells import MILLIAMPERE, SALTS
from kernels.constants import ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT
from kernels.laws.hopping import hopping_diffusivity, nernst_einstein_conductivity
from kernels.laws.interfaces import interface_exchange_current, interface_overpotential
from screening.materials.phases import known_phases

PHASES = {"lif": "LiF", "lih": "LiH"}


def lithium_content(phase: str) -> float:
    """mol m-3 of Li in a crystal, from the materials table."""
    return known_phases()[phase].value("lithium_concentration")


def conductivity(used: Parameters, name: str) -> float:
    """Conductivity of a crystal from its barrier and the common carrier fraction, S m-1."""
    with jax.enable_x64(True):
        hop = hopping_diffusivity(
            used["jump_distance"],
            used["attempt_frequency"],
            jnp.asarray(used[f"barrier_{name}"] * ELEMENTARY_CHARGE),
            used["temperature"],
            used["carrier_fraction"],
        )
        return nernst_einstein_conductivity(hop, lithium_content(PHASES[name]), used["temperature"]).item()


def conductivities(used: Parameters) -> dict[str, float | Unreached]:
    """Barriers to conductivities, and what the calibrated resistances need."""
    lif, lih = conductivity(used, "lif"), conductivity(used, "lih")
    needed = {salt: used["film_thickness"] / used[f"film_resistance_{salt}"] for salt in SALTS}
    return {
        "sigma_lif": lif,
        "sigma_lih": lih,
        "sigma_ratio": lif / lih,
        "sigma_li3n": Unreached("the text prints no barrier of Li3N to compute it from"),
        "film_sigma_LiDFOB": needed["LiDFOB"],
        "film_sigma_LiBF4": needed["LiBF4"],
        "film_sigma_lowest": needed["LiDFOB"],
    }


def desolvation_loss(used: Parameters, salt: str, current: float) -> float:
    """Overpotential of a symmetric Butler-Volmer step over the desolvation barrier, V; current in A m-2."""
    with jax.enable_x64(True):
        barrier = jnp.asarray(used[f"desolvation_{salt}"] * ELEMENTARY_CHARGE)
        exchange = interface_exchange_current(barrier, used["site_density"], used["temperature"])
        return interface_overpotential(jnp.asarray(current), exchange, jnp.asarray(used["temperature"])).item()


def desolvation(used: Parameters) -> dict[str, float | Unreached]:
    """Desolvation barriers as overpotentials at 100 mA/cm2; the energies themselves are inputs."""
    loss = {salt: desolvation_loss(used, salt, 100 * MILLIAMPERE) for salt in SALTS}
    printed = {one.key: one.value or 0.0 for one in read_references("li_mediated")}
    given = Unreached("result of electronic-structure calculations; an input of the kernels, not an output")
    return {
        "desolvation_first": given,
        "desolvation_second": given,
        "desolvation_lih": given,
        "desolvation_loss_LiDFOB": loss["LiDFOB"],
        "desolvation_loss_LiBF4": loss["LiBF4"],
        "desolvation_explains": (loss["LiBF4"] - loss["LiDFOB"]) / (printed["u_LiBF4_100"] - printed["u_LiDFOB_100"]),
        "proton_barrier": Unreached(
            "the text draws opposite conclusions from it; an input of the kernels, not an output"
        ),
    }


def film_diffusivity(used: Parameters, salt: str) -> float:
    """Film D whose limiting current the Randles-Sevcik equation turns into the reported D, m2 s-1."""
    rate = FARADAY * used["scan_rate"] / (GAS_CONSTANT * used["temperature"])
    return used["film_thickness"] * RANDLES_SEVCIK * math.sqrt(used[f"reported_d_{salt}"] * rate)


def voltammetry(used: Parameters) -> dict[str, float | Unreached]:
    """What the reported diffusivities say about the films, after the map of `experiments.cv_derived_d`."""
    behind = {salt: film_diffusivity(used, salt) for salt in SALTS}
    limit = FARADAY * used["salt"] * used["reported_d_LiBF4"] / used["film_thickness"]
    return {
        "d_LiDFOB": behind["LiDFOB"],
        "d_LiBF4": behind["LiBF4"],
        "d_ratio": behind["LiDFOB"] / behind["LiBF4"],
        "resistance_ratio": used["film_resistance_LiBF4"] / used["film_resistance_LiDFOB"],
        "d_flux_LiBF4": limit / MILLIAMPERE,
    }
