"""Properties that follow from composition, barriers, grains and temperature, against numbers worked out here."""

import math
import pickle
from functools import partial

import jax
import mpmath
import numpy as np
import pytest

from screening.config.study import parse_study
from screening.model.draws import draw_candidates
from screening.model.study_evaluator import StudyEvaluator
from tests.pipeline.batches import arrays_of

from .composition_study import MIXTURE, study_of

mpmath.mp.dps = 30
EV, K_B, PLANCK, FARADAY, GAS = 1.602176634e-19, 1.380649e-23, 6.62607015e-34, 96485.33212331001, 8.31446261815324
ROOM = 298.15
# the table of phases: LiF
HOP, ATTEMPTS, LITHIUM, CARRIERS, BARRIER = 0.2847e-9, 1e13, 102e3, 7.0e-10, 0.60


def boltzmann(energy, temperature=ROOM):
    return float(mpmath.exp(-mpmath.mpf(energy) * EV / (mpmath.mpf(K_B) * temperature)))


def nernst_einstein(diffusivity, concentration, temperature=ROOM):
    return FARADAY**2 * concentration * diffusivity / (GAS * temperature)


def value_of(layer, key, **options):
    """The quantity of the layer that reaches the kernels, of the first candidate."""
    batch = draw_candidates(parse_study(study_of(layer, **options)), 0, 1)
    return float(getattr(batch.stack, key)[0, 0])


def test_hopping_in_a_fickian_layer():
    layer = 'phase = "LiF"\nclosure = "fickian"\nmigration_energy = "0.60 eV"\n'
    expected = HOP**2 * ATTEMPTS * boltzmann(BARRIER)
    assert value_of(layer, "diffusivity") == pytest.approx(expected, rel=1e-12, abs=0.0)
    warm = value_of(layer, "diffusivity", temperature='"330 K"')
    assert warm == pytest.approx(HOP**2 * ATTEMPTS * boltzmann(BARRIER, 330.0), rel=1e-12, abs=0.0)
    # the energy may be per mole, everything else may be given, and carriers count
    layer = 'name = "x"\nclosure = "fickian"\nmigration_energy = "57.8912 kJ/mol"\n'
    layer += 'hop_distance = "0.3 nm"\nattempt_frequency = "2e12 1/s"\ncarrier_fraction = 0.25\n'
    expected = 9e-20 * 2e12 * 0.25 * math.exp(-57891.2 / (GAS * ROOM))
    assert value_of(layer, "diffusivity") == pytest.approx(expected, rel=1e-9, abs=0.0)


def test_hopping_in_an_ohmic_layer_reproduces_the_crystal():
    """The carriers of the table are the inverse of the conductivity of Zhang et al., 10.1126/science.adw5462."""
    layer = 'phase = "LiF"\nclosure = "ohmic"\nmigration_energy = "0.60 eV"\n'
    diffusivity = HOP**2 * ATTEMPTS * boltzmann(BARRIER) * CARRIERS
    resistivity = value_of(layer, "resistivity")
    assert 1 / resistivity == pytest.approx(nernst_einstein(diffusivity, LITHIUM), rel=1e-9, abs=0.0)
    assert 1 / resistivity == pytest.approx(1.57e-14, rel=0.02, abs=0.0)
    formed = layer + 'formation_energy = "0.3 eV"\nlithium_concentration = "50 mol/L"\n'
    diffusivity = HOP**2 * ATTEMPTS * boltzmann(BARRIER + 0.3, 310.0)
    expected = nernst_einstein(diffusivity, 50e3, 310.0)
    assert 1 / value_of(formed, "resistivity", temperature='"310 K"') == pytest.approx(expected, rel=1e-9, abs=0.0)


@pytest.mark.parametrize(("law", "power"), [("", 0), ('temperature_law = "arrhenius_product"\n', 1)])
def test_activation_energy_moves_a_given_value(law, power):
    given = 'name = "x"\nactivation_energy = "0.5 eV"\nreference_temperature = "300 K"\n' + law
    factor = boltzmann(0.5, 320.0) / boltzmann(0.5, 300.0) * (300 / 320) ** power
    for key, text, name in (
        ("diffusivity", '"1e-13 m^2/s"', "diffusivity"),
        ("conductivity", '"1e-6 S/m"', "resistivity"),
    ):
        found = value_of(f"{given}{key} = {text}\n", name, temperature='"320 K"')
        value = found if key == "diffusivity" else 1 / found
        start = 1e-13 if key == "diffusivity" else 1e-6
        assert value == pytest.approx(start * factor, rel=1e-11, abs=0.0)


