"""Small-signal impedance of a cell about its steady state, from the linear operator that simulations step in time.

The circuit is that of `kernels.cell`, linearised,

    Z = R_u + 1 / (i w C_dl + 1 / (R_film + Z_f)),                                  double layer across film and electrode
    Z = R_u + R_film + 1 / (i w C_dl + 1 / Z_f),                                    double layer at the electrode only

with R_film = sum_k L_k d(field)/dj of the ohmic layers, to which an activated outer face adds an arc of its own,
1 / (i w C_face + dj/d(eta_face)), and the faradaic impedance of the rate law

    j = j_ref exp(L) [ A_red s(x) - A_ox s(-x) ],    x = n f (phi - E0),

    Z_f = { exp(-L) / j_ref + [ s(-x) H_ox + s(x) H_red ] / (n F c_ref) }
          / { n f [ (L' + s(-x)) A_red s(x) + (s(x) - L') A_ox s(-x) ] },

s the logistic function, L(x) that of `kernels.kinetics`, H the transfer functions U_s / J of the two species
(layered finite-length Warburg elements; H_red = 0 for a metal). The first term is charge transfer, the second diffusion.
"""

import dataclasses
import functools
import operator
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.experiment import Sample
from kernels.laws.interfaces import faces_overpotential
from kernels.layered_transfer import layered_transfer
from kernels.mesh import Mesh
from kernels.roots import monotone_root
from kernels.stack import diffusion_resistance, electrolyte_resistance, film_overpotential, layer_resistances
from kernels.transport import assemble, surface_transfer

DOUBLE_LAYERS = ("film_and_electrode", "electrode")


class OperatingPoint(eqx.Module):
    """Steady state about which a cell is linearised; every field `[candidate]` is traced.

    Attributes:
        current: A m-2, faradaic, oxidation positive.
        overpotential: x = n F (phi - E0) / (R T) of the interface itself, without film and series resistance.
        oxidised: activity A_ox at the surface.
        reduced: activity A_red at the surface (1 for a metal).
    """

    current: Float[Array, "*candidate"]
    overpotential: Float[Array, "*candidate"]
    oxidised: Float[Array, "*candidate"]
    reduced: Float[Array, "*candidate"]


class ResistanceShares(eqx.Module):
    """Differential resistance of the steady state by its causes, ohm m2; their sum is the DC limit of the impedance.

    Attributes:
        series: `[candidate]`, R_u.
        charge_transfer: `[candidate]`.
        conduction: `[candidate, layer]`, field in the ohmic layers.
        diffusion: `[candidate, layer]`, concentration gradient in the fickian share of each layer.
        interface: `[candidate, layer]`, each layer's outer face, permeance and activated step.
        electrolyte: `[candidate]`, diffusion layer.
    """

    series: Float[Array, "*candidate"]
    charge_transfer: Float[Array, "*candidate"]
    conduction: Float[Array, "*candidate layer"]
    diffusion: Float[Array, "*candidate layer"]
    interface: Float[Array, "*candidate layer"]
    electrolyte: Float[Array, "*candidate"]

    @property
    def total(self) -> Float[Array, "*candidate"]:
        """Differential resistance of the whole cell, ohm m2."""
        layers = jnp.sum(self.conduction + self.diffusion + self.interface, axis=-1)
        return self.series + self.charge_transfer + layers + self.electrolyte


def operating_point(sample: Sample, potential: Float[Array, "candidate"]) -> OperatingPoint:
    """Steady state at a terminal potential.

    A metal is taken as plated (its inventory far above a monolayer): nothing else is steady. A semi-infinite
    electrolyte is steady at the rest potential only.

    Args:
        sample: `[candidate]` batch.
        potential: `[candidate]`, V, terminal (a metal: against its equilibrium at bulk activity).

    Returns:
        OperatingPoint, differentiable by the implicit function theorem.

    Source: Bard & Faulkner, Electrochemical Methods (2001), eq. 3.3.11 with the steady surface activities of
        `kernels.stack.diffusion_resistance`.
    """
    return jax.vmap(_operating_point)(sample, potential)


