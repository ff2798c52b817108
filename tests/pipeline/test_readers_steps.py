"""Corrections are pure, do what their formula says, and are recorded."""

import dataclasses
import itertools

import numpy as np
import pytest

import screening as sei
from screening.readers.baseline import subtract_blank, subtract_line
from screening.readers.corrections import (
    correct_ir_drop,
    estimate_capacitance,
    flip_current_sign,
    normalise_by_area,
    subtract_capacitive_current,
)
from screening.readers.curve import MeasuredCurve, ProcessingStep
from screening.readers.scan_rate import estimate_scan_rate, time_from_scan_rate, with_scan_rate
from screening.readers.sweeps import cycle_numbers, split_cycles, split_sweeps, sweep_bounds

RATE = 0.1  # V s-1


def triangle(cycles=2, step=0.002, low=-0.3, high=0.2, start=0.0, noise=0.0):
    """Potential of a voltammogram that starts on the way up, and the true sweep ends."""
    corners = [start, *[high, low] * cycles, start]
    legs = [np.arange(round(abs(b - a) / step)) * np.sign(b - a) * step + a for a, b in itertools.pairwise(corners)]
    potential = np.concatenate([*legs, [start]])
    return potential + noise * np.random.default_rng(7).standard_normal(len(potential))


def voltammogram(**options):
    potential = triangle(**options)
    time = np.arange(len(potential)) * 0.002 / RATE
    return MeasuredCurve(potential=potential, current=1e-6 * np.exp(5 * potential), time=time, source="cv.mpt")


def directions(curve):
    """+1 on the way up and -1 on the way down; a turning point ends its sweep."""
    return np.append(np.sign(np.diff(curve.potential, prepend=curve.potential[0] - 0.001))[:-1], 1.0)


def test_steps_leave_their_input_alone_and_are_recorded_in_order():
    curve = voltammogram()
    before = [array.copy() for array in (curve.potential, curve.current, curve.time)]
    done = flip_current_sign(curve)
    done = normalise_by_area(done, "2 cm^2")
    done = correct_ir_drop(done, "20 ohm*cm^2", 0.85)
    done = subtract_capacitive_current(done, "20 uF/cm^2")
    done = subtract_line(done, ("-0.1 V", "50 mV"))
    assert curve.steps == ()
    for array, copy in zip((curve.potential, curve.current, curve.time), before, strict=True):
        assert array.tolist() == copy.tolist()
    texts = [str(step) for step in done.steps]
    assert texts[:4] == [
        "current sign flipped",
        "area normalisation (area = 0.0002 m2)",
        "iR correction (series resistance = 0.002 ohm m2, share = 0.85)",
        "capacitive correction (capacitance = 0.2 F m-2)",
    ]
    assert texts[4].startswith("line subtracted (window from = -0.1 V, to = 0.05 V, current at 0 V, sweep 1 = ")


