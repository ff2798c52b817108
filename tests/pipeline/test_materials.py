"""Tables of materials: what ships, reading a user's file, refusals, and the command that shows them."""

import csv
import math
from pathlib import Path

import pytest

import screening.materials
from kernels.laws import arrhenius
from screening.cli.app import run_command
from screening.errors import StudyError
from screening.materials.composition import find_rule
from screening.materials.entry import COLUMNS, parse_entry
from screening.materials.listing import describe_material, list_materials
from screening.materials.phases import known_electrolytes, known_phases, read_phases
from screening.materials.property_table import read_table
from screening.materials.quantities import QUALITIES, QUANTITIES
from screening.materials.volume_fractions import check_fractions

EV = 1.602176634e-19
ROW = {
    "material": "LiX",
    "quantity": "conductivity",
    "value": "2",
    "unit": "uS/cm",
    "low": "1",
    "high": "4",
    "temperature_law": "arrhenius_product 0.4 eV at 20 degC",
    "quality": "measured",
    "source": "this test",
}


def entry(**changes):
    return parse_entry({**ROW, **changes}, "here")


def write_csv(path, *rows, columns=COLUMNS):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


# --- what ships -----------------------------------------------------------------------------------------------------


def test_every_shipped_value_has_a_unit_a_quality_and_a_source():
    materials = {**known_phases(), **known_electrolytes()}
    assert {"LiF", "Li2CO3", "Li3N", "LiH", "Li2O", "LiOH", "Li2EDC", "mosaic_SEI"} == set(known_phases())
    assert len(known_electrolytes()) == 7
    for material in materials.values():
        assert material.long_name != material.name
        for row in material.entries:
            assert row.quality in QUALITIES
            assert row.quantity in QUANTITIES
            # only an estimate may stand without a publication
            if row.quality != "estimated":
                assert "10." in row.source or "OSTI" in row.source, row
            elif "10." not in row.source:
                assert len(row.source) > 10


def test_shipped_table_agrees_with_the_paper_and_with_itself():
    phases = known_phases()
    first = {(name, q): phases[name].value(q) for name in ("LiF", "LiH") for q in ("migration_energy", "conductivity")}
    assert first["LiF", "migration_energy"] == pytest.approx(0.60 * EV, rel=1e-14, abs=0.0)
    assert first["LiH", "migration_energy"] == pytest.approx(1.07 * EV, rel=1e-14, abs=0.0)
    assert (first["LiF", "conductivity"], first["LiH", "conductivity"]) == (1.57e-14, 2.76e-22)
    atoms = {"LiF": 1, "Li2CO3": 2, "Li3N": 3, "LiH": 1, "Li2O": 2, "LiOH": 1, "Li2EDC": 2}
    weights = {"Li": 6.94, "F": 18.998, "C": 12.011, "O": 15.999, "N": 14.007, "H": 1.008}
    formulas = {"LiF": "Li F", "Li2O": "Li Li O", "Li3N": "Li Li Li N", "LiH": "Li H", "LiOH": "Li O H"}
    for name, number in atoms.items():
        mass, density, concentration = (
            phases[name].value(q) for q in ("molar_mass", "density", "lithium_concentration")
        )
        assert concentration == pytest.approx(number * density / mass, rel=6e-3, abs=0.0)  # three digits in the table
        if name in formulas:
            assert mass == pytest.approx(
                1e-3 * sum(weights[element] for element in formulas[name].split()), rel=1e-3, abs=0.0
            )
    for name in ("LiF", "LiH"):
        lattice, jump = (phases[name].value(q) for q in ("lattice_parameter_a", "jump_distance"))
        assert jump == pytest.approx(lattice / math.sqrt(2), rel=1e-3, abs=0.0)


def test_electrolytes_say_what_is_an_estimate():
    electrolytes = known_electrolytes()
    for name, molarity in (("2 M LiDFOB/THF", 2000.0), ("2 M LiBF4/THF", 2000.0), ("1 M LiBF4/THF", 1000.0)):
        assert electrolytes[name].value("salt_concentration") == molarity
        for quantity in ("conductivity", "diffusivity", "transference_number"):
            row = electrolytes[name].values(quantity)[0]
            assert row.quality == "estimated"
            assert None not in (row.low, row.high)
            assert row.low != row.high
    carbonate = electrolytes["1 M LiPF6/EC:EMC"]
    # the published polynomials at 1 mol/L
    sigma = 0.1297 - 2.51 + 3.329
    assert carbonate.value("conductivity") == pytest.approx(sigma, rel=1e-3, abs=0.0)
    assert carbonate.value("diffusivity") == pytest.approx(8.794e-11 - 3.972e-10 + 4.862e-10, rel=1e-3, abs=0.0)


