"""Phases of a study's own: a table beside the study file, tables inside it, and what is wrong with them."""

import math

import pytest

from screening.config.study import load_study, parse_study
from screening.model.draws import draw_candidates

from .composition_study import study_of, validate

HOPS = 'phase = "LiF"\nclosure = "fickian"\nmigration_energy = "0.60 eV"\n'
TABLE = (
    "material,quantity,value,unit,temperature_law,quality,source\n"
    'LiX,jump_distance,0.3,nm,,estimated,"this test, a guess"\n'
    "LiX,attempt_frequency,5e12,1/s,,estimated,this test\n"
    "LiX,conductivity,2e-6,S/m,arrhenius 0.4 eV at 300 K,measured,this test\n"
    "LiF,jump_distance,0.31,nm,,estimated,this test\n"
)


def hop_of(study):
    """Hop distance and attempt frequency of the first layer."""
    layer = study.films[0].layers[0]
    return layer.hop_distance.value, layer.attempt_frequency.value


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "my_phases.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def test_phases_of_a_file_beside_the_study(folder, monkeypatch):
    text = 'phases = "my_phases.csv"  # of this test\n' + study_of(HOPS.replace("LiF", "LiX"), temperature='"310 K"')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder.parent)
    study = load_study(folder / "study.toml")
    assert hop_of(study) == (3e-10, 5e12)
    # the text that a store keeps stands alone: without the file it gives the same study
    (folder / "my_phases.csv").unlink()
    again = parse_study(study.text)
    assert again.digest == study.digest
    assert hop_of(again.with_samples(4)) == (3e-10, 5e12)
    assert parse_study(study.text.replace("5e12", "6e12")).digest != study.digest


def test_tables_of_the_study_win_over_the_file_and_the_package(folder):
    own = '[[phase]]\nname = "LiX"\nlong_name = "a test"\nattempt_frequency = "7e12 1/s"\nsource = "this test"\n'
    text = 'phases = "my_phases.csv"\n' + study_of(HOPS) + own
    (folder / "study.toml").write_text(text.replace('"LiF"', '"LiX"'), encoding="utf-8")
    assert hop_of(load_study(folder / "study.toml")) == (3e-10, 7e12)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    assert hop_of(load_study(folder / "study.toml")) == (0.31e-9, 1e13)


def test_temperature_law_of_an_own_phase(folder):
    text = 'phases = "my_phases.csv"\n' + study_of('phase = "LiX"\n', temperature='"330 K"')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    found = 1 / draw_candidates(load_study(folder / "study.toml"), 0, 1).stack.resistivity[0, 0]
    boltzmann = 1.380649e-23 / 1.602176634e-19
    assert found == pytest.approx(2e-6 * math.exp(-0.4 / boltzmann * (1 / 330 - 1 / 300)), rel=1e-10, abs=0.0)
    own = '[[phase]]\nname = "LiY"\nconductivity = { value = "2e-6 S/m", temperature_law = "arrhenius 0.4 eV at 300 K" }\n'
    text = study_of('phase = "LiY"\n', temperature='"330 K"') + own
    assert 1 / draw_candidates(parse_study(text), 0, 1).stack.resistivity[0, 0] == pytest.approx(
        found, rel=1e-14, abs=0.0
    )


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("my_phases.csv", "my_fases.csv", ["phases: table of materials cannot be read", "No such file"]),
        ("my_phases.csv", "my_phases.xlsx", ["phases: unknown kind of table", ".csv or .toml"]),
        ('"my_phases.csv"', "3", ["phases: table of phases was not read"]),
        ('name = "LiY"', 'nam = "LiY"', ["phase[0].nam: unknown key", 'did you mean "name"']),
        ('name = "LiY"', 'name = ""', ["phase[0].name: missing key"]),
        ("conductivity =", "conductivty =", ["phase[0].conductivty: unknown key", 'did you mean "conductivity"']),
        ('"1e-6 S/m"', '"1e-6 m"', ["phase[0].conductivity.value: wrong dimension"]),
        ('"1e-6 S/m"', '{ vale = "1 S/m" }', ["phase[0].conductivity.vale: unknown key", '"value"']),
        ("[[phase]]", "[phase]", ["phase: wrong type", "[[phase]]"]),
        ('conductivity = "1e-6 S/m"\n', "", ["phase[0]: phase without values"]),
    ],
)
def test_bad_phases_are_refused_in_one_line(old, new, parts, folder, capsys):
    own = '[[phase]]\nname = "LiY"\nconductivity = "1e-6 S/m"\n'
    text = 'phases = "my_phases.csv"\n' + study_of(HOPS) + own
    assert old in text
    code, _, error = validate(text.replace(old, new), folder, capsys)
    assert (code, error.count("\n")) == (2, 1)
    for part in parts:
        assert part in error


def test_a_bad_row_of_the_file_is_named(folder, capsys):
    (folder / "my_phases.csv").write_text(TABLE.replace("5e12", "-5e12"), encoding="utf-8")
    code, _, error = validate('phases = "my_phases.csv"\n' + study_of(HOPS), folder, capsys)
    assert code == 2
    assert "phases.my_phases.csv line 3.value: attempt frequency of Li+ out of range" in error


def test_the_examples_of_the_docs_are_valid(repository, tmp_path, capsys):
    blocks = (repository / "docs" / "materials.md").read_text(encoding="utf-8").split("```toml\n")[1:]
    layer, contact, phases = (block.partition("```")[0] for block in blocks)
    (tmp_path / "my_phases.csv").write_text(TABLE, encoding="utf-8")
    top, _, own = phases.partition("[[phase]]")
    text = top + study_of(layer.replace("[[film.layer]]\n", "").replace('thickness = "5 nm"\n', "")) + "[[phase]]" + own
    code, out, error = validate(text, tmp_path, capsys)
    assert code == 0
    # a film of one mixed layer touches lithium and the liquid with all of its phases
    assert all(line.startswith("warning: Li2CO3 reacts to") for line in error.splitlines())
    assert "mixture[0].grain_size" in out
    carbonate = 'phase = "Li2CO3"\nconductivity = "1e-6 S/m"\n'
    code, out, _ = validate(study_of(carbonate) + contact, tmp_path, capsys)
    assert code == 0
    assert "contact[0].product_conductivity" in out
