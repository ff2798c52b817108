"""What a study asks that cannot be answered: inputs that move nothing, layers that block, protocols in which nothing reacts."""

import itertools
from collections.abc import Iterator, Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array

from kernels.constants import BOLTZMANN, ELEMENTARY_CHARGE, STANDARD_TEMPERATURE
from kernels.stack import LayerStack, area_specific_resistance
from screening.config.electrode_tables import MetalElectrode
from screening.config.film import LayerTable
from screening.config.joint_draws import MOST_SCALE_REDUCTION
from screening.config.located import Located
from screening.config.study import Study, VoltammetryStudy
from screening.materials.contacts import ELECTROLYTE, Contact, find_contact
from screening.model.candidate import Candidate, Operation, assemble
from screening.model.candidate_form import fixed_values, form_of
from screening.sampling.distributions import Fixed

# A couple carries next to no current where its potential stays so many thermal voltages on the wrong side.
FAR_FROM_EQUILIBRIUM = 12.0
# K, how far a room may be from the temperature at which values are given unless said otherwise.
USUAL_ROOM = 5.5
# ohm m2, of a layer through which 1 V drives less than 1 uA/cm2: no film that anything was plated through
BLOCKING = 100.0


def study_warnings(study: Study) -> list[str]:
    """Findings in words, most serious first; none where all is well.

    Args:
        study: the study.

    Returns:
        one sentence each.

    Example:
        >>> from screening.config.study import load_study
        >>> study_warnings(load_study("experiments/quick.toml"))
        []
    """
    blocked = [*_nothing_reacts(study), *_blocking_layers(study), *_unstable_contacts(study)]
    return [*blocked, *_idle_inputs(study), *_unmet_chains(study)]


def _unmet_chains(study: Study) -> list[str]:
    """Posteriors that were not sampled long enough."""
    found = {name: table.get("scale_reduction", 1.0) for name, table in study.posterior_draws.items()}
    return [
        f"the chains of the posterior {name} have not met (R-hat {value:.2f}, above {MOST_SCALE_REDUCTION}); sample it longer"
        for name, value in found.items()
        if not value <= MOST_SCALE_REDUCTION
    ]


def _nothing_reacts(study: Study) -> list[str]:
    """Whether the potential stays where nothing that is there can react."""
    if not isinstance(study, VoltammetryStudy) or "current" in study.controls:
        return []
    ends = [end for segment in study.segments for end in (segment.start, segment.stop)]
    lowest, highest = (pick(_bound(end, side) for end in ends) for pick, side in ((min, 0), (max, 1)))
    electrode = study.electrode
    if isinstance(electrode, MetalElectrode):
        if lowest < 0 or electrode.initial_inventory.bounds[1] > 0:
            return []
        return [
            f"nothing reacts: lithium deposits below 0 V, the potential stays at or above {lowest:g} V, and there is no lithium "
            "to strip; give a negative vertex or end potential, or an initial_inventory"
        ]
    width = FAR_FROM_EQUILIBRIUM * BOLTZMANN * study.conditions.temperature.bounds[1] / ELEMENTARY_CHARGE
    first, last = electrode.formal_potential.bounds
    reduces = electrode.oxidised_concentration.bounds[1] > 0 and lowest < last + width
    oxidises = electrode.reduced_concentration.bounds[1] > 0 and highest > first - width
    if reduces or oxidises:
        return []
    return [
        f"nothing reacts: from {lowest:g} to {highest:g} V the species that is there is stable, {width:.2g} V and more from the "
        "formal potential; move the potentials, or give the concentration of the other species"
    ]


def _blocking_layers(study: Study) -> list[str]:
    """Layers that let next to nothing through, at the middle of every film's space."""
    found: dict[str, float] = {}
    for film in range(study.n_films):
        made = assemble(form_of(study, film, study.n_layers), fixed_values(study, film) | _middle(study, film))
        made = made.sample if isinstance(made, Candidate) else made
        for name, layer in _named_layers(study.layer_names(film), made.stack):
            alone = jax.tree.map(lambda value: value[None], layer)
            resistance = float(area_specific_resistance(alone, made.electrolyte, made.temperature))
            if resistance > BLOCKING:
                found[name] = max(resistance, found.get(name, 0.0))
    return [
        f"{name} has {1e4 * resistance:.1g} ohm cm2, through which 1 V drives {0.1 / resistance:.1g} mA/cm2: tabulated values "
        "are those of crystals, and films conduct far better by grain boundaries and disorder; give the layer a diffusivity "
        "or conductivity"
        for name, resistance in found.items()
    ]


