"""What `validate` warns of: protocols in which nothing reacts, and inputs that move nothing."""

import pytest

import screening as sei
from screening.cli.app import run_command
from screening.model.study_warnings import study_warnings

STUDY = """
[sampling]
design = "grid"
[conditions]
temperature = "25 degC"
[electrolyte]
concentration = "1 mol/L"
diffusivity = "3e-10 m^2/s"
transference_number = 0.3
diffusion_layer_thickness = "50 um"
[electrode]
kind = "metal"
exchange_current_density = "5 mA/cm^2"
[[film]]
name = "one"
[[film.layer]]
name = "own"
diffusivity = "1e-14 m^2/s"
thickness = "10 nm"
[protocol]
kind = "cv"
start_potential = "0.5 V"
vertex_potential = "-0.5 V"
scan_rates = ["50 mV/s"]
"""
COUPLE = """kind = "couple"
rate_constant = "1e-4 m/s"
oxidised_concentration = "1 mol/m^3"
formal_potential = "0.2 V"
"""
TEMPERATURES = 'temperature = { list = ["-10 degC", "45 degC"] }'


def warned(*changes: tuple[str, str]) -> list[str]:
    text = STUDY
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return study_warnings(sei.parse_study(text))


def test_a_sound_study_has_none():
    assert warned() == []


@pytest.mark.parametrize(
    ("changes", "nothing_reacts"),
    [
        ([('vertex_potential = "-0.5 V"', 'vertex_potential = "0.9 V"')], True),
        ([('vertex_potential = "-0.5 V"', 'vertex_potential = "0.9 V"'),
          ("exchange", 'initial_inventory = "1e-4 mol/m^2"\nexchange')], False),
        ([('kind = "metal"\nexchange_current_density = "5 mA/cm^2"\n', COUPLE)], False),
        ([('kind = "metal"\nexchange_current_density = "5 mA/cm^2"\n', COUPLE), ("-0.5 V", "0.9 V"), ('"0.5 V"', '"0.6 V"')], True),
    ],
)  # fmt: skip
def test_a_vertex_on_the_wrong_side(changes, nothing_reacts):
    assert ["nothing reacts" in line for line in warned(*changes)] == [True] * nothing_reacts


def test_a_temperature_that_moves_nothing_names_what_it_does_not_move():
    (line,) = warned(('temperature = "25 degC"', TEMPERATURES))
    assert "does not move the electrolyte, the rate of the electrode, own;" in line
    energy = 'activation_energy = "0.3 eV"\n'
    assert (
        warned(
            ('temperature = "25 degC"', TEMPERATURES),
            ("concentration", energy + "concentration"),
            ("exchange", energy + "exchange"),
            ('thickness = "10', energy + 'thickness = "10'),
        )
        == []
    )


def test_a_temperature_that_is_fixed_away_from_that_of_the_values_says_so():
    (line,) = warned(('temperature = "25 degC"', 'temperature = "45 degC"'))
    assert "318.15 K, but the electrolyte, the rate of the electrode, own have no law" in line
    assert warned(('temperature = "25 degC"', 'temperature = "30 degC"')) == []


def test_a_layer_of_crystal_values_blocks():
    """10 nm of LiF at the 1.57e-14 S/m of a perfect crystal, Zhang et al., 10.1126/science.adw5462: 6.4e9 ohm cm2."""
    (line,) = warned(('name = "own"\ndiffusivity = "1e-14 m^2/s"', 'phase = "LiF"\nclosure = "ohmic"'))
    assert line.startswith("LiF has 6e+09 ohm cm2, through which 1 V drives 2e-07 mA/cm2")


def test_validate_says_it(tmp_path, capsys):
    path = tmp_path / "study.toml"
    path.write_text(STUDY.replace('vertex_potential = "-0.5 V"', 'vertex_potential = "0.9 V"'))
    assert run_command(["validate", str(path)]) == 0
    assert "warning: nothing reacts" in capsys.readouterr().err
