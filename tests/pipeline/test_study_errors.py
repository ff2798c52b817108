"""Every bad study file is refused with one line: where, what, got, expected, fix."""

import pickle

import pytest

from screening.cli.app import run_command
from screening.config.study import load_study, parse_study
from screening.errors import StudyError, near_matches, shown, unknown_name
from screening.model.draws import draw_candidates

GOOD = """
[sampling]
design = "sobol"
samples = 8
[parameters]
t = { distribution = "uniform", low = "1 nm", high = "2 nm" }
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"
[electrode]
kind = "metal"
exchange_current_density = "10 mA/cm^2"
[[film]]
name = "first"
[[film.layer]]
phase = "LiF"
thickness = "15 nm"
diffusivity = "1e-15 m^2/s"
[[film.layer]]
phase = "Li3N"
thickness = "$t"
[protocol]
kind = "cv"
start_potential = "1 V"
vertex_potential = "-0.5 V"
scan_rates = ["10 mV/s", "100 mV/s"]
[numerics]
steps = 500
"""
PARAMETER = 't = { distribution = "uniform", low = "1 nm", high = "2 nm" }'
THICKNESS = 'thickness = "15 nm"'
LAYER = "film[0].layer[0]"
FILMS = GOOD[GOOD.index("[[film]]") : GOOD.index("[protocol]")]
FIRST_LAYER = 'phase = "LiF"\nthickness = "15 nm"\ndiffusivity = "1e-15 m^2/s"'


def refusal(text: str) -> StudyError:
    with pytest.raises(StudyError) as caught:
        parse_study(text)
    return caught.value


