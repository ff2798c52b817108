"""Batches for the tests of the kernels: oracle layers in, candidate-first samples and lane-last drives out."""

import itertools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from kernels.drive import Drive
from kernels.electrodes import LithiumMetal, SolubleCouple
from kernels.experiment import Sample, repeat_experiment, run_experiment
from kernels.kinetics import ButlerVolmer
from kernels.march import Run
from kernels.stack import Electrolyte, LayerStack
from tests.reference.oracles import TEMPERATURE, Layer

run = jax.jit(run_experiment, static_argnames="ohmic")
repeat = jax.jit(repeat_experiment, static_argnames="ohmic")


def lanes(values, count: int):
    """A number, or one number per candidate, as a float64 array `[candidate]`."""
    return jnp.broadcast_to(jnp.asarray(values, jnp.float64), (count,))


def layer_stack(films: Sequence[Sequence[Layer]], resistivity: float = 0.0, jump_distance: float = 0.0) -> LayerStack:
    """Films of equal length, innermost layer first, as arrays `[candidate, layer]`."""

    def column(name):
        return jnp.asarray([[getattr(layer, name) for layer in film] for film in films], jnp.float64)

    shape = (len(films), len(films[0]))
    return LayerStack(
        thickness=column("thickness"),
        diffusivity=column("diffusivity"),
        partition_coefficient=column("partition_coefficient"),
        accessible_fraction=column("accessible_fraction"),
        transference_number=column("transference_number"),
        resistivity=jnp.full(shape, resistivity),
        jump_distance=jnp.full(shape, jump_distance),
        interface_resistance=column("interface_resistance"),
    )


def electrolyte(outside: Sequence[Layer], concentration) -> Electrolyte:
    """The last layer of each stack as the electrolyte `[candidate]` (its thickness is the diffusion layer)."""
    return Electrolyte(
        concentration=lanes(concentration, len(outside)),
        diffusivity=lanes([layer.diffusivity for layer in outside], len(outside)),
        transference_number=lanes([layer.transference_number for layer in outside], len(outside)),
        diffusion_layer_thickness=lanes([layer.thickness for layer in outside], len(outside)),
    )


def metal_sample(
    stacks: Sequence[Sequence[Layer]],
    concentration=2000.0,
    exchange_current_density=np.inf,
    transfer_coefficient=0.5,
    monolayer_inventory=1e-18,
    initial_inventory=0.0,
    series_resistance=0.0,
    double_layer_capacitance=0.0,
    resistivity: float = 0.0,
    jump_distance: float = 0.0,
) -> Sample:
    """Metal electrode behind stacks whose last layer is the electrolyte (thickness finite)."""
    count = len(stacks)
    return Sample(
        stack=layer_stack([stack[:-1] for stack in stacks], resistivity, jump_distance),
        electrolyte=electrolyte([stack[-1] for stack in stacks], concentration),
        reduced_electrolyte=None,
        reduced_stack=None,
        electrode=LithiumMetal(
            kinetics=ButlerVolmer(lanes(transfer_coefficient, count)),
            exchange_current_density=lanes(exchange_current_density, count),
            monolayer_inventory=lanes(monolayer_inventory, count),
            initial_inventory=lanes(initial_inventory, count),
        ),
        series_resistance=lanes(series_resistance, count),
        double_layer_capacitance=lanes(double_layer_capacitance, count),
        temperature=lanes(TEMPERATURE, count),
    )