def _unstable_contacts(study: Study) -> list[str]:
    """Phases that react with what they touch, though the study does not say so."""
    said = {(contact.phase, contact.against) for contact in study.contacts}
    found: dict[Contact, list[str]] = {}
    for film in study.films:
        stack = [(ELECTROLYTE,), *map(_phases, film.layers), (study.inner_neighbour,)]
        pairs = {pair for outer, inner in itertools.pairwise(stack) for pair in itertools.product(outer, inner)}
        contacts = {find_contact(*pair) for pair in pairs} - {None}
        for one in sorted(contacts, key=str):
            if one is not None and not one.stable and (one.phase, one.against) not in said:
                found.setdefault(one, []).append(film.name)
    return [
        f"{one.phase} {one} where it touches {one.against} ({one.quality}), in {', '.join(films)}: computed as if it did not; "
        f'add [[contact]] with phase = "{one.phase}", against = "{one.against}", or a stable layer between'
        for one, films in found.items()
    ]


def _phases(layer: LayerTable) -> tuple[str, ...]:
    return tuple(part.phase or part.label for part in layer.mixture) or (layer.phase or layer.label,)


def _middle(study: Study, film: int) -> dict[str, Array]:
    return {axis.label: jnp.asarray(float(axis.distribution.nominal)) for axis in study.space.axes[film]}


def _named_layers(names: Sequence[str], stack: LayerStack) -> Iterator[tuple[str, LayerStack]]:
    """Each layer with its name; names are from the outside, stacks from the inside."""
    for at, name in enumerate(reversed(names)):
        yield name, jax.tree.map(lambda values, at=at: values[at], stack)


def _idle_inputs(study: Study) -> list[str]:
    """Varied inputs whose change changes nothing that is computed, at the middle of every film's space."""
    felt: dict[str, bool] = {}
    unmoved: dict[str, None] = {}
    temperature = study.conditions.temperature
    given = temperature.value if isinstance(temperature, Fixed) else STANDARD_TEMPERATURE
    elsewhere = abs(given - STANDARD_TEMPERATURE) > USUAL_ROOM
    for film in range(study.n_films):
        form = form_of(study, film, study.n_layers)
        middle = _middle(study, film)
        fixed = fixed_values(study, film)
        tried = middle | ({form.temperature: jnp.asarray(fixed[form.temperature])} if elsewhere else {})
        if not tried:
            continue
        _, push = jax.linearize(lambda varied, form=form, fixed=fixed: assemble(form, fixed | varied), tried)
        for label in tried:
            change = push({key: jnp.asarray(float(key == label)) for key in tried})
            if label in middle:
                felt[label] = felt.get(label, False) or _moves(change)
            if label == form.temperature:
                unmoved |= dict.fromkeys(_without_temperature_law(change, study.layer_names(film)))
    found = [
        f"{label} is varied, but nothing that is computed depends on it; leave it fixed"
        for label in felt
        if not felt[label]
    ]
    if unmoved and elsewhere:
        found.append(
            f"the temperature is {given:g} K, but {', '.join(unmoved)} have no law of temperature: their values are taken "
            "as measured there; give activation_energy to values from 25 degC"
        )
    elif unmoved:
        found.append(
            f"the temperature is varied, but it does not move {', '.join(unmoved)}; give activation_energy there, or read the "
            "results as those of the thermal voltage alone"
        )
    return found


def _moves(change: object) -> bool:
    return any(
        jnp.issubdtype(leaf.dtype, jnp.floating) and bool(jnp.any(leaf != 0)) for leaf in jax.tree.leaves(change)
    )


def _without_temperature_law(change: Candidate | Operation, names: Sequence[str]) -> list[str]:
    """What has the same transport or rate at every temperature, given the change with it; layers are named from the outside."""
    made = change.sample if isinstance(change, Candidate) else change
    still = [] if _moves(made.electrolyte.diffusivity) else ["the electrolyte"]
    if isinstance(change, Candidate) and not _moves(change.sample.electrode.reference_current):
        still.append("the rate of the electrode")
    return still + [name for name, layer in _named_layers(names, made.stack) if not _moves(layer)]


def _bound(end: Located | float, side: int) -> float:
    return end.distribution.bounds[side] if isinstance(end, Located) else float(end)