def impedance(
    sample: Sample,
    potential: Float[Array, "candidate"],
    angular_frequency: Float[Array, "frequency"],
    mesh: Mesh | None = None,
    double_layer: str = "film_and_electrode",
) -> Complex[Array, "candidate frequency"]:
    """Impedance spectra of a batch at its steady states; the circuit stands at the top of this module.

    Args:
        sample: `[candidate]` batch.
        potential: `[candidate]`, V, terminal (a metal: against its equilibrium at bulk activity, 0 V is at rest).
        angular_frequency: `[frequency]`, rad s-1, non-negative; zero is the DC limit.
        mesh: None for the exact layered transfer function; a mesh for the discrete operator of a simulation (static).
        double_layer: what the double layer bridges (static): "film_and_electrode", as simulations do, or "electrode".

    Returns:
        ohm m2, capacitive arcs with negative imaginary part. Real and -imaginary part are the Nyquist plot.

    Raises:
        ValueError: if `double_layer` is unknown.

    Source: Bard & Faulkner, Electrochemical Methods (2001), section 10.3; layered Warburg element, Jacobsen & West,
        Electrochim. Acta 40, 255 (1995), 10.1016/0013-4686(94)E0192-3.
    """
    if double_layer not in DOUBLE_LAYERS:
        raise ValueError(f"double_layer: got {double_layer!r}, expected one of {', '.join(DOUBLE_LAYERS)}: choose one")

    def one(candidate, volts):
        point = _operating_point(candidate, volts)
        film, faces = jnp.sum(_film_resistance(candidate, point.current)), _face_resistance(candidate, point.current)
        parts = functools.partial(_impedance, candidate, point, film, faces, mesh=mesh, double_layer=double_layer)
        return jax.vmap(parts)(angular_frequency)

    return jax.vmap(one)(sample, potential)


def resistance_shares(sample: Sample, potential: Float[Array, "candidate"]) -> ResistanceShares:
    """Where the DC resistance of each candidate sits: series, charge transfer, layer by layer, electrolyte.

    The reduced species of a soluble couple adds its own diffusion through the same layers.

    Args:
        sample: `[candidate]` batch.
        potential: `[candidate]`, V, terminal.

    Returns:
        ResistanceShares.

    Source: zero-frequency limit of `impedance`, term by term.
    """
    return jax.vmap(_resistance_shares)(sample, potential)


def _bulk(sample):
    """Reference concentration, bulk activities A_ox and A_red, and n f."""
    bulk = [electrolyte.concentration for _, electrolyte in sample.species]
    thermal = sample.electrode.electron_number * (FARADAY / (GAS_CONSTANT * sample.temperature))
    return *sample.electrode.bulk_activities(bulk), thermal


def _slopes(sample, reference):
    """Change of the steady surface activities with the current, m2 A-1, both positive."""
    per_flux = 1 / (sample.electrode.electron_number * FARADAY * reference)
    slopes = [diffusion_resistance(*species) * per_flux for species in sample.species]
    # the reduced form of a metal does not diffuse
    return (*slopes, jnp.zeros_like(reference))[:2]


def _rate(sample, overpotential):
    """exp(-L) / j_ref, s(x) and s(-x)."""
    return (
        jnp.exp(-sample.electrode.kinetics.log_rate(overpotential)) / sample.electrode.reference_current,
        jax.nn.sigmoid(overpotential),
        jax.nn.sigmoid(-overpotential),
    )


def _operating_point(sample, potential):
    reference, oxidised, reduced, thermal = _bulk(sample)
    slopes = _slopes(sample, reference)
    # A half space carries no steady current: its activities stay those of the bulk.
    flows = jnp.isfinite(slopes[0] + slopes[1])
    rising, falling = (jnp.where(flows, slope, 1.0) for slope in slopes)
    film = jax.tree.map(lambda x: x[:, None], sample.stack)
    applied = thermal * (potential - sample.electrode.formal_potential)

    def current_at(overpotential):
        """The surface activities are linear in the current, so the current is explicit in the overpotential."""
        kinetic, up, down = _rate(sample, overpotential)
        return jnp.where(flows, (reduced * up - oxidised * down) / (kinetic + rising * down + falling * up), 0.0)

    def drop_at(overpotential):
        """Drop over film and series resistance, in units of R T / (n F); rises with the overpotential."""
        current = current_at(overpotential)
        film_drop, _ = film_overpotential(film, sample.temperature[None], current[None])
        return thermal * (film_drop[0] + sample.series_resistance * current)

    # A drop has the sign of its current and shrinks towards the root, which lies between the potential of the source on
    # one side, and on the other both the potential behind the largest drop and the one without current.
    ends = jax.lax.stop_gradient((applied, applied - drop_at(applied)))
    rest = jax.lax.stop_gradient(jnp.log(oxidised) - jnp.log(reduced))
    low = jnp.maximum(jnp.minimum(*ends), jnp.minimum(rest, ends[0]))
    high = jnp.minimum(jnp.maximum(*ends), jnp.maximum(rest, ends[0]))
    root = monotone_root(lambda overpotential: overpotential + drop_at(overpotential) - applied, low, high)
    kinetic, up, down = _rate(sample, root)
    total = kinetic + rising * down + falling * up
    supplied = rising * reduced + falling * oxidised
    # oxidised + rising * current and reduced - falling * current without the subtraction, which near a limiting current
    # leaves no digit.
    return OperatingPoint(
        current=current_at(root),
        overpotential=root,
        oxidised=jnp.where(flows, (oxidised * kinetic + supplied * up) / total, oxidised),
        reduced=jnp.where(flows, (reduced * kinetic + supplied * down) / total, reduced),
    )


