"""Reactions side by side at one electrode potential: outputs, and one candidate in pure JAX."""

from collections.abc import Mapping
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import FARADAY
from kernels.laws import acidity_factor, steps_in_series, tafel_current
from kernels.stack import Electrolyte, LayerStack, limiting_current
from kernels.status import Status
from screening.config.study import ReactionStudy
from screening.model.outputs import Output


@dataclass(frozen=True)
class Branches:
    """What is static in a study of reactions.

    Attributes:
        names: of the reactions.
        electrons: of each for a molecule of the reactant; 0 where it consumes none.
        sign: 1 for reductions, -1 for oxidations.
    """

    names: tuple[str, ...]
    electrons: tuple[int, ...]
    sign: int


def branches_of(study: ReactionStudy) -> Branches:
    """The static words of a table [reactions]."""
    table = study.reactions
    electrons = tuple(branch.electrons or 0 for branch in table.branch)
    return Branches(
        tuple(branch.name for branch in table.branch), electrons, 1 if table.direction == "reduction" else -1
    )


def reaction_outputs(study: ReactionStudy) -> tuple[Output, ...]:
    """Outputs of a study of reactions: those of the whole, then two of each reaction."""
    return (*REACTION_REGISTRY, *(out for branch in study.reactions.branch for out in branch_outputs(branch.name)))


def branch_outputs(name: str) -> tuple[Output, Output]:
    """Outputs of one reaction."""
    return (
        _of(f"faradaic_efficiency_{name}", "1", f"share of the charge that {name} takes"),
        _of(f"current_density_{name}", "A m-2", f"current density of {name} (magnitude)"),
    )


def reaction_point(
    branches: Branches,
    given: Mapping[str, Float[Array, ""]],
    stack: LayerStack,
    electrolyte: Electrolyte,
    temperature: Float[Array, ""],
) -> dict[str, Array]:
    """Currents of reactions side by side; those that consume the reactant share its supply.

    Every reaction of the reactant is of first order in it at the surface, so that its activity there is
    a = 1 / (1 + sum(N_i) / N_max), with the fluxes N_i that the reactions would take at full activity and the largest flux N_max
    through film and diffusion layer. For one reaction this is steps in series (Koutecky and Levich).

    Args:
        branches: static words of the study.
        given: keys of the table [reactions], SI.
        stack: the film, arrays `[layer]`.
        electrolyte: of the reactant, scalars.
        temperature: K.

    Returns:
        scalars by the names of `reaction_outputs`, and "status"; not OK where a number is not finite.

    Source: docs/reactions.md.
    """
    supply = limiting_current(stack, electrolyte) / FARADAY
    full = []
    for place, electrons in enumerate(branches.electrons):
        own = {key.partition(".")[2]: value for key, value in given.items() if key.startswith(f"branch[{place}].")}
        transfer = branches.sign * own["transfer_coefficient"]
        rate = own["current_density"] if "current_density" in own else own["rate_constant"] * electrolyte.concentration
        rate = rate if "current_density" in own else electrons * FARADAY * rate
        kinetic = tafel_current(rate, transfer, given["potential"], temperature)
        if "order_in_protons" in own:
            kinetic = kinetic * acidity_factor(transfer, own["order_in_protons"], given["ph"] - own["reference_ph"])
        covered = jnp.ones_like(supply)
        if "adsorption_constant" in own:
            covered = covered / (1 + 1 / (own["adsorption_constant"] * electrolyte.concentration))
        full.append(steps_in_series(kinetic * covered, own["limiting_current"] * covered))
    taken = sum(
        (rate / (n * FARADAY) for rate, n in zip(full, branches.electrons, strict=True) if n), jnp.zeros_like(supply)
    )
    activity = 1 / (1 + taken / supply)
    currents = [rate * activity if n else rate for rate, n in zip(full, branches.electrons, strict=True)]
    total = sum(currents[1:], currents[0])
    found = {"current_density": total, "supply_rate": supply, "supply_used": taken / (supply + taken)}
    for name, current in zip(branches.names, currents, strict=True):
        found |= {f"current_density_{name}": current, f"faradaic_efficiency_{name}": current / total}
    good = jnp.all(jnp.isfinite(jnp.stack(list(found.values()))))
    return found | {"status": jnp.where(good, int(Status.OK), int(Status.NON_FINITE))}


def _of(name: str, units: str, long_name: str) -> Output:
    return Output(name, False, units, long_name, group="reactions")


REACTION_REGISTRY: tuple[Output, ...] = (
    _of("current_density", "A m-2", "current density of all reactions (magnitude)"),
    _of("supply_rate", "mol m-2 s-1", "largest flux of the reactant through film and diffusion layer"),
    _of("supply_used", "1", "share of that flux that the reactions consume"),
)
