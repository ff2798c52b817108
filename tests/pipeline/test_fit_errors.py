"""Bad fit files: one line that says what, got, expected and fix."""

import numpy as np
import pytest

import screening as sei
from screening.fitting.fit_problem import load_fit, parse_fit
from screening.fitting.model_relations import special_case
from tests.pipeline.fit_files import FIXED, RATES, curve_targets, fit_text


def flat(points=20):
    """Curves without shape, enough for the checks of the input."""
    column = {"potential": np.linspace(0.1, -0.35, points), "current": np.linspace(-1.0, -2.0, points)}
    return {str(rate): dict(column) for rate in RATES}


def refusal(text, data=None):
    """The message, in one line."""
    with pytest.raises(sei.StudyError) as caught:
        parse_fit(text, data=flat() if data is None else data)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_file_of_the_tests_is_good():
    problem = parse_fit(fit_text(), data=flat())
    assert set(problem.parameters.names) == {
        "electrode_exchange_current_density",
        "layer1_diffusivity",
        "layer2_diffusivity",
    }
    assert problem.layout.curves == (0, 1)
    assert problem.noise_known


def test_data_that_are_not_finite():
    data = flat()
    data["100"]["current"] = data["100"]["current"].copy()
    data["100"]["current"][3] = np.nan
    message = refusal(fit_text(), data)
    assert "non-finite current_density: got nan at point 4" in message


def test_columns_of_unequal_lengths():
    data = flat()
    data["20"]["current"] = data["20"]["current"][:-2]
    message = refusal(fit_text(), data)
    assert "unequal lengths: got potential (20,), current_density (18,), expected arrays of one length" in message


def test_zero_free_parameters():
    assert "zero free parameters" in refusal(fit_text(**FIXED))


def test_the_optimiser_that_is_gone():
    message = refusal(fit_text(settings='[fit]\ncoarse_optimiser = "l_bfgs"\n'))
    assert message == (
        'fit.coarse_optimiser: coarse_optimiser is no key any more: got "l_bfgs", '
        "expected coarse_steps alone, which are Adam's; remove the line"
    )


def test_bounds_that_exclude_the_start():
    free = '{ fit = true, low = "1 mA/cm^2", high = "100 mA/cm^2", start = "300 mA/cm^2" }'
    message = refusal(fit_text(J0=free))
    assert "electrode.exchange_current_density: the bounds exclude the start: got start = 3000" in message


def test_a_curve_beyond_the_protocol_is_outside_the_reach():
    data = flat()
    data["20"]["potential"] = np.linspace(0.1, -0.6, 20)
    message = refusal(fit_text(), data)
    assert "target outside the model's reach" in message
    assert "-0.6 to 0.1 V, expected -0.35 to 0.1 V" in message


def test_a_scan_rate_that_the_protocol_lacks():
    target = '[[target]]\nkind = "curve"\nname = "20"\nscan_rate = "30 mV/s"\n'
    message = refusal(fit_text(target), {"20": flat()["20"]})
    assert "scan rate that the protocol does not have: got 30 mV/s, expected one of 20 mV/s, 100 mV/s" in message