def test_nothing_shipped_is_read_twice_or_lost():
    folder = Path(screening.materials.__file__).parent
    for name, known in (("phases.csv", known_phases()), ("electrolytes.csv", known_electrolytes())):
        with (folder / name).open(encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["quantity"] != "long_name"]
        assert sum(len(material.entries) for material in known.values()) == len(rows)


# --- rows -----------------------------------------------------------------------------------------------------------


def test_row_is_read_to_si():
    row = entry()
    assert (row.value, row.low, row.high, row.unit) == (2e-4, 1e-4, 4e-4, "S m-1")
    assert row.law is not None
    assert row.law.reference_temperature == 293.15
    assert row.law.activation_energy == pytest.approx(0.4 * EV, rel=1e-14, abs=0.0)
    assert row.text() == "0.0002 S/m (0.0001 S/m to 0.0004 S/m) [Arrhenius in value times T, 0.4 eV]"
    assert entry(value="2 uS/cm", unit="", low="", high="").value == 2e-4
    molar = entry(quantity="migration_energy", value="38.594 kJ/mol", unit="", low="", high="", temperature_law="")
    assert molar.value == pytest.approx(0.4 * EV, rel=1e-5, abs=0.0)


@pytest.mark.parametrize("temperature", [253.15, 293.15, 360.0])
def test_temperature_laws(temperature):
    row = entry()
    expected = float(arrhenius(2e-4, 0.4 * EV, temperature, 293.15)) * 293.15 / temperature
    assert row.at(temperature) == pytest.approx(expected, rel=1e-12, abs=0.0)
    plain = entry(temperature_law="arrhenius 0.4 eV")
    assert plain.at(temperature) == pytest.approx(
        float(arrhenius(2e-4, 0.4 * EV, temperature, 298.15)), rel=1e-12, abs=0.0
    )
    assert entry(temperature_law="").at(temperature) == 2e-4


def test_only_a_range_has_no_value():
    row = entry(value="", temperature_law="")
    assert row.value is None
    assert row.at(300.0) is None
    assert row.text() == "0.0001 S/m to 0.0004 S/m"
    assert entry(value="", low="", temperature_law="").text() == "at most 0.0004 S/m"
    assert entry(value="", high="", temperature_law="").text() == "at least 0.0001 S/m"


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"quantity": "conductivty"}, ["here.quantity", "unknown quantity", 'did you mean "conductivity"']),
        ({"quality": "guessed"}, ["unknown quality", "measured, computed, estimated"]),
        ({"source": " "}, ["here.source", "not text", "DOI"]),
        ({"source": None}, ["here.source", "missing cell", "DOI"]),
        ({"quality": ""}, ["here.quality", "missing cell", "one of measured, computed, estimated"]),
        ({"value": "", "low": "", "high": ""}, ["row without a number", "fill value, low or high"]),
        ({"value": "5"}, ["range out of order", "high = 4", "low <= value <= high"]),
        ({"unit": "nm"}, ["here.value", "wrong dimension", "a conductivity"]),
        ({"unit": ""}, ["here.value", "no unit"]),
        ({"value": "-2", "low": ""}, ["Li+ conductivity out of range", '"-2 uS/cm"', "above 0 S/m"]),
        ({"value": True, "low": "", "high": ""}, ["here.value", "not a quantity", "got true"]),
        ({"colour": "red"}, ["unknown column", '"colour"']),
        ({"temperature_law": "0.4 eV"}, ["here.temperature_law", "temperature law cannot be read", '"0.4 eV"']),
        ({"temperature_law": "arhenius 0.4 eV"}, ["unknown temperature law", 'did you mean "arrhenius"']),
        ({"temperature_law": "arrhenius"}, ["temperature law cannot be read", '"arrhenius 0.66 eV"']),
        ({"temperature_law": 3}, ["temperature law cannot be read", "got 3"]),
        ({"temperature_law": "arrhenius 0.4"}, ["temperature_law", "no unit", "an energy"]),
        ({"temperature_law": "arrhenius -0.4 eV"}, ["temperature law out of range"]),
        ({"temperature_law": "arrhenius 0.4 eV at 0 K"}, ["temperature law out of range", "above 0 K"]),
        (
            {"quantity": "migration_energy", "value": "-0.6 eV", "unit": "", "low": "", "high": ""},
            ["migration barrier of Li+ out of range", '"-0.6 eV"', "at least 0", "a barrier is not negative"],
        ),
    ],
)
def test_wrong_rows_are_refused_in_one_line(changes, parts):
    with pytest.raises(StudyError) as caught:
        entry(**changes)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message


