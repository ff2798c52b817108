"""`sei-screen sensitivity` on a study whose film resistance is linear in its inputs, so that its indices are known."""

import csv
import io

import numpy as np
import pytest

import screening as sei
from screening.cli.app import run_command
from screening.model.draws import draw_from
from screening.sensitivities.study_sensitivity import DesignedSpace, axis_names

LINEAR = """
[sampling]
samples = 4
seed = 3
[parameters]
inner = { distribution = "uniform", low = "5 nm", high = "15 nm" }
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "60 um"
[electrode]
kind = "metal"
exchange_current_density = "10 mA/cm^2"
[[film]]
name = "three"
[[film.layer]]
phase = "LiF"
thickness = { distribution = "uniform", low = "5 nm", high = "15 nm" }
diffusivity = "1e-14 m^2/s"
[[film.layer]]
phase = "Li2CO3"
thickness = { distribution = "uniform", low = "2 nm", high = "22 nm" }
diffusivity = "4e-14 m^2/s"
[[film.layer]]
phase = "Li3N"
thickness = "$inner"
diffusivity = "4e-14 m^2/s"
[[film]]
name = "bare"
[numerics]
steps = 20
cells_per_layer = 2
electrolyte_cells = 4
reduced_order = 2
[output]
outputs = ["film_area_specific_resistance"]
[protocol]
kind = "lsv"
start_potential = "0.05 V"
end_potential = "-0.1 V"
scan_rates = "100 mV/s"
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The table and the CSV of one run of the command."""
    folder = tmp_path_factory.mktemp("sensitivity")
    (folder / "study.toml").write_text(LINEAR)
    arguments = ["sensitivity", str(folder / "study.toml"), "--samples", "16", "--csv", str(folder / "s.csv")]
    with pytest.MonkeyPatch.context() as patch:
        stream = io.StringIO()
        patch.setattr("sys.stdout", stream)
        assert run_command([*arguments, "--threads", "1"]) == 0
    return stream.getvalue(), list(csv.DictReader(io.StringIO((folder / "s.csv").read_text())))


def test_linear_study_is_exact(printed):
    _, rows = printed
    # resistance = sum of thickness / diffusivity: slopes over the ranges 10 / 1, 20 / 4, 10 / 4
    exact = np.array([10.0, 5.0, 2.5]) ** 2
    exact /= exact.sum()
    names = ["param_layer1_thickness", "param_layer2_thickness", "param_shared_inner"]
    of_three = {row["input"]: row for row in rows if row["film"] == "three"}
    assert sorted(of_three) == sorted(names)
    for name, share in zip(names, exact, strict=True):
        assert float(of_three[name]["first_order"]) == pytest.approx(share, abs=1e-6)
        assert float(of_three[name]["total_order"]) == pytest.approx(share, abs=1e-6)
        assert float(of_three[name]["total_order_half_width"]) < 1e-6
    assert float(of_three[names[0]]["rank_correlation"]) > 0.6


def test_table_names_the_strongest_first(printed):
    table, _ = printed
    lines = table.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("three: film_area_specific_resistance"))
    assert [line.split()[0] for line in lines[start + 2 : start + 5]] == [
        "layer1_thickness",
        "layer2_thickness",
        "shared_inner",
    ]
    assert "no sample" in table.partition("bare:")[2] or "does not vary" in table.partition("bare:")[2]


def test_points_of_a_design_become_candidates():
    study = sei.parse_study(LINEAR)
    assert axis_names(study) == [["param_shared_inner", "param_layer1_thickness", "param_layer2_thickness"], []]
    points = np.array([[0.0, 0.5], [0.25, 1.0], [1.0, 0.0]])
    space = DesignedSpace(study.space.sampling, study.space.axes, (2, 0), points)
    batch = draw_from(study, space, 0, 2)
    # stored from the inside
    np.testing.assert_allclose(batch.stack.thickness, [[5e-9, 22e-9, 7.5e-9], [10e-9, 2e-9, 15e-9]])
    assert batch.film.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["quick", "--samples", "3"], "too few samples"),
        (["quick", "--output", "peak_curent_density"], "did you mean"),
        (["no-such-study"], "no-such-study"),
    ],
)
def test_bad_questions(arguments, what, capsys):
    assert run_command(["sensitivity", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert what in line


def test_nothing_varied(tmp_path, capsys):
    text = LINEAR.replace('{ distribution = "uniform", low = "5 nm", high = "15 nm" }', '"5 nm"')
    text = text.replace('{ distribution = "uniform", low = "2 nm", high = "22 nm" }', '"5 nm"').replace(
        "samples = 4", ""
    )
    (tmp_path / "fixed.toml").write_text(text)
    assert run_command(["sensitivity", str(tmp_path / "fixed.toml")]) == 2
    assert "nothing is varied" in capsys.readouterr().err
