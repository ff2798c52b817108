"""Every bad scalar is refused with one line: no unit, wrong unit, out of range, empty list or range."""

import pytest

from screening.config.study import parse_study
from screening.errors import StudyError
from screening.model.draws import draw_candidates

STUDY = """
[sampling]
samples = 8
[electrolyte]
concentration = { list = ["1 mol/L", "2 mol/L"] }
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
thickness = THICKNESS
diffusivity = "1e-15 m^2/s"
[protocol]
kind = "rest"
duration = "1 s"
"""
PLACE = "film[0].layer[0].thickness"

# what the file says -> place below the thickness, parts of the message
BAD = {
    '"-15 nm"': ("", ["outside its physical range", '"-15 nm"', "above 0 m", "; give"]),
    '"0 nm"': ("", ["above 0 m"]),
    '"15 V"': ("", ["wrong dimension (potential)", '"15 V"', '"15 nm"', "; give"]),
    '"5"': ("", ["no unit", 'got "5"', 'such as "15 nm"', 'e.g. "5 nm"']),
    "15": ("", ["no unit", "got 15", 'e.g. "15 nm"']),
    '"15 nn"': ("", ['unknown unit "nn"', '"nm"']),
    "nan": ("", ["not a number", "got nan", "expected a length", "; give a number"]),
    '"nan nm"': ("", ["not a number", '"nan nm"']),
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


@pytest.mark.parametrize("value", BAD)
def test_bad_thickness_is_refused_in_one_line(value):
    where, parts = BAD[value]
    with pytest.raises(StudyError) as caught:
        parse_study(STUDY.replace("THICKNESS", value))
    message = str(caught.value)
    assert caught.value.where == (f"{PLACE}.{where}" if where else PLACE)
    assert message.startswith(f"{caught.value.where}: ")
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
    assert draw_candidates(parse_study(STUDY.replace("THICKNESS", value)), 0, 8).stack.thickness.min() > 0