@pytest.mark.parametrize("temperature", [0.0, -3.0, math.nan, math.inf])
def test_temperature_must_be_absolute(temperature):
    with pytest.raises(StudyError, match="not an absolute temperature"):
        entry().at(temperature)


def test_unknown_quantity_of_a_material():
    with pytest.raises(StudyError, match=r"unknown quantity.*migration_energy"):
        known_phases()["LiF"].values("migration_enrgy")
    with pytest.raises(StudyError, match=r"no Li\+ conductivity of Li2CO3.*only the range 1e-09 S/m to 1e-06 S/m"):
        known_phases()["Li2CO3"].value("conductivity")
    with pytest.raises(StudyError, match="no viscosity of the solvent of LiF in the table: expected a value"):
        known_phases()["LiF"].value("solvent_viscosity")


def test_recommended_value_is_the_first_and_follows_the_temperature():
    assert known_phases()["Li3N"].value("conductivity") == 2.19e-5
    warm, law = known_phases()["LiF"].value("conductivity", 350.0), 0.60 * EV
    expected = 1.57e-14 * 298.15 / 350 * math.exp(-law / 1.380649e-23 * (1 / 350 - 1 / 298.15))
    assert warm == pytest.approx(expected, rel=1e-12, abs=0.0)


# --- a user's file --------------------------------------------------------------------------------------------------


def test_user_csv_is_merged_over_the_known_phases(tmp_path):
    name = {"material": "LiX", "quantity": "long_name", "value": "test phase"}
    better = {**ROW, "material": "LiF", "low": "", "high": ""}
    phases = read_phases(write_csv(tmp_path / "mine.csv", name, ROW, better))
    assert set(phases) == {*known_phases(), "LiX"}
    assert (phases["LiX"].long_name, phases["LiX"].conductivity) == ("test phase", 2e-4)
    assert (phases["LiX"].conductivity_low, phases["LiX"].conductivity_high) == (1e-4, 4e-4)
    # all conductivities of LiF are the user's, everything else stays
    assert [row.value for row in phases["LiF"].values("conductivity")] == [2e-4]
    assert phases["LiF"].long_name == "lithium fluoride"
    assert phases["LiF"].values("migration_energy") == known_phases()["LiF"].values("migration_energy")
    assert known_phases()["LiF"].conductivity == 1.57e-14
    with pytest.raises(TypeError):
        phases["LiY"] = phases["LiX"]