def test_table_value_follows_its_own_law_and_is_itself_at_room_temperature():
    layer = 'phase = "LiF"\n'
    assert value_of(layer, "resistivity") == 1 / 1.57e-14
    expected = 1.57e-14 * boltzmann(0.60, 350.0) / boltzmann(0.60) * ROOM / 350
    assert 1 / value_of(layer, "resistivity", temperature='"350 K"') == pytest.approx(expected, rel=1e-10, abs=0.0)
    # a phase whose table knows no law keeps its value, and a law of the study wins over that of the table
    assert value_of('phase = "Li3N"\n', "resistivity", temperature='"350 K"') == 1 / 2.19e-5
    own = layer + 'activation_energy = "0.2 eV"\n'
    expected = 1.57e-14 * boltzmann(0.2, 350.0) / boltzmann(0.2)
    assert 1 / value_of(own, "resistivity", temperature='"350 K"') == pytest.approx(expected, rel=1e-10, abs=0.0)


@pytest.mark.parametrize("arrangement", ["parallel", "blocking"])
def test_grain_boundaries(arrangement):
    layer = (
        'phase = "LiF"\nclosure = "fickian"\nmigration_energy = "0.60 eV"\ngrain_size = "5 nm"\n'
        f'grain_boundary_arrangement = "{arrangement}"\ngrain_boundary_migration_energy = "0.338 eV"\n'
    )
    grain, boundary = (HOP**2 * ATTEMPTS * boltzmann(energy) for energy in (0.60, 0.338))
    if arrangement == "parallel":
        share = 1 - (1 - 1 / 5) ** 2  # columnar grains, boundaries of 1 nm
        expected = share * boundary + (1 - share) * grain
        # what the boundary barrier was inferred from: the film diffusivity of Zhang et al.
        assert expected == pytest.approx(5.75e-13, rel=0.05, abs=0.0)
    else:
        expected = 1 / (0.8 / grain + 0.2 / boundary)
    assert value_of(layer, "diffusivity") == pytest.approx(expected, rel=1e-12, abs=0.0)


def test_given_boundary_with_its_own_activation_energy():
    layer = (
        'name = "x"\nconductivity = "1e-8 S/m"\ngrain_size = "8 nm"\ngrain_boundary_width = "2 nm"\n'
        'grain_boundary_conductivity = "1e-5 S/m"\ngrain_boundary_activation_energy = "0.3 eV"\n'
    )
    share = 1 - 0.75**2
    boundary = 1e-5 * boltzmann(0.3, 280.0) / boltzmann(0.3)
    expected = share * boundary + (1 - share) * 1e-8
    assert 1 / value_of(layer, "resistivity", temperature='"280 K"') == pytest.approx(expected, rel=1e-11, abs=0.0)


def test_table_value_and_boundary_keep_their_own_laws():
    """A grain that follows the table of phases and a boundary with a law of the study, around another temperature."""
    layer = (
        'phase = "LiF"\ngrain_size = "5 nm"\ngrain_boundary_conductivity = "1e-6 S/m"\n'
        'grain_boundary_activation_energy = "0.3 eV"\nreference_temperature = "280 K"\n'
    )
    grain = 1.57e-14 * boltzmann(0.60, 320.0) / boltzmann(0.60) * ROOM / 320
    boundary = 1e-6 * boltzmann(0.3, 320.0) / boltzmann(0.3, 280.0)
    expected = 0.36 * boundary + 0.64 * grain
    assert 1 / value_of(layer, "resistivity", temperature='"320 K"') == pytest.approx(expected, rel=1e-10, abs=0.0)
    blocked = layer + 'grain_boundary_arrangement = "blocking"\n'
    expected = 1 / (0.2 / boundary + 0.8 / grain)
    assert 1 / value_of(blocked, "resistivity", temperature='"320 K"') == pytest.approx(expected, rel=1e-10, abs=0.0)


