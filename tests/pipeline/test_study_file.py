"""The study file from text to candidate arrays."""

import hashlib
import math
import pickle

import jax
import numpy as np
import pytest

from screening.config.study import Study, load_study, parse_study
from screening.errors import StudyError
from screening.materials.entry import Entry
from screening.materials.phases import Phase, known_phases
from screening.model.draws import draw_candidates

LIDFOB_VS_LIBF4 = """
title = "LiDFOB film (LiF | Li2CO3 | Li3N) against LiBF4 film (LiH | LiF | Li3N)"

[sampling]
design = "sobol"
samples = 4096
seed = 2026

[conditions]
temperature = "25 degC"

[electrolyte]
name = "2 M lithium salt in THF"
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"

[electrode]
kind = "metal"
exchange_current_density = { distribution = "log_uniform", low = "1 mA/cm^2", high = "100 mA/cm^2" }
series_resistance = "5 ohm*cm^2"

[parameters]
inner_thickness = { distribution = "uniform", low = "2 nm", high = "10 nm" }

[[film]]
name = "LiDFOB"

[[film.layer]]  # outermost
phase = "LiF"
thickness = { distribution = "log_uniform", low = "1 nm", high = "10 nm" }
diffusivity = { distribution = "log_uniform", low = "1e-16 m^2/s", high = "1e-12 m^2/s" }

[[film.layer]]
phase = "Li2CO3"
thickness = { distribution = "normal", mean = "5 nm", standard_deviation = "2 nm", low = "1 nm", high = "12 nm" }
diffusivity = "5.75e-13 m^2/s"
interface_permeance = "1e-3 m/s"

[[film.layer]]  # at the electrode
phase = "Li3N"
thickness = "$inner_thickness"

[[film]]
name = "LiBF4"

[[film.layer]]
phase = "LiH"
thickness = { list = ["2 nm", "4 nm"] }
diffusivity = "1.63e-15 m^2/s"

[[film.layer]]
phase = "LiF"
thickness = "5 nm"
diffusivity = "1e-15 m^2/s"
accessible_fraction = 0.5
partition_coefficient = 0.1

[[film.layer]]
phase = "Li3N"
thickness = "$inner_thickness"
jump_distance = "0.3 nm"

[protocol]
kind = "cv"
start_potential = "1 V"
vertex_potential = "-500 mV"
scan_rates = ["10 mV/s", "50 mV/s", "200 mV/s"]

[output]
curves = false
outputs = ["cathodic_peak_current"]
"""

BARE_COUPLE = """
[electrolyte]
diffusivity = "7.6e-10 m^2/s"
diffusion_layer_thickness = "1 mm"
[electrode]
kind = "couple"
rate_constant = "inf m/s"
oxidised_concentration = "5 mmol/L"
[[film]]
name = "bare"
[protocol]
kind = "lsv"
start_potential = "0.3 V"
end_potential = "-0.3 V"
scan_rates = "100 mV/s"
"""


@pytest.fixture(scope="module")
def study() -> Study:
    return parse_study(LIDFOB_VS_LIBF4)


def test_shape_of_the_study(study):
    assert study.n_films == 2
    assert study.n_candidates == 2 * 4096
    assert study.film_names == ("LiDFOB", "LiBF4")
    assert study.layer_names(0) == ("LiF", "Li2CO3", "Li3N")
    assert study.layer_names(1) == ("LiH", "LiF", "Li3N")
    assert study.n_layers == 3
    assert study.electrode.kind == "metal"
    assert study.scan_rates == (0.01, 0.05, 0.2)
    assert study.n_runs == 3
    assert study.controls == ("potential", "potential")
    assert study.output.outputs == ("cathodic_peak_current",)
    assert study.growable
    assert study.text == LIDFOB_VS_LIBF4


def test_defaults():
    study = parse_study(BARE_COUPLE)
    assert study.sampling.design == "sobol"
    assert study.n_candidates == 1
    numerics = study.numerics
    assert (numerics.steps, numerics.reduced_order, numerics.cells_per_layer, numerics.electrolyte_cells) == (
        250,
        28,
        24,
        64,
    )
    assert numerics.precision == "float64"
    assert numerics.chunk is None
    assert study.output.curves is False
    assert draw_candidates(study, 0, 1).temperature.tolist() == [298.15]


