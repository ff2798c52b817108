"""Fits of an ammonia cell to its own efficiencies, voltages and rates, measured at operating points that differ row by row."""

import csv

import numpy as np
import pytest
import xarray as xr

import screening as sei
from screening.cli.app import run_command
from screening.fitting.engine import Engine
from screening.fitting.fit_problem import parse_fit
from tests.pipeline.fit_files import fit_text

FARADAY, GAS, BOLTZMANN, CHARGE = 96485.33212, 8.31446261815324, 1.380649e-23, 1.602176634e-19
ROOM = 298.15
FIT = """
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "60 um"
[[film]]
name = "own film"
[[film.layer]]
name = "film"
closure = "ohmic"
thickness = "15 nm"
conductivity = { fit = true, low = "1e-6 S/m", high = "1e-4 S/m" }
[ammonia]
model = "steady"
calibration = "LiDFOB"
nitrogen_pressure = "1 bar"
cell_resistance = { fit = true, low = "2 ohm*cm^2", high = "200 ohm*cm^2" }
proton_current = { fit = true, low = "0.1 mA/cm^2", high = "100 mA/cm^2" }
proton_order = { fit = true, prior = "uniform", low = 1.0, high = 4.0 }
proton_mass_transfer = { fit = true, low = "3e-6 m/s", high = "1e-4 m/s" }
[fit]
starts = 3
coarse_steps = 0
profiles = "none"
"""
TARGETS = """
[[target]]
kind = "faradaic_efficiency"
file = "cell.csv"
standard_uncertainty = 0.01
[[target]]
kind = "cell_voltage"
file = "cell.csv"
standard_uncertainty = "1 %"
[[target]]
kind = "energy_efficiency"
file = "cell.csv"
[[target]]
kind = "mean_ammonia_rate"
name = "by the clock"
value = "RATE mol/m^2/s"
standard_uncertainty = "2 %"
at = { current = "60 mA/cm^2", on_time = "2 s", off_time = "30 s", ethanol_fraction = 0.0025, temperature = "25 degC" }
[[target]]
kind = "limiting_current"
value = "80 mA/cm^2" # 1 V over 12.5 ohm cm2
standard_uncertainty = "2 %"
"""
TRUTH = {
    "layer1_conductivity": 1.2e-5,
    "ammonia_cell_resistance": 15e-4,
    "ammonia_proton_current": 40.0,
    "ammonia_proton_order": 1.8,
    "ammonia_proton_mass_transfer": 1.2e-5,
}
# mA/cm2, s on, s off, ethanol, degC
ROWS = [
    (6, 1, 0, 0.0025, 25),
    (60, 2, 30, 0.0025, 25),
    (100, 2, 30, 0.0025, 25),
    (150, 2, 30, 0.0025, 25),
    (6, 1, 0, 0.001, 25),
    (6, 1, 0, 0.0075, 25),
    (60, 2, 30, 0.0005, 25),
    (100, 2, 30, 0.0025, 40),
]