# 1 and 100 S/m, 30 % of the better conductor: closed forms, and roots of the two effective-medium equations
RULES = {
    "series": ("", 1 / (0.7 + 0.3 / 100)),
    "parallel": ("", 0.7 + 30),
    "maxwell_eucken": ("", (102 + 0.6 * 99) / (102 - 0.3 * 99)),
    "maxwell_eucken of the other": ('mixing_matrix = "good"', 100 * (201 - 1.4 * 99) / (201 + 0.7 * 99)),
    "hashin_shtrikman_lower": ("", 1 + 0.3 / (1 / 99 + 0.7 / 3)),
    "hashin_shtrikman_upper": ("", 100 + 0.7 / (-1 / 99 + 0.3 / 300)),
    "bruggeman": ("", None),
    "general_effective_media": ("", None),
    "general_effective_media with its own numbers": ("mixing_threshold = 0.25\nmixing_exponent = 1.5", None),
    "lichtenecker": ("", 100**0.3),
    "percolation": ("", 1 + 99 * ((0.3 - 0.16) / 0.84) ** 2),
    "percolation with its own numbers": ("mixing_threshold = 0.2\nmixing_exponent = 1.5", 1 + 99 * 0.125**1.5),
}


def effective_medium(threshold, power):
    """Root of sum_i f_i (s_i^(1/t) - s^(1/t)) / (s_i^(1/t) + A s^(1/t)) = 0, A = (1 - p) / p, by mpmath."""
    ratio = (1 - mpmath.mpf(threshold)) / threshold

    def excess(logarithm):
        root = mpmath.exp(logarithm / power)
        terms = ((f, mpmath.mpf(s) ** (1 / mpmath.mpf(power))) for f, s in ((0.7, 1), (0.3, 100)))
        return sum(f * (one - root) / (one + ratio * root) for f, one in terms)

    return float(mpmath.exp(mpmath.findroot(excess, (0.01, 4.6), solver="anderson")))


@pytest.mark.parametrize("name", RULES)
def test_mixing_rules(name):
    keys, expected = RULES[name]
    rule = name.partition(" ")[0]
    if rule == "bruggeman":
        expected = effective_medium(mpmath.mpf(1) / 3, 1)
    elif expected is None:
        expected = effective_medium(0.25, 1.5) if keys else effective_medium(0.16, 2)
    layer = MIXTURE.replace("bruggeman", rule).replace("[[", f"{keys}\n[[", 1)
    assert 1 / value_of(layer, "resistivity") == pytest.approx(expected, rel=1e-9, abs=0.0)


def test_each_phase_of_a_mixture_has_its_own_law():
    """Hopping with a grain boundary, a value with an activation energy, and a table value, in parallel at 310 K."""
    layer = """
name = "three"
closure = "ohmic"
mixing_rule = "parallel"
[[film.layer.mixture]]
phase = "LiF"
fraction = 0.5
migration_energy = "0.60 eV"
grain_size = "5 nm"
grain_boundary_migration_energy = "0.338 eV"
[[film.layer.mixture]]
name = "additive"
fraction = 0.2
conductivity = "1e-6 S/m"
activation_energy = "0.3 eV"
[[film.layer.mixture]]
phase = "Li2EDC"
fraction = "balance"
"""
    warm = 310.0
    hops = [HOP**2 * ATTEMPTS * CARRIERS * boltzmann(energy, warm) for energy in (0.60, 0.338)]
    crystal = nernst_einstein(0.64 * hops[0] + 0.36 * hops[1], LITHIUM, warm)
    additive = 1e-6 * boltzmann(0.3, warm) / boltzmann(0.3)
    organic = 1e-7 * math.exp(-74e3 / GAS * (1 / warm - 1 / ROOM))
    expected = 0.5 * crystal + 0.2 * additive + 0.3 * organic
    assert 1 / value_of(layer, "resistivity", temperature='"310 K"') == pytest.approx(expected, rel=1e-8, abs=0.0)


@pytest.mark.parametrize(
    ("keys", "factor"),
    [
        ("", 0.3**1.5),
        ("tortuosity_exponent = 2.0", 0.09),
        ('tortuosity_law = "maxwell"', 0.6 / 2.7),
        ('tortuosity_law = "weissberg"', 0.3 / (1 - 0.5 * math.log(0.3))),
        ("tortuosity = 2.5", 0.3 / 2.5),
    ],
)
def test_pores(keys, factor):
    layer = f'name = "x"\ndiffusivity = "1e-10 m^2/s"\nporosity = 0.3\n{keys}\n'
    assert value_of(layer, "diffusivity") == pytest.approx(1e-10 * factor, rel=1e-12, abs=0.0)
    assert value_of(layer, "accessible_fraction") == 0.3
    assert value_of(layer + "accessible_fraction = 0.2\n", "accessible_fraction") == 0.2