BAD = {
    "nan number": ("transference_number = 0.4", "transference_number = nan", "electrolyte.transference_number",
        ["not a number"]),
    "unknown layer key": (THICKNESS, 'thicknes = "15 nm"', f"{LAYER}.thicknes", ["unknown key", '"thicknes"',
        'did you mean "thickness"?']),
    "unknown table": ("[numerics]", "[numeric]", "numeric", ["unknown key", 'did you mean "numerics"?']),
    "unknown numerics key": ("steps = 500", "stepps = 500", "numerics.stepps", ['did you mean "steps"']),
    "missing key": ('exchange_current_density = "10 mA/cm^2"', "", "electrode.exchange_current_density", ["missing key",
        "add exchange_current_density"]),
    "missing table": ('[protocol]\nkind = "cv"', '[unused]\nkind = "cv"', "unused", ["unknown key"]),
    "unknown phase": ('phase = "LiF"', 'phase = "Li2C03"', f"{LAYER}.phase", ["unknown phase", 'did you mean "Li2CO3"',
        "Li2EDC"]),
    "far phase": ('phase = "LiF"', 'phase = "steel"', f"{LAYER}.phase", ["unknown phase", "use name ="]),
    "no phase": ('phase = "LiF"', "", LAYER, ["without a phase", 'name = "..."']),
    "phase without value": (FIRST_LAYER, 'phase = "LiOH"\nthickness = "15 nm"', LAYER,
        ["conductivity of LiOH has no sourced value", "diffusivity"]),
    "name without value": (FIRST_LAYER, 'name = "X"\nthickness = "15 nm"', LAYER, ["without a transport law"]),
    "two closures": (THICKNESS, THICKNESS + '\nconductivity = "1e-5 S/m"', LAYER, ["two transport laws",
        "both diffusivity and conductivity", "; remove one"]),
    "fickian with jump": (THICKNESS, THICKNESS + '\njump_distance = "0.3 nm"', f"{LAYER}.jump_distance",
        ["belongs to an ohmic layer"]),
    "ohmic with diffusivity": (THICKNESS, THICKNESS + '\nclosure = "ohmic"', f"{LAYER}.diffusivity",
        ["belongs to a fickian layer"]),
    "ohmic with partition": ('thickness = "$t"', 'thickness = "$t"\npartition_coefficient = 2.0',
        "film[0].layer[1].partition_coefficient", ["fickian"]),
    "fickian without diffusivity": ('thickness = "$t"', 'thickness = "$t"\nclosure = "fickian"',
        "film[0].layer[1].diffusivity", ["missing key"]),
    "unknown closure": (THICKNESS, THICKNESS + '\nclosure = "fickean"', f"{LAYER}.closure", ["unknown closure",
        'did you mean "fickian"?']),
    "accessible fraction above 1": (THICKNESS, THICKNESS + "\naccessible_fraction = 1.5",
        f"{LAYER}.accessible_fraction", ["above 0 and at most 1"]),
    "transference number 1 of the electrolyte": ("transference_number = 0.4", "transference_number = 1",
        "electrolyte.transference_number", ["below 1", "limiting current"]),
    "transference number missing": ("transference_number = 0.4", "", "electrolyte.transference_number",
        ["missing key"]),
    "zero diffusivity": ('"2e-10 m^2/s"', '"0 m^2/s"', "electrolyte.diffusivity", ["above 0 m^2/s"]),
    "zero concentration": ('"2 mol/L"', '"0 mol/L"', "electrolyte.concentration", ["above 0"]),
    "transfer coefficient 1": ('kind = "metal"', 'kind = "metal"\ntransfer_coefficient = 1',
        "electrode.transfer_coefficient", ["above 0 and below 1"]),
    "below absolute zero": ("[electrolyte]", '[conditions]\ntemperature = "-300 degC"\n[electrolyte]',
        "conditions.temperature", ["above 0 K", '"-300 degC"']),
    "negative kelvin in a range": ("[electrolyte]",
        '[conditions]\ntemperature = { distribution = "uniform", low = "-1 K", high = "300 K" }\n[electrolyte]',
        "conditions.temperature", ["above 0 K"]),
    "unknown electrode": ('kind = "metal"', 'kind = "metall"', "electrode.kind", ["unknown kind",
        'did you mean "metal"?']),
    "electrode without kind": ('kind = "metal"\n', "", "electrode.kind", ["missing key", '"metal" | "couple"']),
    "key of the other electrode": ('kind = "metal"', 'kind = "metal"\nrate_constant = "1 m/s"',
        "electrode.rate_constant", ["unknown key"]),
    "no film": (FILMS, "", "film", ["empty space: no film", "at least one [[film]]", "; add [[film]]"]),
    "film name used twice": ("[protocol]", '[[film]]\nname = "first"\n[protocol]', "film[1].name", ["used twice",
        '"first"']),
    "film without name": ("[protocol]", "[[film]]\n[protocol]", "film[1].name", ["missing key"]),
    "no samples": ("samples = 8", "samples = 0", "sampling.samples", ["empty space", "got 0", "at least 1 sample",
        "; raise samples"]),
    "samples missing": ("samples = 8", "", "sampling.samples", ["missing key", "samples = 1024"]),
    "samples as text": ("samples = 8", 'samples = "8"', "sampling.samples", ["wrong type", "valid integer"]),
    "samples as truth": ("samples = 8", "samples = true", "sampling.samples", ["wrong type", "got true"]),
    "unknown design": ('design = "sobol"', 'design = "sobl"', "sampling.design", ["unknown design",
        'did you mean "sobol"?']),
    "nothing varied": ('thickness = "$t"', 'thickness = "2 nm"', "parameters.t", ["nothing refers to", '"$t"']),
    "parameter that is another": (PARAMETER, 't = "$s"\ns = "1 nm"', "film[0].layer[1].thickness",
        ["a shared parameter refers to another"]),
    "no table of parameters": ("[parameters]\n" + PARAMETER, "", "film[0].layer[1].thickness",
        ["add a table [parameters]"]),
    "grid with samples": ('design = "sobol"', 'design = "grid"', "parameters.t",
        ["a full grid needs the number of points", "points = 5"]),
    "log of negative": ('start_potential = "1 V"',
        'start_potential = { distribution = "log_uniform", low = "-1 V", high = "2 V" }',
        "protocol.start_potential.low", ["logarithm"]),
    "unknown parameter": ('"$t"', '"$tt"', "film[0].layer[1].thickness", ["unknown shared parameter",
        'did you mean "t"?']),
    "parameter of another dimension": ('diffusivity = "1e-15 m^2/s"', 'diffusivity = "$t"', f"{LAYER}.diffusivity.low",
        ["$t", "wrong dimension (length)"]),
    "zero scan rate": ('"10 mV/s"', '"0 mV/s"', "protocol.scan_rates[0]", ["above 0 V/s", "magnitude"]),
    "negative scan rate": ('"100 mV/s"', '"-100 mV/s"', "protocol.scan_rates[1]", ["above 0 V/s", "magnitude"]),
    "no scan rate": ('["10 mV/s", "100 mV/s"]', "[]", "protocol.scan_rates", ["empty space", "at least one scan rate",
        "; write"]),
    "vertex equals start": ('vertex_potential = "-0.5 V"', 'vertex_potential = "1 V"', "protocol.vertex_potential",
        ["nothing to sweep", "start_potential equals vertex_potential", "; move vertex"]),
    "end beyond the vertex": ('vertex_potential = "-0.5 V"', 'vertex_potential = "-0.5 V"\nend_potential = "-1 V"',
        "protocol.end_potential", ["wrong side of vertex_potential", '"lsv"']),
    "zero cycles": ('kind = "cv"', 'kind = "cv"\ncycles = 0', "protocol.cycles", ["greater than or equal to 1",
        "got 0"]),
    "protocol without kind": ('kind = "cv"\n', "", "protocol.kind", ["missing key", '"sequence"']),
    "unknown protocol": ('kind = "cv"', 'kind = "cvv"', "protocol.kind", ['did you mean "cv"']),
    "too few steps": ("steps = 500", "steps = 3", "numerics.steps", ["greater than or equal to 20"]),
    "unknown precision": ("steps = 500", 'precision = "float46"', "numerics.precision", ['did you mean "float64"']),
    "outputs twice": ("steps = 500", 'steps = 500\n[output]\noutputs = ["a", "a"]', "output.outputs",
        ["different names"]),
    "curves as text": ("steps = 500", 'steps = 500\n[output]\ncurves = "yes"', "output.curves", ["valid boolean"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_study_is_refused_in_one_line(name):
    old, new, where, parts = BAD[name]
    assert old in GOOD
    error = refusal(GOOD.replace(old, new, 1))
    message = str(error)
    assert error.where == where
    assert message.startswith(f"{where}: ")
    assert "\n" not in message
    for part in parts:
        assert part in message


# what the file says of a thickness -> place below it, parts of the message
SCALARS = {
    '"-15 nm"': ("", ["outside its physical range", '"-15 nm"', "above 0 m", "; give"]),
    '"0 nm"': ("", ["above 0 m"]),
    '"15 V"': ("", ["wrong dimension (potential)", '"15 V"', '"15 nm"', "; give"]),
    "15": ("", ["no unit", "got 15", 'e.g. "15 nm"']),
    '"15 nn"': ("", ['unknown unit "nn"', '"nm"']),
    "nan": ("", ["not a number", "got nan", "expected a length", "; give a number"]),
    '"inf nm"': ("", ["not finite", "expected a length", "; give a finite"]),
    '["1 nm", "2 nm"]': ("", ["not a single quantity", "{ list = [...] }"]),
    "{ list = [] }": ("list", ["empty space", "at least one value", "; add"]),
    '{ list = ["1 nm", "2 V"] }': ("list[1]", ["wrong dimension (potential)"]),
    '{ list = ["1 nm", "-2 nm"] }': ("", ["above 0 m"]),
    '{ list = ["1 nm"], low = "1 nm" }': ("", ["cannot be combined"]),
    '{ low = "1 nm", high = "2 nm" }': ("", ['distribution = "uniform"']),
    '{ distribution = "loguniform", low = "1 nm", high = "2 nm" }': ("", ['did you mean "log_uniform"']),
    '{ distribution = "uniform", min = "1 nm", high = "2 nm" }': ("min", ["unknown key"]),
    '{ distribution = "uniform", low = "1 nm" }': ("high", ["missing key"]),
    '{ distribution = "uniform", low = "3 nm", high = "2 nm" }': ("", ["empty space", "low < high", "swap"]),
    '{ distribution = "uniform", low = "2 nm", high = "2 nm" }': ("", ["empty space", "single value"]),
    '{ distribution = "uniform", low = "0 nm", high = "2 nm" }': ("", ["above 0 m"]),
    '{ distribution = "log_uniform", low = "0 nm", high = "2 nm" }': ("low", ["logarithm"]),
    '{ distribution = "normal", mean = "5 nm", standard_deviation = "1 nm" }': ("", ["truncate it with low"]),
    '{ distribution = "normal", mean = "5 nm", standard_deviation = "0 nm", low = "1 nm" }': (
        "standard_deviation",
        ["must be positive"],
    ),
    '{ distribution = "normal", mean = "5 nm", standard_deviation = "1 nm", low = "90 nm" }': ("", ["leaves nothing"]),
    '{ distribution = "uniform", low = "1 nm", high = "2 nm", points = 0 }': ("points", ["whole number"]),
}


@pytest.mark.parametrize("value", SCALARS)
def test_bad_thickness_is_refused_in_one_line(value):
    below, parts = SCALARS[value]
    error = refusal(GOOD.replace('"15 nm"', value))
    message, place = str(error), f"{LAYER}.thickness"
    assert error.where == (f"{place}.{below}" if below else place)
    assert message.startswith(f"{error.where}: ")
    assert "\n" not in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    "value",
    ['"15 nm"', '{ list = ["1 nm", "0.01 um"] }',
        '{ distribution = "uniform", low = "1 nm", high = "2 nm", points = 3 }',
        '{ distribution = "log_uniform", low = "1 nm", high = "1 um" }',
        '{ distribution = "normal", mean = "5 nm", standard_deviation = "1 nm", low = "0.1 nm" }'],
)  # fmt: skip
def test_good_thickness_is_accepted(value):
    assert draw_candidates(parse_study(GOOD.replace('"15 nm"', value)), 0, 8).stack.thickness.min() > 0


def test_nothing_varied_with_many_samples():
    text = GOOD.replace(PARAMETER, 't = "1 nm"')
    error = refusal(text)
    assert str(error) == (
        "sampling.samples: empty space: nothing is varied, all candidates would be the same: got samples = 8, expected "
        "a list or a distribution somewhere; vary a quantity, or set samples = 1"
    )
    assert parse_study(text.replace("samples = 8", "samples = 1")).n_candidates == 1


def test_grid_derives_its_samples():
    text = GOOD.replace('high = "2 nm"', 'high = "2 nm", points = 3').replace('design = "sobol"', 'design = "grid"')
    assert "derives its number of samples: got 8, expected 3" in str(refusal(text))
    assert parse_study(text.replace("samples = 8", "")).n_candidates == 3


@pytest.mark.parametrize("name", ["two words", "1st", "a.b"])
def test_parameter_names_are_plain(name):
    text = GOOD.replace("t = {", f'"{name}" = {{').replace('"$t"', f'"${name}"')
    assert "letters, digits and underscores" in str(refusal(text))


def test_couple_needs_species_and_open_layers():
    couple = 'kind = "couple"\nrate_constant = "1e-5 m/s"\noxidised_concentration = "5 mmol/L"'
    text = GOOD.replace('kind = "metal"\nexchange_current_density = "10 mA/cm^2"', couple)
    assert "film[0].layer[1]: a dissolved couple cannot cross a layer that conducts Li+ only" in str(refusal(text))
    assert "electrode: the couple has no dissolved species" in str(refusal(text.replace("5 mmol/L", "0 mmol/L")))
    assert "electrode.electron_number: wrong type" in str(
        refusal(text.replace(couple, couple + "\nelectron_number = 1.5"))
    )
    assert "electrode.electron_number: outside its range" in str(
        refusal(text.replace(couple, couple + "\nelectron_number = 0"))
    )


ODD_VALUES = ("0", "-1", "1.5", "nan", "inf", "true", '""', '"$"', '"$t"', '"1e999 nm"', "[]", "[[]]", "[1]", "{}")
ODD_TABLES = (
    "{ list = 1 }",
    '{ list = [{ list = ["1 nm"] }] }',
    "{ distribution = [] }",
    "{ kind = {} }",
    "2026-11-20",
    "07:32:00",
)
KEYS = [line for line in GOOD.splitlines() if " = " in line]


@pytest.mark.parametrize("value", ODD_VALUES + ODD_TABLES)
def test_any_odd_value_is_accepted_or_refused_in_one_line(value):
    """Whatever stands at a key, the outcome is a study or one line, never another exception."""
    refused = []
    for line in KEYS:
        try:
            parse_study(GOOD.replace(line, f"{line.partition(' = ')[0]} = {value}"))
        except StudyError as error:
            refused.append(error)
    assert len(refused) > len(KEYS) / 2, "most keys must refuse such a value"
    assert all(error.where and "\n" not in str(error) for error in refused)


@pytest.mark.parametrize("table", ["[electrolyte]", "[electrode]", "[protocol]", "[[film]]", "[sampling]"])
def test_a_table_of_another_kind_is_refused(table):
    name = table.strip("[]")
    for odd in ("1", '"text"', "[]", "[1]", "{}", "true"):
        head = f"{name} = {odd}\n"
        rest = "\n[".join(part for part in GOOD.split("\n[") if not part.startswith((f"{name}]", f"[{name}", name)))
        if (name, odd) != ("sampling", "{}"):
            assert refusal(head + rest).where


def test_broken_toml_and_unreadable_files(tmp_path):
    assert "not valid TOML" in str(refusal(GOOD.replace('"15 nm"', "15 nm")))
    (tmp_path / "study.toml").write_text(GOOD)
    with pytest.raises(
        StudyError, match=r'study file: no such file or directory: got ".*stuby.toml".*did you mean "study.toml"'
    ):
        load_study(tmp_path / "stuby.toml")
    with pytest.raises(StudyError, match="study file: is a directory"):
        load_study(tmp_path)
    (tmp_path / "latin.toml").write_bytes("title = '\xe9'".encode("latin-1"))
    with pytest.raises(StudyError, match="not UTF-8"):
        load_study(tmp_path / "latin.toml")


def test_first_candidate_that_does_not_exist():
    study = parse_study(GOOD)
    with pytest.raises(StudyError, match="no such candidate: got 8, expected candidates from 0 to 7"):
        draw_candidates(study, 8, 9)
    for start, stop in ((-1, 2), (3, 3), (0, 9)):
        with pytest.raises(StudyError, match="no such candidate"):
            draw_candidates(study, start, stop)


def test_errors_survive_pickling():
    error = StudyError("what", got="a", expected="b", fix="c", where="d")
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "d: what: got a, expected b; c"


def test_long_values_are_cut():
    assert shown("x" * 500) == '"' + "x" * 116 + "..."
    assert shown({"low": "1 nm", "list": [True, 2.5]}) == '{ low = "1 nm", list = [true, 2.5] }'
    assert near_matches("LIF", ["LiF", "Li2O"]) == ["LiF"]
    assert "use a known phase" in str(unknown_name("phase", "quartz", ["LiF"]))


def test_all_faults_of_a_file_are_named_with_their_lines(tmp_path, capsys):
    text = GOOD.replace('name = "first"', "name = “first” # “x”")
    text = text.replace("samples = 8", "samples = 8\nsede = 1").replace('"15 nm"\n', '15 nm\ndiffusivty = "1 m"\n', 1)
    text = text.replace('"1e-15 m^2/s"', '{ list = [\n"1e-15 m"] }').replace('"10 mV/s", "100 mV/s"', '"1 V", "1 m"')
    text = text.replace("transference_number = 0.4", "transference_number = 0.4 5")
    text = text.replace("[parameters]", '[parameters]\nu = "1 V"').replace('["1 V"', '["$u", "$u", "1 V"')
    (tmp_path / "s.toml").write_text("\ufeff" + text, encoding="utf-8")
    assert run_command(["run", str(tmp_path / "s.toml"), "--out", str(tmp_path / "R.zarr")]) == 2
    rows = text.split("\n")
    said = capsys.readouterr().err.splitlines()
    places = [
        ("transference", "not valid TOML: got Expected newline"),
        ("name = “", 'column 8: a curly quote: got “ (left double quotation mark), expected "; use "'),
        ("thickness = 15", "not valid TOML: got Expected newline"),
        ("sede", "sampling.sede: unknown key"),
        ("u =", 'protocol.scan_rates[0]: $u: wrong dimension (potential): got "1 V"'),
        ("diffusivty", f'{LAYER}.diffusivty: unknown key: got "diffusivty"'),
        ("diffusivity = {", f"{LAYER}.diffusivity.list[0]: wrong dimension"),
        ("scan_rates", 'protocol.scan_rates[2]: wrong dimension (potential): got "1 V"'),
        ("scan_rates", 'protocol.scan_rates[3]: wrong dimension (length): got "1 m"'),
    ]
    assert said[0] == f"sei-screen: {len(places)} faults"
    for (start, told), line in zip(places, said[1:], strict=True):
        number = next(number for number, row in enumerate(rows, 1) if row.startswith(start))
        assert told in line
        assert f"line {number}," in line
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]


def test_a_mark_at_the_start_is_accepted(tmp_path):
    (tmp_path / "s.toml").write_text(GOOD, encoding="utf-8-sig")
    assert load_study(tmp_path / "s.toml").n_candidates == parse_study("\ufeff" + GOOD).n_candidates == 8


@pytest.mark.parametrize(
    ("letter", "name"),
    [("\u00a0", "no-break space"), ("\uff1d", "fullwidth equals sign"), ("\u200b", "zero width space")],
)
def test_characters_that_look_like_others_are_named(letter, name):
    usual = {"\u00a0": " ", "\uff1d": "=", "\u200b": ""}[letter]
    bad = "steps " + letter + " 500" if usual == "=" else f"steps{letter} = 500"
    error = refusal(GOOD.replace("steps = 500", bad))
    assert name in str(error)
    assert error.where == f"line {GOOD.split('steps')[0].count(chr(10)) + 1}, column {bad.index(letter) + 1}"


def test_every_key_of_a_film_that_is_wrong_as_a_whole_is_looked_at():
    wrong = FIRST_LAYER + '\nconductivity = "1e-5 S/m"\ninterface_permeance = "-1 m/s"'
    error = refusal(GOOD.replace(FIRST_LAYER, wrong))
    assert [fault.where for fault in error.faults] == [LAYER, f"{LAYER}.interface_permeance"]
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
