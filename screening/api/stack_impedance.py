"""Impedance of one stack: spectrum and the share of each layer in the resistance."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from kernels import impedance as law
from kernels.experiment import Sample
from screening.api.array_arguments import Quantity
from screening.api.electrodes import Couple, Metal
from screening.api.films import Electrolyte, Layer, Stack
from screening.api.protocols import Rest
from screening.api.simulate import study_of
from screening.api.study_tables import si_value
from screening.cf_attributes import described
from screening.errors import StudyError, shown, unknown_name
from screening.model.draws import draw_candidates, usable

# What the double layer is in parallel with.
DOUBLE_LAYERS = ("film_and_electrode", "electrode")
_LAYER_SHARES = {
    "conduction": "resistance of the field in the layer",
    "diffusion": "resistance of the concentration gradient in the layer",
    "interface": "resistance of the layer's outer face",
}
_SHARES = {
    "series": "series resistance",
    "charge_transfer": "charge-transfer resistance",
    "electrolyte": "resistance of the diffusion layer of the electrolyte",
    "total": "resistance of the whole cell, the low-frequency limit of the impedance",
}


def impedance(
    stack: Stack | Sequence[Layer],
    frequencies: Sequence[Quantity],
    *,
    electrode: Metal | Couple | None = None,
    electrolyte: Electrolyte | None = None,
    temperature: Quantity = "298.15 K",
    potential: Quantity = "0 V",
    double_layer: str = "film_and_electrode",
) -> xr.Dataset:
    """Small-signal impedance of one stack about its steady state, from the operator that simulations step in time.

    Args:
        stack: film with its layers from the outside to the inside, or a list of them.
        frequencies: quantities such as "1 kHz", at least one, all above zero.
        electrode: `sei.Metal` or `sei.Couple`; lithium metal with 10 mA/cm2 exchange current density if left out. A metal is
            taken as plated.
        electrolyte: that of the stack if left out, or else the default `sei.Electrolyte`.
        temperature: of everything.
        potential: of the terminal, against equilibrium at a metal; 0 V is at rest there.
        double_layer: "film_and_electrode" if it bridges both, as in simulations, or "electrode".

    Returns:
        dataset with dims (frequency, layer), layers from the outside to the inside. Nyquist plot: `impedance_real` against
        -`impedance_imaginary` (ohm m2); Bode plot: `impedance_magnitude` (ohm m2) and `impedance_phase` (rad) against
        `frequency` (Hz). Steady resistances (ohm m2): `conduction_resistance`, `diffusion_resistance`, `interface_resistance`
        of each layer, `series_resistance`, `charge_transfer_resistance`, `electrolyte_resistance` and their sum,
        `total_resistance`. `attrs["study"]` is the study file of the cell.

    Raises:
        StudyError: an input that cannot be used, in one line: what, got, expected, fix.

    Source: Bard & Faulkner, Electrochemical Methods (2001), section 10.3; layered Warburg element, Jacobsen & West,
        Electrochim. Acta 40, 255 (1995), 10.1016/0013-4686(94)E0192-3.

    Example:
        >>> film = Stack([Layer("LiF", "5 nm", diffusivity="1e-13 m^2/s")])
        >>> spectrum = impedance(film, ["1 mHz", "1 Hz", "1 kHz"], electrode=Metal(double_layer_capacitance="10 uF/cm^2"))
        >>> spectrum.impedance_real.dims
        ('frequency',)
    """
    if double_layer not in DOUBLE_LAYERS:
        raise unknown_name("double layer", str(double_layer), DOUBLE_LAYERS, where="double_layer")
    hertz = _frequencies(frequencies)
    volts = np.array([si_value(potential, "potential", "potential")])
    study = study_of(stack, Rest("1 s"), electrode=electrode, electrolyte=electrolyte, temperature=temperature)
    batch = draw_candidates(study, 0, 1)
    if not usable(batch)[0]:
        raise StudyError("a property left its range", expected="finite, positive properties", fix="check the layers")
    sample = batch.sample
    with jax.enable_x64(True):
        at, omega = jnp.asarray(volts), jnp.asarray(2 * np.pi * hertz)
        values, shares, total = jax.device_get(_compiled(sample, at, omega, double_layer))
    if not np.isfinite(values).all():
        expected = "a steady state at this potential"
        fix = "choose a potential below the limiting current, or nearer to rest"
        raise StudyError("impedance is not finite", got=shown(str(potential)), expected=expected, fix=fix)
    names = study.layer_names(0)
    # stored from the inside, shown from the outside
    outward = slice(len(names) - 1, None, -1) if names else slice(0, 0)
    area = "ohm m2"
    variables: dict[str, Any] = {
        "impedance_real": ("frequency", values.real, described(area, "real part of the impedance")),
        "impedance_imaginary": ("frequency", values.imag, described(area, "imaginary part of the impedance")),
        "impedance_magnitude": ("frequency", np.abs(values), described(area, "magnitude of the impedance")),
        "impedance_phase": ("frequency", np.angle(values), described("rad", "phase of the impedance")),
    }
    for key, words in _LAYER_SHARES.items():
        variables[f"{key}_resistance"] = ("layer", getattr(shares, key)[0][outward], described(area, words))
    for key, words in _SHARES.items():
        value = total[0] if key == "total" else getattr(shares, key)[0]
        variables[f"{key}_resistance"] = ((), value, described(area, words))
    coordinates = {
        "frequency": ("frequency", hertz, described("Hz", "frequency")),
        "layer": ("layer", list(names), described("1", "layer, from the outside to the inside")),
    }
    about = {"study": study.text, "digest": study.digest, "potential": float(volts[0]), "double_layer": double_layer}
    return xr.Dataset(variables, coordinates, about)


@partial(jax.jit, static_argnums=3)
def _compiled(sample: Sample, potential: Array, omega: Array, double_layer: str) -> tuple[Array, Any, Array]:
    """Spectrum, resistances and their sum as one compiled function, which films of as many layers share."""
    spectrum = law.impedance(sample, potential, omega, double_layer=double_layer)
    parts = law.resistance_shares(sample, potential)
    return spectrum[0], parts, parts.total


def _frequencies(frequencies: Sequence[Quantity]) -> np.ndarray:
    try:
        listed = [frequencies] if isinstance(frequencies, str) else list(frequencies)
    except TypeError:
        listed = []
    hertz = np.array([si_value(one, "frequency", f"frequencies[{place}]") for place, one in enumerate(listed)])
    if not len(hertz) or not (hertz > 0).all():
        fix = 'give quantities such as ["10 mHz", "1 Hz", "1 kHz"]'
        expected = "at least one frequency, all above zero"
        raise StudyError("frequencies", got=shown(str(frequencies)), expected=expected, fix=fix, where="frequencies")
    return hertz