def test_interfaces():
    layer = (
        'name = "x"\ndiffusivity = "1e-13 m^2/s"\ndesolvation_energy = "-0.05 eV"\n'
        'interface_barrier = "0.41 eV"\ninterface_site_thickness = "5 nm"\ninterface_law = "permeance"\n'
    )
    assert value_of(layer, "partition_coefficient") == pytest.approx(boltzmann(-0.05), rel=1e-12, abs=0.0)
    permeance = 5e-9 * K_B * 310 / PLANCK * boltzmann(0.41, 310.0)
    found = value_of(layer, "interface_resistance", temperature='"310 K"')
    assert found == pytest.approx(1 / permeance, rel=1e-12, abs=0.0)


SPACE = """
name = "mixed"
closure = "fickian"
mixing_rule = "general_effective_media"
mixing_threshold = { distribution = "uniform", low = 0.1, high = 0.3 }
desolvation_energy = { distribution = "normal", mean = "0 eV", standard_deviation = "0.03 eV" }
interface_barrier = { distribution = "uniform", low = "0.3 eV", high = "0.6 eV" }
interface_law = "permeance"
interface_site_thickness = "5 nm"
[[film.layer.mixture]]
phase = "LiF"
fraction = { distribution = "uniform", low = 0.0, high = 0.5 }
migration_energy = { distribution = "uniform", low = "0.4 eV", high = "0.6 eV" }
grain_size = { distribution = "log_uniform", low = "2 nm", high = "20 nm" }
grain_boundary_migration_energy = "0.338 eV"
[[film.layer.mixture]]
phase = "Li2CO3"
fraction = { distribution = "uniform", low = 0.0, high = 0.5 }
migration_energy = "0.31 eV"
[[film.layer.mixture]]
phase = "Li3N"
fraction = "balance"
migration_energy = "0.29 eV"
[[film]]
name = "plain"
[[film.layer]]
phase = "LiF"
thickness = "5 nm"
diffusivity = "1e-13 m^2/s"
"""
WARM = '{ distribution = "uniform", low = "0 degC", high = "60 degC" }'


@pytest.fixture(scope="module")
def study():
    return parse_study(study_of(SPACE, temperature=WARM, samples=800))


def test_a_candidate_has_the_same_bits_in_every_range(study):
    whole = draw_candidates(study, 0, study.n_candidates)
    for start, stop in ((0, 1), (3, 4), (1022, 1026), (511, 514), (700, 1600)):
        for key, column in arrays_of(draw_candidates(study, start, stop)).items():
            assert column.tobytes() == arrays_of(whole)[key][start:stop].tobytes(), (start, key)


def test_axes_and_what_follows_from_them_are_stored(study):
    batch = draw_candidates(study, 0, 400)
    columns = {column.name: column for column in study.columns}
    values = {name: batch.column(name) for name in columns}
    mixed = batch.film == 0
    for name, unit in (
        ("param_layer1_LiF_fraction", "1"),
        ("param_layer1_LiF_migration_energy", "J"),
        ("param_layer1_LiF_grain_size", "m"),
        ("param_layer1_mixing_threshold", "1"),
        ("param_layer1_desolvation_energy", "J"),
        ("param_layer1_interface_barrier", "J"),
    ):
        assert columns[name].unit == unit
        assert np.isfinite(values[name][mixed]).all()
        assert np.isnan(values[name][~mixed]).all()
    assert columns["param_layer1_LiF_fraction"].long_name == (
        "volume fraction of LiF in layer 1, counted from the outside"
    )
    derived = {name: column for name, column in columns.items() if column.derived}
    assert {name: column.unit for name, column in derived.items()} == {
        "layer1_effective_diffusivity": "m2 s-1",
        "layer1_partition_coefficient": "1",
        "layer1_interface_permeance": "m s-1",
        "layer1_Li3N_fraction": "1",
    }
    # what is shown is what the kernels get, of the film without laws too
    assert np.array_equal(values["layer1_effective_diffusivity"], batch.stack.diffusivity[:, 0])
    assert np.array_equal(values["layer1_partition_coefficient"], batch.stack.partition_coefficient[:, 0])
    assert set(values["layer1_interface_permeance"][~mixed]) == {math.inf}
    parts = [values[name][mixed] for name in ("param_layer1_LiF_fraction", "param_layer1_Li2CO3_fraction")]
    np.testing.assert_allclose(values["layer1_Li3N_fraction"][mixed], 1 - parts[0] - parts[1], rtol=0, atol=1e-15)
    variables = StudyEvaluator(study).variables
    assert {variable.name for variable in variables} >= set(derived)
    # derived quantities of a defaulted key are not inputs
    assert "param_layer1_partition_coefficient" not in columns


