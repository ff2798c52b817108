"""Each law between a study and the kernels: its value and its derivative against closed forms, with nothing simulated."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import screening as sei
from kernels.experiment import Numerics
from screening.model.candidate import candidate
from screening.model.candidate_form import fixed_values
from screening.model.discretisation import numerics_of
from tests.pipeline.composition_study import study_of

KELVIN = 298.15
THERMAL = 1.380649e-23 * KELVIN
EV = 1.602176634e-19
FICKIAN = 'closure = "fickian"\nthickness = "10 nm"\n'
HOPS = 'migration_energy = "0.4 eV"\nhop_distance = "0.3 nm"\nattempt_frequency = "1e13 1/s"\n'
GRAINS = 'grain_size = "20 nm"\ngrain_boundary_width = "1 nm"\n'


def varied(line: str, low: str, high: str) -> str:
    """The line of a layer whose value is drawn."""
    return f'{line} = {{ distribution = "uniform", low = {low}, high = {high} }}\n'


def alone(layer: str):
    """A study of one layer in which nothing else varies."""
    text = study_of(layer).replace('thickness = "5 nm"\n', "", 1)
    text = text.replace('{ list = ["10 mA/cm^2", "20 mA/cm^2"] }', '"10 mA/cm^2"')
    return sei.parse_study(text if "distribution" in layer else text.replace("samples = 2", "samples = 1"))


def test_a_study_that_says_nothing_of_numerics_has_the_choices_of_the_kernels():
    assert (
        numerics_of(alone('name = "own"\nclosure = "fickian"\nthickness = "10 nm"\ndiffusivity = "1e-14 m^2/s"\n'))
        == Numerics()
    )


# name: layer, entry of the stack, its d ln / d ln of the varied quantity at the value given (SI)
BOUNDARY = 'grain_boundary_diffusivity = "1e-13 m^2/s"\ndiffusivity = "1e-15 m^2/s"\n'
SHARE = 1 - (1 - 1e-9 / 20e-9) ** 2
LAWS = {
    "thickness": (
        'closure = "fickian"\ndiffusivity = "1e-14 m^2/s"\n' + varied("thickness", '"5 nm"', '"15 nm"'),
        "thickness", 10e-9, 1.0,
    ),
    "conductivity": (
        'closure = "ohmic"\nthickness = "10 nm"\n' + varied("conductivity", '"1e-6 S/m"', '"3e-6 S/m"'),
        "resistivity", 2e-6, -1.0,
    ),
    "interface_permeance": (
        FICKIAN + 'diffusivity = "1e-14 m^2/s"\n' + varied("interface_permeance", '"1e-3 m/s"', '"3e-3 m/s"'),
        "interface_resistance", 2e-3, -1.0,
    ),
    "porosity stores": (
        FICKIAN + 'diffusivity = "1e-14 m^2/s"\n' + varied("porosity", "0.2", "0.4"),
        "accessible_fraction", 0.3, 1.0,
    ),
    "porosity conducts": (
        FICKIAN + 'diffusivity = "1e-14 m^2/s"\n' + varied("porosity", "0.2", "0.4"),
        "diffusivity", 0.3, 1.5,
    ),
    "tortuosity": (
        FICKIAN + 'diffusivity = "1e-14 m^2/s"\nporosity = 0.3\n' + varied("tortuosity", "1.5", "2.5"),
        "diffusivity", 2.0, -1.0,
    ),
    "migration_energy": (
        FICKIAN + HOPS.replace('migration_energy = "0.4 eV"\n', varied("migration_energy", '"0.3 eV"', '"0.5 eV"')),
        "diffusivity", 0.4 * EV, -0.4 * EV / THERMAL,
    ),
    "hop_distance": (
        FICKIAN + HOPS.replace('hop_distance = "0.3 nm"\n', varied("hop_distance", '"0.2 nm"', '"0.4 nm"')),
        "diffusivity", 0.3e-9, 2.0,
    ),
    "formation_energy": (
        FICKIAN + HOPS + varied("formation_energy", '"0.4 eV"', '"0.6 eV"'),
        "diffusivity", 0.5 * EV, -0.5 * EV / THERMAL,
    ),
    "carrier_fraction": (
        FICKIAN.replace("fickian", "ohmic") + HOPS + 'lithium_concentration = "100 mol/L"\n'
        + varied("carrier_fraction", "1e-4", "3e-4"),
        "resistivity", 2e-4, -1.0,
    ),
    "lithium_concentration": (
        FICKIAN.replace("fickian", "ohmic") + HOPS + "carrier_fraction = 1e-4\n"
        + varied("lithium_concentration", '"80 mol/L"', '"120 mol/L"'),
        "resistivity", 1e5, -1.0,
    ),
    "activation_energy": (
        FICKIAN + 'diffusivity = "1e-14 m^2/s"\nreference_temperature = "350 K"\n'
        + varied("activation_energy", '"0.3 eV"', '"0.5 eV"'),
        "diffusivity", 0.4 * EV, -0.4 * EV / 1.380649e-23 * (1 / KELVIN - 1 / 350),
    ),
    "grain_size": (
        FICKIAN + BOUNDARY + 'grain_boundary_width = "1 nm"\n' + varied("grain_size", '"10 nm"', '"30 nm"'),
        "diffusivity", 20e-9,
        -2 * (1 - 1e-9 / 20e-9) * (1e-9 / 20e-9) * (1e-13 - 1e-15) / (SHARE * 1e-13 + (1 - SHARE) * 1e-15),
    ),
    "desolvation_energy": (
        FICKIAN + 'diffusivity = "1e-14 m^2/s"\n' + varied("desolvation_energy", '"-0.1 eV"', '"0.3 eV"'),
        "partition_coefficient", 0.1 * EV, -0.1 * EV / THERMAL,
    ),
    "interface_barrier": (
        FICKIAN + 'diffusivity = "1e-14 m^2/s"\ninterface_site_thickness = "0.5 nm"\ninterface_law = "permeance"\n'
        + varied("interface_barrier", '"0.4 eV"', '"0.6 eV"'),
        "interface_resistance", 0.5 * EV, 0.5 * EV / THERMAL,
    ),
    "fraction of a mixture": (
        'name = "mixed"\n' + FICKIAN + 'mixing_rule = "parallel"\n'
        '[[film.layer.mixture]]\nname = "a"\ndiffusivity = "1e-13 m^2/s"\n' + varied("fraction", "0.2", "0.4")
        + '[[film.layer.mixture]]\nname = "b"\ndiffusivity = "1e-15 m^2/s"\nfraction = "balance"\n',
        "diffusivity", 0.3, 0.3 * (1e-13 - 1e-15) / (0.3e-13 + 0.7e-15),
    ),
}  # fmt: skip


@pytest.mark.parametrize("law", LAWS)
def test_a_law_moves_its_entry_as_its_formula_says(law):
    layer, entry, value, expected = LAWS[law]
    study = alone(layer if "name" in layer else f'name = "own"\n{layer}')
    (axis,) = study.space.axes[0]
    fixed = fixed_values(study, 0)

    def of(at):
        return getattr(candidate(study, 0, fixed | {axis.label: at}).sample.stack, entry)[0]

    here, slope = jax.value_and_grad(of)(jnp.asarray(value))
    assert float(slope) * value / float(here) == pytest.approx(expected, rel=1e-10)


def test_temperature_moves_every_law_of_a_layer():
    """d ln D / d ln T of a hop over a barrier is E / kT, and the interface takes a factor T more (Eyring)."""
    face = 'interface_barrier = "0.5 eV"\ninterface_site_thickness = "0.5 nm"\ninterface_law = "permeance"\n'
    layer = f'name = "own"\n{FICKIAN}{HOPS}{face}'
    study = alone(layer)
    fixed = fixed_values(study, 0)

    def of(at):
        return candidate(study, 0, fixed | {"conditions.temperature": at}).sample.stack

    stack, slope = of(jnp.asarray(KELVIN)), jax.jacfwd(of)(jnp.asarray(KELVIN))
    elasticity = {
        key: float(getattr(slope, key)[0] * KELVIN / getattr(stack, key)[0])
        for key in ("diffusivity", "interface_resistance")
    }
    assert elasticity["diffusivity"] == pytest.approx(0.4 * EV / THERMAL, rel=1e-10)
    assert elasticity["interface_resistance"] == pytest.approx(-1 - 0.5 * EV / THERMAL, rel=1e-10)


def test_liquid_and_electrode_follow_their_activation_energies():
    """v exp(-(E / k)(1/T - 1/T0)) for the diffusivity of the liquid and the exchange current density."""
    text = study_of(f'name = "own"\n{FICKIAN}diffusivity = "1e-14 m^2/s"\n').replace('thickness = "5 nm"\n', "", 1)
    text = text.replace("[electrolyte]\n", '[electrolyte]\nactivation_energy = "0.2 eV"\n')
    text = text.replace("[electrode]\n", '[electrode]\nactivation_energy = "0.6 eV"\nreference_temperature = "320 K"\n')
    study = sei.parse_study(text)
    fixed = fixed_values(study, 0) | {"electrode.exchange_current_density": jnp.asarray(100.0)}
    warm, cold = (
        candidate(study, 0, fixed | {"conditions.temperature": jnp.asarray(t)}).sample for t in (320.0, KELVIN)
    )
    kelvin = EV / 1.380649e-23
    factor = float(warm.electrolyte.diffusivity / cold.electrolyte.diffusivity)
    assert factor == pytest.approx(np.exp(-0.2 * kelvin * (1 / 320 - 1 / KELVIN)), rel=1e-12)
    assert float(warm.electrode.reference_current) == pytest.approx(100.0, rel=1e-12)
    assert float(cold.electrode.reference_current) == pytest.approx(
        100 * np.exp(-0.6 * kelvin * (1 / KELVIN - 1 / 320)), rel=1e-12
    )


def test_layers_are_listed_from_the_outside_and_stored_from_the_inside():
    layers = [f'name = "{name}"\nthickness = "{size} nm"\ndiffusivity = "1e-14 m^2/s"\n' for name, size in ("a1", "b2")]
    study = alone("[[film.layer]]\n".join(layers))
    np.testing.assert_array_equal(candidate(study, 0, fixed_values(study, 0)).sample.stack.thickness, [2e-9, 1e-9])