def test_arrays_cannot_be_changed():
    curve = voltammogram()
    with pytest.raises(ValueError, match="read-only"):
        curve.current[0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        curve.current = np.zeros(len(curve))


def test_smoothing_is_not_offered():
    import importlib
    import pkgutil

    package = importlib.import_module("screening.readers")
    modules = [
        importlib.import_module(f"screening.readers.{entry.name}") for entry in pkgutil.iter_modules(package.__path__)
    ]
    assert [name for module in modules for name in dir(module) if "smooth" in name or "savgol" in name] == []


@pytest.mark.parametrize(
    ("series_resistance", "share", "drop"),
    [("100 ohm", 1.0, 0.1), ("0.1 kohm", 0.85, 0.085), ("50 ohm*cm^2", 1.0, 0.1)],
)
def test_ir_drop_of_an_oxidation_lowers_the_potential(series_resistance, share, drop):
    curve = normalise_by_area(MeasuredCurve(potential=[1.0, -1.0], current=[1e-3, -1e-3]), "0.5 cm^2")
    corrected = correct_ir_drop(curve, series_resistance, share)
    np.testing.assert_allclose(corrected.potential, [1.0 - drop, -1.0 + drop], rtol=1e-14)
    assert corrected.current.tolist() == curve.current.tolist()


def test_ir_correction_recovers_a_known_curve():
    true = voltammogram()
    measured = true.replaced(potential=true.potential + 3000.0 * true.current)
    np.testing.assert_allclose(correct_ir_drop(measured, "3 kohm").potential, true.potential, atol=1e-15)


@pytest.mark.parametrize(
    ("resistance", "share", "text"),
    [
        ("20 ohm*cm^2", 1.0, r"cv\.mpt: no current density: .*normalise by the area first"),
        ("20 ohm", 1.5, "share: share out of range: got 1.5, expected above 0 and at most 1"),
        ("20 ohm", True, "share: share out of range"),
        (20.0, 1.0, "series_resistance: no unit: got 20.0"),
        ("-20 ohm", 1.0, "series_resistance: not a positive amount"),
        ("0 ohm*cm^2", 1.0, "series_resistance: not a positive amount"),
        ("20 mV", 1.0, "series_resistance: wrong unit"),
        ("20 ohm/cm^2", 1.0, "series_resistance: wrong dimension"),
    ],
)
def test_ir_correction_refuses(resistance, share, text):
    with pytest.raises(sei.StudyError, match=text):
        correct_ir_drop(voltammogram(), resistance, share)


def test_line_is_fitted_for_each_sweep_on_its_own():
    potential = triangle()
    bounds = sweep_bounds(potential)
    current = np.zeros(len(potential))
    for k, (a, b) in enumerate(itertools.pairwise(bounds)):
        current[a:b] = (k + 1) * 1e-6 + (-1) ** k * 3e-6 * potential[a:b]
    peak = 1e-5 * np.exp(-(((potential - 0.15) / 0.01) ** 2))
    curve = MeasuredCurve(potential=potential, current=current + peak)
    corrected = subtract_line(curve, (-0.25, 0.05))
    # the last sweep ends at 0 V
    np.testing.assert_allclose(corrected.current, peak, atol=1e-15)
    with pytest.raises(
        sei.StudyError, match=r"too few points for a baseline: got 0 points of sweep 1 between -0.2 and"
    ):
        subtract_line(curve, (-0.2, -0.1))


def test_blank_is_subtracted_by_direction():
    curve, blank = voltammogram(cycles=2), voltammogram(cycles=1, step=0.005)
    faradaic = 1e-6 * np.exp(5 * curve.potential)
    measured = curve.replaced(current=faradaic + 2e-7 * directions(curve) + 1e-7 * curve.potential)
    empty = blank.replaced(current=2e-7 * directions(blank) + 1e-7 * blank.potential)
    corrected = subtract_blank(measured, empty)
    off = np.abs(corrected.current - faradaic)
    # one blank sample at each turn blends both directions
    assert np.sum(off > 1e-12) < 12
    assert str(corrected.steps[-1]) == "blank subtracted (blank = cv.mpt)"


def test_blank_that_does_not_fit():
    curve = with_scan_rate(voltammogram())
    with pytest.raises(sei.StudyError, match=r"a blank of another scan rate: got 0.2 V/s, expected 0.1 V/s"):
        subtract_blank(curve, voltammogram().replaced(scan_rate=0.2))
    with pytest.raises(sei.StudyError, match="a blank of another range"):
        subtract_blank(curve, voltammogram(low=-0.1))
    with pytest.raises(sei.StudyError, match="a blank without current_density"):
        subtract_blank(normalise_by_area(curve, "1 cm^2"), voltammogram())
    with pytest.raises(sei.StudyError, match="a blank without that direction"):
        subtract_blank(curve, split_sweeps(voltammogram())[1])


def test_capacitive_current_follows_the_direction_and_is_found_again():
    curve = normalise_by_area(voltammogram(cycles=3), "0.5 cm^2")
    slopes = RATE * directions(curve)
    charged = curve.replaced(
        current=curve.current + 2e-5 * slopes, current_density=curve.current_density + 2e-5 / 0.5e-4 * slopes
    )
    np.testing.assert_allclose(estimate_capacitance(charged, "-100 mV"), 0.4, rtol=1e-6)
    for capacitance in ("20 uF", "40 uF/cm^2"):
        corrected = subtract_capacitive_current(charged, capacitance)
        np.testing.assert_allclose(corrected.current, curve.current, atol=1e-12)
        np.testing.assert_allclose(corrected.current_density, curve.current_density, atol=1e-7)
    with pytest.raises(sei.StudyError, match="no area to convert by"):
        subtract_capacitive_current(voltammogram(), "20 uF/cm^2")
    with pytest.raises(sei.StudyError, match="no time"):
        subtract_capacitive_current(voltammogram().replaced(time=None), "20 uF")
    with pytest.raises(sei.StudyError, match="no capacitive gap"):
        estimate_capacitance(flip_current_sign(charged), 0.0)


def test_flip_twice_is_nothing():
    curve = normalise_by_area(voltammogram(), "1 cm^2")
    again = flip_current_sign(flip_current_sign(curve))
    assert again.current.tolist() == curve.current.tolist()
    assert again.current_density.tolist() == curve.current_density.tolist()
    assert len(again.steps) == len(curve.steps) + 2


@pytest.mark.parametrize("noise", [0.0, 1e-3, 2e-3])
def test_sweeps_and_cycles_in_spite_of_noise(noise):
    potential = triangle(cycles=3, noise=noise)
    curve = MeasuredCurve(potential=potential, current=np.zeros(len(potential)))
    assert len(split_sweeps(curve)) == 7
    assert sum(map(len, split_sweeps(curve))) == len(curve)
    # 0 V -> 0.2 V -> -0.3 V -> 0 V: 500 points a cycle
    lengths = [len(part) for part in split_cycles(curve)]
    assert len(lengths) == 3
    np.testing.assert_allclose(lengths, [500, 500, 501], atol=6 if noise else 0)


def test_cycles_that_start_at_a_vertex():
    potential = triangle(cycles=2, start=-0.3)
    curve = MeasuredCurve(potential=potential, current=np.zeros(len(potential)))
    assert np.bincount(cycle_numbers(curve))[1:].tolist() == [501, 500]


def test_hold_has_one_sweep():
    assert sweep_bounds(np.full(5, 0.1)).tolist() == [0, 5]


def test_scan_rate_from_the_data():
    assert estimate_scan_rate(voltammogram()) == pytest.approx(RATE, rel=1e-3)
    assert estimate_scan_rate(voltammogram(noise=1e-3)) == pytest.approx(RATE, rel=5e-3)
    curve = voltammogram()
    turned = curve.replaced(
        time=np.where(curve.time < curve.time.mean(), curve.time, 2 * curve.time - curve.time.mean())
    )
    with pytest.raises(sei.StudyError, match="not one scan rate"):
        estimate_scan_rate(turned)
    with pytest.raises(sei.StudyError, match="no sweep"):
        estimate_scan_rate(curve.replaced(potential=np.zeros(len(curve))))
    with pytest.raises(sei.StudyError, match=r'no time.*give the scan rate: scan_rate="100 mV/s"'):
        estimate_scan_rate(curve.replaced(time=None))


@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_time_from_the_scan_rate(noise):
    curve = voltammogram(noise=noise)
    made = time_from_scan_rate(curve.replaced(time=None, scan_rate=RATE))
    assert np.all(np.diff(made.time) >= 0)
    np.testing.assert_allclose(made.time, curve.time, atol=1e-9 if not noise else 0.25)
    with pytest.raises(sei.StudyError, match="a scan rate must be positive"):
        with_scan_rate(curve, "-100 mV/s")


def test_step_without_settings_is_its_name():
    assert str(ProcessingStep("current sign flipped")) == "current sign flipped"