def test_a_varied_mixture_is_the_fixed_one_at_its_values(study):
    """The 30th candidate of the space, written out with its values: the same layer."""
    batch = draw_candidates(study, 58, 59)
    inputs = {name: float(column[0]) for name, column in batch.inputs.items()}
    fixed = SPACE
    for line, key, unit in (
        ("mixing_threshold = ", "mixing_threshold", ""),
        ("desolvation_energy = ", "desolvation_energy", " J"),
        ("interface_barrier = ", "interface_barrier", " J"),
        ("fraction = ", "LiF_fraction", ""),
        ("migration_energy = ", "LiF_migration_energy", " J"),
        ("grain_size = ", "LiF_grain_size", " m"),
        ("fraction = {", "Li2CO3_fraction", ""),
    ):
        start = fixed.index(f"\n{line}") + 1
        number = inputs[f"param_layer1_{key}"]
        value = f'"{number!r}{unit}"' if unit else repr(number)
        fixed = fixed[:start] + f"{line.removesuffix('{')}{value}" + fixed[fixed.index("\n", start) :]
    same = draw_candidates(parse_study(study_of(fixed, temperature=f'"{inputs["param_temperature"]!r} K"')), 0, 1)
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=1e-11),
        *(jax.tree.map(lambda x: x[0], one.stack) for one in (same, batch)),
    )


def test_study_survives_pickling_and_its_digest_sees_the_composition(study):
    copy = pickle.loads(pickle.dumps(study))
    assert copy.digest == study.digest
    assert np.array_equal(draw_candidates(copy, 0, 9).stack.diffusivity, draw_candidates(study, 0, 9).stack.diffusivity)
    digests = {
        parse_study(study_of(SPACE.replace(old, new), temperature=WARM, samples=800)).digest
        for old, new in (("0.31 eV", "0.32 eV"), ("high = 0.3 }", "high = 0.31 }"))
    }
    assert len(digests | {study.digest}) == 3


def test_new_keys_left_out_do_not_change_a_digest():
    """A key that no old study has must not make the stores of old studies foreign."""
    plain = parse_study(study_of('phase = "LiF"\ndiffusivity = "1e-13 m^2/s"\n'))
    dumped = plain.model_dump(mode="json", by_alias=True)["film"][0]["layer"][0]
    assert set(dumped) == {
        *("phase", "name", "closure", "thickness", "diffusivity", "partition_coefficient", "accessible_fraction"),
        *("transference_number", "conductivity", "jump_distance", "interface_permeance"),
    }
    assert dumped["interface_permeance"] == {"value": math.inf}
    assert not [column for column in plain.columns if column.derived]


def test_every_row_of_a_batch_matches_the_laws(study):
    """A sample of candidates against a scalar calculation of the whole chain."""
    batch = draw_candidates(study, 0, 200)
    rows = np.flatnonzero(batch.film == 0)[::20]
    table = {"Li2CO3": (0.31e-9, 0.31), "Li3N": (0.365e-9, 0.29)}
    for row in rows:
        value = {name.removeprefix("param_layer1_"): float(column[row]) for name, column in batch.inputs.items()}
        temperature = float(batch.temperature[row])
        share = 1 - (1 - 1e-9 / value["LiF_grain_size"]) ** 2
        grain = boltzmann(value["LiF_migration_energy"] / EV, temperature)
        lif = HOP**2 * ATTEMPTS * (share * boltzmann(0.338, temperature) + (1 - share) * grain)
        others = [hop**2 * ATTEMPTS * boltzmann(energy, temperature) for hop, energy in table.values()]
        fractions = [value["LiF_fraction"], value["Li2CO3_fraction"]]
        fractions.append(1 - sum(fractions))
        ratio = (1 - value["mixing_threshold"]) / value["mixing_threshold"]
        roots = [math.sqrt(one) for one in (lif, *others)]

        def excess(root, roots=roots, fractions=fractions, ratio=ratio):
            pairs = zip(fractions, roots, strict=True)
            return sum(f * (one - root) / (one + ratio * root) for f, one in pairs)

        expected = mpmath.findroot(excess, (min(roots), max(roots)), solver="anderson", tol=1e-25) ** 2
        assert batch.stack.diffusivity[row, 0] == pytest.approx(float(expected), rel=1e-8, abs=0.0)


def test_nothing_of_jax_is_left_in_a_batch(study):
    assert {type(array) for array in arrays_of(draw_candidates(study, 0, 2)).values()} == {np.ndarray}