def test_user_toml_says_the_same(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        [[value]]
        material = "LiX"
        quantity = "conductivity"
        value = 2
        unit = "uS/cm"
        low = 1
        high = 4.0
        quality = "measured"
        source = "this test"
        """,
        encoding="utf-8",
    )
    from_csv = read_phases(write_csv(tmp_path / "mine.csv", {**ROW, "temperature_law": ""}), base={})
    assert read_phases(path, base={}) == from_csv


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("mine.txt", "", ["unknown kind of table", ".csv or .toml"]),
        ("mine.csv", "", ["line 1", "missing column", "add material"]),
        ("mine.csv", "material,quantity,value,quality,source\n", ["table without values"]),
        (
            "mine.csv",
            "material,quantity,value,quality,sorce\n",
            ['unknown column: got "sorce"', 'did you mean "source"'],
        ),
        ("mine.csv", "material,quantity,value,quality\n", ["missing column", "add source"]),
        (
            "mine.csv",
            "material,quantity,value,quality,source\nLiX,conductivity,1 S/m,measured,Me, myself\n",
            ["line 2", "too many cells", "double quotes"],
        ),
        (
            "mine.csv",
            "material,quantity,value,quality,source\nLiX,conductivity,1 S/m,measured,me\nLiX,conductivity,1 nm,measured,me\n",
            ["mine.csv line 3.value", "wrong dimension"],
        ),
        (
            "mine.csv",
            "material,quantity,value,quality,source\nLiX,density,1 g/cm^3,measured,me\nLiX,density,1 g/cm^3,measured,me\n",
            ["line 3", "the same row twice", "density of LiX"],
        ),
        (
            "mine.csv",
            "material,quantity,value,quality,source\nLiX,long_name,,,\n",
            ["long_name without text", "fill value"],
        ),
        ("mine.csv", 'material,quantity,value,quality,source\nLiX,density,"1"2,measured,me\n', ["not CSV"]),
        ("mine.toml", "value = [", ["not TOML"]),
        ("mine.toml", "[[valu]]\nmaterial = 'LiX'\n", ['unknown key: got "valu"', 'did you mean "value"']),
        ("mine.toml", "value = 3\n", ["not a list of tables", "[[value]]"]),
        ("mine.toml", "[[value]]\nquantity = 'density'\n", ["value[0].material", "missing cell"]),
    ],
)
def test_wrong_tables_are_refused_in_one_line(tmp_path, name, content, parts):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_table(path)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message


def test_missing_or_binary_file_is_refused(tmp_path):
    with pytest.raises(StudyError, match="cannot be read"):
        read_phases(tmp_path / "nowhere.csv")
    (tmp_path / "mine.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="not UTF-8"):
        read_phases(tmp_path / "mine.csv")


# --- showing --------------------------------------------------------------------------------------------------------


def test_every_value_is_shown_with_its_quality_and_source():
    for material in {**known_phases(), **known_electrolytes()}.values():
        lines = describe_material(material)
        assert len(lines) == 1 + len(material.entries)
        text = "\n".join(lines)
        for row in material.entries:
            assert row.text() in text
            assert row.source in text
            assert row.quality in text


def test_overview_has_one_line_a_material():
    lines = list_materials(known_phases().values())
    assert [line.split()[0] for line in lines] == list(known_phases())
    assert "1e-09 S/m to 1e-06 S/m, estimated" in lines[1]


def test_command(capsys):
    assert run_command(["phases"]) == 0
    overview = capsys.readouterr().out
    assert "Li2CO3" in overview
    assert "2 M LiDFOB/THF" in overview
    assert run_command(["phases", "LiF"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("LiF: lithium fluoride")
    assert "0.6 eV" in shown
    assert "computed" in shown
    assert "10.1021/jp112202s" in shown
    assert run_command(["phases", "1 M LiPF6/EC:EMC"]) == 0
    assert "0.2594" in capsys.readouterr().out
    assert run_command(["phases", "LiG"]) == 2
    refusal = capsys.readouterr()
    assert not refusal.out
    assert refusal.err.count("\n") == 1
    assert 'got "LiG"' in refusal.err


# --- compositions ---------------------------------------------------------------------------------------------------


def test_rules_are_found_by_name():
    assert find_rule("percolation", 2).parameters == {"threshold": 0.16, "exponent": 2.0}
    with pytest.raises(StudyError, match=r'unknown mixing rule: got "brugeman".*did you mean "bruggeman"'):
        find_rule("brugeman", 2)
    with pytest.raises(StudyError, match=r"percolation takes 2 phases: got 3 phases.*choose one of series, parallel"):
        find_rule("percolation", 3)


def test_fractions_add_up_to_one():
    check_fractions({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    check_fractions({"a": 1.0, "b": 0.0})
    with pytest.raises(StudyError, match=r"volume fractions add up to 0\.999: got .*expected a sum of 1"):
        check_fractions({"a": 0.333, "b": 0.333, "c": 0.333})
    with pytest.raises(StudyError, match=r"b: volume fraction out of range: got -0\.2"):
        check_fractions({"a": 1.2 - 0.2, "b": -0.2})
    with pytest.raises(StudyError, match="a: volume fraction out of range: got nan"):
        check_fractions({"a": math.nan})
    with pytest.raises(StudyError, match="composition without phases"):
        check_fractions({})