def cell(current, on, off, ethanol, temperature):
    """Equations (1) to (6) of docs/ammonia.md in numpy: FE, voltage, energy efficiency, rate by the clock."""
    conductivity, resistance, proton_current, order, transfer = TRUTH.values()
    kelvin, j = temperature + 273.15, 10.0 * current
    film, limit = 15e-9 / conductivity, FARADAY * 2000.0 / ((1 - 0.4) * 60e-6 / 2e-10)
    warmer = np.exp(-15e3 / GAS * (1 / kelvin - 1 / ROOM))
    donor, scale = ethanol + 0.67e-3, 0.674 * kelvin / ROOM
    exchange = proton_current * (donor / (0.0025 + 0.67e-3)) ** order
    exchange *= np.exp(-1.21 * CHARGE / BOLTZMANN * (1 / kelvin - 1 / ROOM))

    def lithium(eta):
        return eta / film / (1 + (eta / film / limit) ** 4) ** 0.25

    low, high = 0.0, 50.0
    for _ in range(200):
        eta = (low + high) / 2
        low, high = (low, eta) if lithium(eta) + exchange * np.sinh(eta / scale) > j else (eta, high)
    flux = lithium(eta) * on / (on + off) / FARADAY
    supplies = 1.0
    for supply in (transfer * warmer * 17126.1 * donor / flux, 6 * 1e-4 * warmer * 6e-5 * 1e5 / flux):
        supplies *= supply / (1 + supply**8) ** (1 / 8)
    efficiency = lithium(eta) / j * supplies
    voltage = 3.04 + resistance / warmer * j + eta
    return (
        efficiency,
        voltage,
        efficiency * 339.35e3 / 3 / FARADAY / voltage,
        efficiency * j * on / (on + off) / 3 / FARADAY,
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A folder with the fit file and its measured points; energy efficiencies of two rows alone."""
    folder = tmp_path_factory.mktemp("cell")
    heads = ("name", "current [mA/cm^2]", "on_time [s]", "off_time [s]", "ethanol_fraction", "temperature [degC]")
    own = ("faradaic_efficiency", "cell_voltage (V)", "energy_efficiency", "energy_efficiency_uncertainty")
    with (folder / "cell.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow([*heads, *own])
        for number, row in enumerate(ROWS):
            efficiency, voltage, energy, _ = cell(*row)
            table.writerow([f"run {number}", *row, efficiency, voltage, *((energy, "2 %") if number < 2 else ("", ""))])
    text = FIT + TARGETS.replace("RATE", repr(float(cell(*ROWS[1])[3])))
    (folder / "fit.toml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def fitted(measured):
    assert run_command(["fit", str(measured / "fit.toml"), "--out", str(measured / "F.zarr")]) == 0
    return xr.open_zarr(measured / "F.zarr").load()


def test_constants_of_a_cell_are_recovered(fitted):
    """From points that a formula outside the package computed, with conditions of their own and one temperature apart."""
    found = dict(zip(fitted.parameter.values.tolist(), fitted.estimate.values.tolist(), strict=True))
    assert found == pytest.approx(TRUTH, rel=2e-4)
    assert fitted.attrs["cost"] < 1e-4
    np.testing.assert_allclose(fitted.target_model, fitted.target_value, rtol=1e-4)
    assert fitted.target.values[0] == "run 0: faradaic_efficiency"
    assert fitted.sizes["target"] == 2 * len(ROWS) + 4


def test_rows_of_equal_conditions_are_one_point(measured):
    problem = parse_fit((measured / "fit.toml").read_text(), folder=measured)
    assert problem.layout.runs == len(ROWS)  # the rate by the clock is measured where a row is


def test_columns_from_python(measured):
    """The same points as columns, and a condition that every row leaves to the fit file."""
    columns = {
        "current [A/m^2]": [60.0, 600.0],
        "faradaic_efficiency": ["90 %", 0.8],
        "temperature": ["25 degC", "313.15 K"],
    }
    target = '[[target]]\nkind = "faradaic_efficiency"\nname = "mine"\nstandard_uncertainty = "1 %"\n'
    text = FIT.replace("nitrogen_pressure", 'on_time = "1 s"\nethanol_fraction = 0.0025\nnitrogen_pressure') + target
    problem = parse_fit(text, data={"mine": columns})
    assert problem.data.value == pytest.approx([0.9, 0.8])
    assert problem.data.scalar_weight == pytest.approx([1 / 0.009, 1 / 0.008])
    assert problem.data.conditions["conditions.temperature"] == pytest.approx([298.15, 313.15])
    assert problem.data.conditions["ammonia.current"] == pytest.approx([60.0, 600.0])


@pytest.mark.slow
def test_derivatives_of_pulsed_points():
    """The Jacobian that the fit follows, through the periodic state, against central differences of the residuals."""
    text = FIT.replace('"steady"', '"pulsed"\nethanol_fraction = 0.003\ncurrent = "100 mA/cm^2"\non_time = "2 s"')
    rows = {"off_time [s]": [30.0, 60.0], "faradaic_efficiency": [0.9, 0.8], "cell_voltage [V]": [5.0, 5.0]}
    kinds = ("faradaic_efficiency", "cell_voltage")
    targets = (f'[[target]]\nkind = "{kind}"\nname = "{kind}"\nstandard_uncertainty = "5 %"\n' for kind in kinds)
    problem = parse_fit(text + "".join(targets), data=dict.fromkeys(kinds, rows))
    engine, step = Engine(problem, threads=1), 1e-5
    middle, sides = np.full((1, len(TRUTH)), 0.45), step * np.eye(len(TRUTH))
    found = engine.evaluate(middle)
    ends = [engine.evaluate(middle + sign * sides).residual for sign in (1, -1)]
    np.testing.assert_allclose(found.jacobian[0].T, (ends[0] - ends[1]) / (2 * step), rtol=1e-5, atol=1e-6)
    assert np.all(np.abs(found.jacobian[0]).max(axis=0) > 0.01)


EFFICIENCY = '[[target]]\nkind = "faradaic_efficiency"\n'
NUMBER = f"{EFFICIENCY}value = 0.9\nstandard_uncertainty = 0.01\n"
ROWS_OF_FILE = f'{EFFICIENCY}file = "cell.csv"\nstandard_uncertainty = 0.01\n'
CURVE = '[[target]]\nkind = "curve"\nfile = "c.csv"\n'
SET = 'on_time = "2 s"\nethanol_fraction = 0.0025\n'


@pytest.mark.parametrize(
    ("targets", "csv_text", "message"),
    [
        (ROWS_OF_FILE, "current [mA/cm^2],faradaic_eficiency\n6,0.9\n", "cell.csv: unknown column"),
        (ROWS_OF_FILE, "current [mA/cm^2]\n6\n", "missing column: got current, expected faradaic_efficiency"),
        (ROWS_OF_FILE, "current [V],faradaic_efficiency\n6,0.9\n", "target[0]: cell.csv row 1.current: wrong dimension"),
        (ROWS_OF_FILE, "current,faradaic_efficiency\n6,0.9\n", "row 1.current: no unit"),
        (ROWS_OF_FILE, "current [mA/cm^2],faradaic_efficiency\n-6,0.9\n", "row 1.current: current"),
        (ROWS_OF_FILE, "current [mA/cm^2],faradaic_efficiency\n6,9\n", "row 1.value: target outside"),
        (ROWS_OF_FILE, "proton_order,current [A/m^2],faradaic_efficiency\n2,9,0.9\n", "row 1.proton_order: condition of"),
        (ROWS_OF_FILE, "current [A/m^2],faradaic_efficiency\n6,0.9\n,0.8\n", "row 2.current: condition of some"),
        (ROWS_OF_FILE, "faradaic_efficiency\n", "no rows"),
        (ROWS_OF_FILE.replace("cell.", "none."), "", "target[0].file: file of a target: no such file"),
        (EFFICIENCY, "", "target[0].value: missing key"),
        (f"{EFFICIENCY}value = 0.9\n", "", "target[0]: missing key: expected one standard deviation"),
        (f"{NUMBER}at = {{ humidity = 1 }}", "", "target[0].at.humidity: unknown condition"),
        (NUMBER, "", "ammonia.current: missing key"),
        (NUMBER + '[measurement]\ncurrent_offset = "1 A/m^2"\n', "", "table that an ammonia cell does not have"),
        (CURVE, "", "ammonia.current: missing key"),
        (CURVE, "current", "target[0]: target outside the model's reach: a cell of"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_one_block(tmp_path, targets, csv_text, message, capsys):
    (tmp_path / "cell.csv").write_text(csv_text)
    current = 'current = "6 mA/cm^2"\n' if csv_text == "current" else ""
    text = FIT.replace("nitrogen_pressure", f"{SET}{current}nitrogen_pressure") + targets
    (tmp_path / "fit.toml").write_text(text)
    assert run_command(["fit", str(tmp_path / "fit.toml"), "--out", str(tmp_path / "F.zarr")]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "F.zarr").exists()


def test_an_operating_point_without_its_table():
    with pytest.raises(sei.StudyError, match="an operating point of an ammonia cell"):
        parse_fit(fit_text(NUMBER))