def test_layers_are_stored_from_the_inside(study):
    batch = draw_candidates(study, 0, 2)
    inner, middle, outer = range(3)
    assert batch.film.tolist() == [0, 1]
    lidfob, libf4 = 0, 1
    assert batch.stack.diffusivity[lidfob, middle] == 5.75e-13
    assert batch.stack.interface_resistance[lidfob].tolist() == [0.0, 1000.0, 0.0]
    assert batch.stack.diffusivity[libf4, outer] == 1.63e-15
    assert batch.stack.accessible_fraction[libf4].tolist() == [0.0, 0.5, 1.0]
    assert batch.stack.partition_coefficient[libf4].tolist() == [1.0, 0.1, 1.0]
    # Li3N is named without a transport law: the conductivity of the phase, an ohmic layer
    assert batch.stack.resistivity[lidfob].tolist() == [1 / 2.19e-5, 0.0, 0.0]
    assert batch.stack.transference_number[lidfob].tolist() == [1.0, 0.0, 0.0]
    assert batch.stack.jump_distance[libf4].tolist() == [3e-10, 0.0, 0.0]
    assert batch.stack.diffusivity[libf4, inner] > 0


def test_scalars_in_si(study):
    batch = draw_candidates(study, 0, 3)
    assert batch.index.tolist() == [0, 1, 2]
    assert batch.temperature.tolist() == [298.15] * 3
    assert batch.electrolyte.concentration.tolist() == [2000.0] * 3
    assert batch.electrolyte.transference_number.tolist() == [0.4] * 3
    assert batch.electrolyte.diffusion_layer_thickness.tolist() == [5e-4] * 3
    assert batch.sample.series_resistance.tolist() == [5e-4] * 3
    assert batch.sample.electrode.kinetics.transfer_coefficient.tolist() == [0.5] * 3
    assert batch.sample.electrode.initial_inventory.tolist() == [0.0] * 3
    # one close-packed layer of lithium atoms: (density * Avogadro / molar mass)^(2/3) / Avogadro
    avogadro = 6.02214076e23
    monolayer = (534 * avogadro / 6.94e-3) ** (2 / 3) / avogadro
    assert batch.sample.electrode.monolayer_inventory[0] == pytest.approx(monolayer, rel=5e-3)
    everything = jax.tree.leaves(batch.arrays)
    assert all(array.dtype == np.float64 and len(array) == 3 for array in everything)


def test_columns_are_the_inputs_that_differ(study):
    names = [column.name for column in study.columns]
    assert names == [
        "film",
        "param_electrode_exchange_current_density",
        "param_layer1_thickness",
        "param_layer1_diffusivity",
        "param_layer2_thickness",
        "param_layer2_diffusivity",
        "param_layer2_partition_coefficient",
        "param_layer2_accessible_fraction",
        "param_layer2_interface_permeance",
        "param_layer3_thickness",
        "param_layer3_jump_distance",
        "param_shared_inner_thickness",
    ]
    units = {column.name: column.unit for column in study.columns}
    assert units["param_layer1_diffusivity"] == "m2 s-1"
    assert units["param_layer2_interface_permeance"] == "m s-1"
    assert units["param_electrode_exchange_current_density"] == "A m-2"
    long_names = {column.name: column.long_name for column in study.columns}
    assert long_names["param_layer1_thickness"] == "thickness of layer 1, counted from the outside"


def test_columns_show_what_the_kernels_get(study):
    batch = draw_candidates(study, 0, 8)
    values = {column.name: batch.column(column.name) for column in study.columns}
    assert np.array_equal(values["film"], batch.film)
    # layer 1 is the outermost, which the arrays keep last
    assert np.array_equal(values["param_layer1_thickness"], batch.stack.thickness[:, 2])
    assert np.array_equal(values["param_layer3_thickness"], batch.stack.thickness[:, 0])
    assert np.array_equal(values["param_shared_inner_thickness"], batch.stack.thickness[:, 0])
    assert values["param_layer2_interface_permeance"][:2].tolist() == [1e-3, math.inf]