def _film_resistance(sample, current):
    """Differential resistance of each ohmic layer, ohm m2: every layer is a lane of its own here."""
    layers = jax.tree.map(lambda x: x[None, :], dataclasses.replace(sample.stack, faces=None))
    spread = jnp.zeros_like(sample.stack.thickness)
    return film_overpotential(layers, sample.temperature + spread, current + spread)[1]


def _face_resistance(sample, current):
    """Differential resistance of each activated face, ohm m2."""
    faces = sample.stack.faces
    if faces is None:
        return jnp.zeros_like(sample.stack.thickness)
    return faces_overpotential(faces, sample.temperature[None], current[None])[1]


def _conductivity(sample, point):
    """n f [ A_red s(x) dlnk_ox/dx - A_ox s(-x) dlnk_red/dx ], V-1; dlnk_ox/dx = L' + s(-x), dlnk_red/dx = L' - s(x)."""
    _, up, down = _rate(sample, point.overpotential)
    _, _, _, thermal = _bulk(sample)
    slope = sample.electrode.kinetics.slope(point.overpotential, up, down)
    return thermal * ((slope + down) * point.reduced * up + (up - slope) * point.oxidised * down)


def _impedance(sample, point, film, faces, omega, mesh, double_layer):
    frequency = jax.lax.complex(jnp.zeros_like(omega), omega)
    dtype = frequency.dtype

    def transfer(stack, electrolyte):
        if mesh is None:
            return layered_transfer(stack, electrolyte, frequency)
        return surface_transfer(assemble(mesh, stack, electrolyte), frequency)

    kinetic, *shares = _rate(sample, point.overpotential)
    # A surplus of the oxidised form drives s(-x) of the current, one of the reduced form s(x).
    parts = [
        share.astype(dtype) * transfer(*species) for share, species in zip(shares[::-1], sample.species, strict=False)
    ]
    response = _total(parts)
    per_flux = 1 / (sample.electrode.electron_number * FARADAY * _bulk(sample)[0])
    faradaic = (kinetic.astype(dtype) + per_flux.astype(dtype) * response) / _conductivity(sample, point).astype(dtype)
    charging = frequency * sample.double_layer_capacitance.astype(dtype)
    series, film = sample.series_resistance.astype(dtype), film.astype(dtype)
    if sample.stack.faces is not None:
        resistance = faces.astype(dtype)
        capacitance = sample.stack.faces.capacitance.astype(dtype)
        film = film + jnp.sum(resistance / (1 + frequency * capacitance * resistance))
    if double_layer == "electrode":
        return series + film + faradaic / (1 + charging * faradaic)
    branch = film + faradaic
    return series + branch / (1 + charging * branch)


def _resistance_shares(sample, potential):
    point = _operating_point(sample, potential)
    kinetic, *shares = _rate(sample, point.overpotential)
    conductivity = _conductivity(sample, point)
    per_flux = 1 / (sample.electrode.electron_number * FARADAY * _bulk(sample)[0] * conductivity)
    parts = [
        [share * per_flux * part for part in _diffusion_parts(*species)]
        for share, species in zip(shares[::-1], sample.species, strict=False)
    ]
    diffusion, interface, electrolyte = map(_total, zip(*parts, strict=True))
    interface = interface + _face_resistance(sample, point.current)
    return ResistanceShares(
        series=sample.series_resistance,
        charge_transfer=kinetic / conductivity,
        conduction=_film_resistance(sample, point.current),
        diffusion=diffusion,
        interface=interface,
        electrolyte=electrolyte,
    )


def _total(parts: Sequence[Array]) -> Array:
    """Sum of the arrays of one or two species."""
    return functools.reduce(operator.add, parts)


def _diffusion_parts(stack, electrolyte):
    """Terms of `kernels.stack.diffusion_resistance`, s m-1: layers, interfaces, electrolyte."""
    return layer_resistances(stack), stack.interface_resistance, electrolyte_resistance(electrolyte)