@pytest.mark.parametrize(
    ("free", "expected"),
    [
        ('{ fit = true, low = "9 mA/cm^2", high = "2 mA/cm^2" }', "low is not below high"),
        ('{ fit = true, lo = "9 mA/cm^2", high = "2 mA/cm^2" }', 'unknown key: got "lo"'),
        ('{ fit = true, prior = "flat", low = "1 mA/cm^2", high = "2 mA/cm^2" }', 'unknown prior: got "flat"'),
        ('{ distribution = "uniform", low = "1 mA/cm^2", high = "2 mA/cm^2" }', "does not vary quantities as a study"),
        ('{ fit = false, low = "1 mA/cm^2", high = "2 mA/cm^2" }', "free or not"),
        ('{ fit = true, low = "1 nm", high = "2 nm" }', "exchange_current_density"),
    ],
)
def test_a_free_quantity_written_wrongly(free, expected):
    assert expected in refusal(fit_text(J0=free))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ('kind = "curv"', 'unknown kind: got "curv"'),
        ('kind = "curve"\nscan_rate = "20 mV/s"', "the measured curve"),
        (
            'kind = "curve"\nscan_rate = "20 mV/s"\ncurrent = { column = "I", unit = "nm" }',
            'target[0].current.unit: wrong unit: got "nm"',
        ),
        ('kind = "curve"\nscan_rate = "20 mV/s"\nareas = "2 mm^2"', 'unknown key: got "areas"'),
        ('kind = "curve"\nscan_rate = "20 mV/s"\narea = "2 nm"', "target[0].area"),
        (
            'kind = "limiting_current"\nvalue = "-1 mA/cm^2"\nstandard_uncertainty = "1 mA/cm^2"',
            "expected a value above zero",
        ),
        ('kind = "limiting_current"\nvalue = "1 mA/cm^2"\nstandard_uncertainty = "0 mA/cm^2"', "must be positive"),
        ('kind = "limiting_current"\nvalue = "1 nm"\nstandard_uncertainty = "5 %"', "value"),
    ],
)
def test_a_target_written_wrongly(target, expected):
    assert expected in refusal(fit_text(f"[[target]]\n{target}\n"), {})


def test_nothing_to_fit_to_and_a_second_film():
    assert "nothing to fit to" in refusal(fit_text(""), {})
    assert "a fit has one film" in refusal(fit_text(curve_targets() + '[[film]]\nname = "b"\n'))


def test_a_file_without_the_column(tmp_path):
    (tmp_path / "a.csv").write_text("E/V;j\n0,1;1,5\n")
    target = '[[target]]\nkind = "curve"\nfile = "a.csv"\nscan_rate = "20 mV/s"\n'
    (tmp_path / "fit.toml").write_text(fit_text(target))
    with pytest.raises(
        sei.StudyError, match=r"target\[0\].file: a.csv: no column of current.*current = \{ column"
    ) as caught:
        load_fit(tmp_path / "fit.toml")
    assert "\n" not in str(caught.value)


def test_currents_without_an_area_and_columns_that_are_missing_or_unknown(tmp_path):
    potential = np.linspace(0.1, -0.35, 30)
    rows = "\n".join(f"{e:.6f},{-5.0 - k:.3f}" for k, e in enumerate(potential))
    (tmp_path / "a.csv").write_text(f"E/V,I/uA\n{rows}\n")
    target = '[[target]]\nkind = "curve"\nfile = "a.csv"\nscan_rate = "20 mV/s"\n'
    (tmp_path / "fit.toml").write_text(fit_text(target))
    with pytest.raises(sei.StudyError, match="a current needs the electrode area"):
        load_fit(tmp_path / "fit.toml")
    assert "missing column: got potential, expected current" in refusal(fit_text(), {"20": {"potential": potential}})
    assert 'unknown column: got "curent"' in refusal(fit_text(), {"20": {"potential": potential, "curent": potential}})


@pytest.mark.parametrize("columns", ["", 'potential = { column = "E/V", unit = "V" }\n'])
def test_a_text_file_with_decimal_commas_and_amperes(tmp_path, columns):
    potential = np.linspace(0.1, -0.35, 30)
    rows = "\n".join(f"{e:.6f};{-5.0 - k:.3f}".replace(".", ",") for k, e in enumerate(potential))
    (tmp_path / "a.csv").write_text(f"E/V;I/uA\n{rows}\n")
    target = ('[[target]]\nkind = "curve"\nfile = "a.csv"\nscan_rate = "20 mV/s"\narea = "2 mm^2"\n') + columns
    (tmp_path / "fit.toml").write_text(fit_text(target))
    problem = load_fit(tmp_path / "fit.toml")
    assert problem.data.current[0, 0] == pytest.approx(-2.5)
    assert problem.data.time[-1, 0] == pytest.approx(0.45 / 0.02, rel=1e-6)
    assert not problem.noise_known