def test_films_of_different_depth_are_padded_outside():
    head, _, tail = LIDFOB_VS_LIBF4.partition("[protocol]")
    study = parse_study(head + '[[film]]\nname = "bare"\n[protocol]' + tail)
    batch = draw_candidates(study, 0, 3)
    assert study.layer_names(2) == ()
    sliver = {key: array[2] for key, array in vars(batch.stack).items() if key != "faces"}
    assert sliver["thickness"].tolist() == [1e-12] * 3
    assert sliver["diffusivity"].tolist() == [2e-10] * 3
    assert sliver["transference_number"].tolist() == [0.4] * 3
    for key in ("partition_coefficient", "accessible_fraction"):
        assert sliver[key].tolist() == [1.0] * 3
    for key in ("resistivity", "jump_distance", "interface_resistance"):
        assert sliver[key].tolist() == [0.0] * 3
    values = {column.name: batch.column(column.name) for column in study.columns}
    assert np.isnan(values["param_layer1_thickness"]).tolist() == [False, False, True]
    assert np.isnan(values["param_shared_inner_thickness"]).tolist() == [False, False, True]


def test_couple_defaults_follow_the_oxidised_species():
    batch = draw_candidates(parse_study(BARE_COUPLE), 0, 1)
    electrode = batch.sample.electrode
    held = {**vars(electrode.kinetics), **vars(electrode), **vars(batch.sample)}
    expected = {
        "electron_number": 1.0,
        "formal_potential": 0.0,
        "rate_constant": math.inf,
        "transfer_coefficient": 0.5,
        "oxidised_concentration": 5.0,
        "reduced_concentration": 0.0,
        "series_resistance": 0.0,
        "double_layer_capacitance": 0.0,
    }
    assert {key: held[key].tolist() for key in expected} == {key: [value] for key, value in expected.items()}
    assert batch.sample.reduced_electrolyte.diffusivity.tolist() == [7.6e-10]
    assert batch.electrolyte.concentration.tolist() == [5.0]
    assert batch.electrolyte.transference_number.tolist() == [0.0]


def test_digest_sees_content_not_layout(study):
    spaced = parse_study(LIDFOB_VS_LIBF4.replace('"5 nm"', '"  5.0   nm"') + "\n# a comment\n")
    assert spaced.digest == study.digest
    assert len(study.digest) == len(hashlib.sha256().hexdigest())
    changes = [
        ('"5 nm"', '"6 nm"'),
        ("seed = 2026", "seed = 2027"),
        ("log_uniform", "uniform"),
        ("samples = 4096", "samples = 4"),
    ]
    digests = {parse_study(LIDFOB_VS_LIBF4.replace(old, new)).digest for old, new in changes}
    assert len(digests | {study.digest}) == 5


def test_study_is_frozen(study):
    with pytest.raises(ValueError, match="frozen"):
        study.title = "other"


def test_load_study_reads_files(tmp_path, study):
    path = tmp_path / "study.toml"
    path.write_text(LIDFOB_VS_LIBF4, encoding="utf-8")
    assert load_study(path).digest == study.digest
    assert load_study(path, samples=7).n_candidates == 14
    copy = pickle.loads(pickle.dumps(study))
    assert (copy.digest, copy.text) == (study.digest, study.text)


def test_phases_can_be_injected():
    row = Entry("LiX", "conductivity", 1e-4, None, None, None, "measured", "this test")
    unobtainium = Phase("LiX", "test phase", (row,))
    text = LIDFOB_VS_LIBF4.replace(
        'phase = "LiF"\nthickness = "5 nm"\ndiffusivity = "1e-15 m^2/s"', 'phase = "LiX"\nthickness = "5 nm"'
    )
    text = text.replace("accessible_fraction = 0.5\npartition_coefficient = 0.1\n", "")
    study = parse_study(text, known_phases={**known_phases(), "LiX": unobtainium})
    assert draw_candidates(study, 1, 2).stack.resistivity[0, 1] == 1e4
    assert pickle.loads(pickle.dumps(study)).with_samples(3).n_candidates == 6
    with pytest.raises(StudyError, match="unknown phase"):
        parse_study(text)