def couple_sample(
    stacks: Sequence[Sequence[Layer]],
    reduced_diffusivity,
    rate_constant=np.inf,
    formal_potential=0.0,
    transfer_coefficient=0.5,
    oxidised_concentration=1.0,
    reduced_concentration=0.0,
    electron_number=1.0,
    series_resistance=0.0,
    double_layer_capacitance=0.0,
) -> Sample:
    """Soluble couple; the reduced species sees the same stack and its own diffusivity in the electrolyte."""
    count = len(stacks)
    outside = electrolyte([stack[-1] for stack in stacks], oxidised_concentration)
    return Sample(
        stack=layer_stack([stack[:-1] for stack in stacks]),
        electrolyte=outside,
        reduced_electrolyte=Electrolyte(
            concentration=lanes(reduced_concentration, count),
            diffusivity=lanes(reduced_diffusivity, count),
            transference_number=outside.transference_number,
            diffusion_layer_thickness=outside.diffusion_layer_thickness,
        ),
        reduced_stack=None,
        electrode=SolubleCouple(
            kinetics=ButlerVolmer(lanes(transfer_coefficient, count)),
            electron_number=lanes(electron_number, count),
            formal_potential=lanes(formal_potential, count),
            rate_constant=lanes(rate_constant, count),
            oxidised_concentration=outside.concentration,
            reduced_concentration=lanes(reduced_concentration, count),
        ),
        series_resistance=lanes(series_resistance, count),
        double_layer_capacitance=lanes(double_layer_capacitance, count),
        temperature=lanes(TEMPERATURE, count),
    )


def segment_drive(*segments: tuple, steps: int | Sequence[int], count: int = 1) -> Drive:
    """Drive from (control, duration, start, stop[, lower_cutoff, upper_cutoff]) tuples; numbers or one per lane."""
    padded = [(*segment, -np.inf, np.inf)[:6] for segment in segments]

    def row(place):
        return jnp.stack([lanes(segment[place], count) for segment in padded])

    return Drive(
        duration=row(1),
        start=row(2),
        stop=row(3),
        lower_cutoff=row(4),
        upper_cutoff=row(5),
        controls=tuple(segment[0] for segment in segments),
        steps=(steps,) * len(segments) if isinstance(steps, int) else tuple(steps),
    )


def sweep_drive(vertices: Sequence, scan_rate, steps: int, count: int | None = None) -> Drive:
    """Potential sweeps through the vertices (V, numbers or one per lane) with `steps` base steps each."""
    count = np.size(scan_rate) if count is None else count
    scan_rate = np.broadcast_to(np.asarray(scan_rate, float), (count,))
    points = [np.broadcast_to(np.asarray(vertex, float), (count,)) for vertex in vertices]
    segments = [
        ("potential", np.abs(after - before) / scan_rate, before, after) for before, after in itertools.pairwise(points)
    ]
    return segment_drive(*segments, steps=steps, count=count)


def base_nodes(result: Run, deepest_level: int, lane: int) -> np.ndarray:
    """Rows of a lane at which a base step ended."""
    plan = result.plan
    ends = np.asarray(plan.position[:, lane] + plan.size[:, lane]) == 2**deepest_level
    return np.flatnonzero(np.asarray(plan.accepted[:, lane]) & ends)


def distinct(result: Run, lane: int) -> dict[str, np.ndarray]:
    """Curves of one lane, the first point and then the accepted steps only, as numpy arrays by name."""
    rows = np.concatenate([[0], np.flatnonzero(np.asarray(result.plan.accepted[:, lane]))])
    return {name: np.asarray(values)[rows, lane] for name, values in vars(result.trajectory).items()}


def random_stack(
    random: np.random.Generator,
    count: int,
    thickness=(1e-9, 2e-7),
    diffusivity=(1e-21, 1e-10),
    transference=True,
    outside=(1e-5, 1e-4),
) -> tuple[Layer, ...]:
    """`count` film layers over the ranges a study may ask for (log-uniform), innermost first, and an electrolyte."""

    def between(low, high):
        return float(np.exp(random.uniform(np.log(low), np.log(high))))

    film = [
        Layer(
            thickness=between(*thickness),
            diffusivity=between(*diffusivity),
            partition_coefficient=between(1e-2, 10.0),
            accessible_fraction=float(random.uniform(0.05, 1.0)),
            transference_number=float(random.uniform(0.0, 0.9)) if transference else 0.0,
            interface_resistance=between(1e2, 1e6) * int(random.integers(0, 2)),
        )
        for _ in range(count)
    ]
    return (*film, Layer(between(*outside), 2e-10, transference_number=0.4 if transference else 0.0))