def test_a_curve_that_was_read_and_corrected_before(tmp_path):
    potential = np.linspace(0.1, -0.35, 30)
    rows = "\n".join(f"{e:.6f};{5.0 + k:.3f}" for k, e in enumerate(potential))
    (tmp_path / "a.csv").write_text(f"E/V;I/uA\n{rows}\n")
    curve = sei.read_curve(tmp_path / "a.csv", area="2 mm^2", scan_rate="100 mV/s")
    target = '[[target]]\nkind = "curve"\nname = "a"\nflip_sign = true\n'
    problem = parse_fit(fit_text(target), data={"a": curve})
    assert problem.layout.curves == (1,)  # by the scan rate of the curve
    assert problem.data.current[0, 0] == pytest.approx(-2.5)


def test_a_constant_current_beside_a_background():
    free = '{ fit = true, prior = "uniform", low = "-1 A/m^2", high = "1 A/m^2" }'
    message = refusal(f'measurement.background = "line"\nmeasurement.current_offset = {free}\n' + fit_text())
    assert "one constant current for two quantities" in message
    assert message.endswith("remove current_offset")


def test_models_of_different_data():
    one = parse_fit(fit_text(), data=flat())
    with pytest.raises(
        sei.StudyError, match="models of different data cannot be compared: got other currents in model 1"
    ):
        sei.compare(one, parse_fit(fit_text(), data=flat() | {"100": {**flat()["100"], "current": np.full(20, -1.0)}}))
    with pytest.raises(sei.StudyError, match="other uncertainties of currents"):
        sei.compare(one, parse_fit(fit_text(curve_targets("relative_uncertainty = 0.02")), data=flat()))
    with pytest.raises(sei.StudyError, match="nothing to compare: got 1 fit file"):
        sei.compare(one)


def test_a_special_case_is_known_from_its_fit_file():
    def problem(electrode="", measurement="", **changes):
        text = fit_text(**changes).replace('kind = "metal"\n', f'kind = "metal"\n{electrode}\n')
        return parse_fit(f"{measurement}\n{text}", data=flat())

    plain = problem()
    free = 'double_layer_capacitance = { fit = true, prior = "uniform", low = "LOW", high = "90 uF/cm^2" }'
    larger = problem(free.replace("LOW", "0 uF/cm^2"))
    assert special_case(plain, larger) is True  # at a bound
    assert special_case(plain, problem(measurement='measurement.background = "line"')) is False
    assert special_case(larger, plain) is None
    assert special_case(plain, plain) is None
    assert special_case(plain, problem(free.replace("LOW", "1 uF/cm^2"))) is None
    assert special_case(problem(D1='"1e-12 m^2/s"'), plain) is False
    assert special_case(problem(D1='"1e-9 m^2/s"'), plain) is None
    assert special_case(problem('series_resistance = "1 ohm*cm^2"'), larger) is None
    assert (
        special_case(
            problem(measurement='measurement.background = "offset"'),
            problem(measurement='measurement.background = "shared_line"'),
        )
        is None
    )


def test_all_faults_of_a_fit_file_are_named_with_their_lines(tmp_path):
    text = fit_text().replace("starts = 8", "starts = 0\nstrats = 8").replace('"1e-12 m^2/s"', '"1e-12 m"')
    text = text.replace("points = ", "points = -", 1)
    (tmp_path / "FIT.toml").write_text(text, encoding="utf-8-sig")
    with pytest.raises(sei.StudyError) as caught:
        load_fit(tmp_path / "FIT.toml")
    starts = {"film[0].layer[2].diffusivity": "diffusivity =", "fit.starts": "starts = 0", "fit.strats": "strats"}
    starts["target[0].points"] = "points = -"
    told = {fault.where: text.split("\n")[(fault.line or 0) - 1] for fault in caught.value.faults}
    assert told.keys() == starts.keys()
    assert all(row.startswith(starts[where]) for where, row in told.items()), told
