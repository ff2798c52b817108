"""Protocols: segments, contradictions, shares of the time steps."""

import numpy as np
import pytest

from screening.config.segment import MIN_STEPS, Segment, distribute_steps
from screening.config.study import Study, parse_study
from screening.errors import StudyError
from screening.model.draws import draw_candidates

HEAD = """
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"
[electrode]
kind = "metal"
exchange_current_density = "inf A/m^2"
[[film]]
name = "bare"
[protocol]
"""


def study_of(protocol: str, samples: int = 1) -> Study:
    return parse_study(f"[sampling]\nsamples = {samples}\n[numerics]\nsteps = 500\n{HEAD}{protocol}")


def drive(protocol: str, key: str) -> list:
    return getattr(draw_candidates(study_of(protocol), 0, 1).drive, key)[0].T.tolist()


CV = 'kind = "cv"\nstart_potential = "1 V"\nvertex_potential = "-0.5 V"\nscan_rates = "100 mV/s"\n'


def test_cycles_go_on_from_the_end_potential():
    protocol = CV + 'end_potential = "0.5 V"\ncycles = 2'
    assert drive(protocol, "start") == [[1.0, -0.5, 0.5, -0.5]]
    assert drive(protocol, "stop") == [[-0.5, 0.5, -0.5, 0.5]]
    np.testing.assert_allclose(drive(protocol, "duration"), [[15, 10, 10, 10]])
    assert drive(protocol, "lower_cutoff") == [[-np.inf] * 4]
    assert drive(protocol, "upper_cutoff") == [[np.inf] * 4]


def test_linear_sweep():
    protocol = 'kind = "lsv"\nstart_potential = "0.2 V"\nend_potential = "-0.3 V"\nscan_rates = ["1 V/s", "2 V/s"]'
    np.testing.assert_allclose(drive(protocol, "duration"), [[0.5], [0.25]])
    assert study_of(protocol).n_runs == 2


def test_current_hold_with_cutoffs():
    study = study_of(
        'kind = "hold"\ncurrent = "-10 mA/cm^2"\nduration = "2 s"\nlower_cutoff = "-3 V"\nupper_cutoff = "1 V"'
    )
    drive = draw_candidates(study, 0, 1).drive
    assert study.controls == ("current",)
    assert study.scan_rates == ()
    assert study.n_runs == 1
    assert (drive.duration, drive.start, drive.stop) == (2.0, -100.0, -100.0)
    assert (drive.lower_cutoff, drive.upper_cutoff) == (-3.0, 1.0)
    assert np.isnan(draw_candidates(study, 0, 1).scan_rates).all()


def test_potential_hold_and_rest():
    assert study_of('kind = "hold"\npotential = "-0.2 V"\nduration = "2 s"').controls == ("potential",)
    rest = 'kind = "rest"\nduration = "1 min"'
    assert study_of(rest).controls == ("current",)
    assert drive(rest, "start") == drive(rest, "stop") == [[0.0]]
    assert drive(rest, "duration") == [[60.0]]


def test_pulses():
    protocol = 'kind = "pulse"\ncurrent = "-100 mA/cm^2"\non_duration = "2 s"\noff_duration = "30 s"\ncycles = 3'
    assert study_of(protocol).controls == ("current",) * 6
    assert drive(protocol, "start") == [[-1000.0, 0.0] * 3]
    assert drive(protocol, "duration") == [[2.0, 30.0] * 3]
    potential = protocol.replace('current = "-100 mA/cm^2"', 'potential = "-0.3 V"')
    assert study_of(potential).controls == ("potential", "current") * 3


SEQUENCE = """kind = "sequence"
[[protocol.segment]]
kind = "rest"
duration = "5 s"
[[protocol.segment]]
kind = "cv"
start_potential = "1 V"
vertex_potential = "-0.5 V"
scan_rates = ["10 mV/s", "100 mV/s"]
[[protocol.segment]]
kind = "lsv"
start_potential = "1 V"
end_potential = "0 V"
scan_rates = "50 mV/s"
[[protocol.segment]]
kind = "hold"
current = { list = ["1 mA/cm^2", "2 mA/cm^2"] }
duration = "3 s"
upper_cutoff = "2 V"
"""


def test_sequence_of_everything():
    study = study_of(SEQUENCE, samples=16)
    batch = draw_candidates(study, 0, 16)
    assert study.controls == ("current", "potential", "potential", "potential", "current")
    assert study.scan_rates == (0.01, 0.1)
    # the sweep with one rate keeps it in both runs
    np.testing.assert_allclose(batch.drive.duration.swapaxes(1, 2)[0], [[5, 150, 150, 20, 3], [5, 15, 15, 20, 3]])
    assert set(batch.drive.start.swapaxes(1, 2)[:, 0, 4]) == {10.0, 20.0}
    assert [column.name for column in study.columns] == ["film", "param_protocol_segment4_current"]


def test_protocol_quantities_can_be_varied():
    rate = 'scan_rates = ["10 mV/s", { distribution = "log_uniform", low = "20 mV/s", high = "1 V/s" }]'
    start = 'start_potential = { distribution = "uniform", low = "0.5 V", high = "1 V" }'
    study = study_of(CV.replace('scan_rates = "100 mV/s"', rate).replace('start_potential = "1 V"', start), samples=32)
    batch = draw_candidates(study, 0, 32)
    assert study.scan_rates[0] == 0.01
    assert np.isnan(study.scan_rates[1])
    assert [column.name for column in study.columns] == [
        "film",
        "param_protocol_start_potential",
        "param_protocol_scan_rate2",
    ]
    values = {column.name: batch.column(column.name) for column in study.columns}
    assert np.array_equal(values["param_protocol_scan_rate2"], batch.scan_rates[:, 1])
    extent = batch.drive.start.swapaxes(1, 2)[:, 1, 0] + 0.5
    np.testing.assert_allclose(
        batch.drive.duration.swapaxes(1, 2)[:, 1, 0], extent / batch.scan_rates[:, 1], rtol=1e-14
    )
    # the scan comes back to where it started
    assert np.array_equal(batch.drive.stop.swapaxes(1, 2)[:, :, 1], batch.drive.start.swapaxes(1, 2)[:, :, 0])


HOLD = 'kind = "hold"\nduration = "1 s"\n'
BAD = {
    "both controls": (HOLD + 'current = "1 A/m^2"\npotential = "1 V"', ["contradictory control",
        "both potential and current", "; remove one"]),
    "no control": (HOLD, ["neither potential nor current"]),
    "cut-off of a potential": (HOLD + 'potential = "1 V"\nlower_cutoff = "0 V"', ["takes no cut-off", "lower_cutoff"]),
    "upper cut-off in reduction": (HOLD + 'current = "-1 A/m^2"\nupper_cutoff = "0 V"', ["wrong side",
        "got upper_cutoff, expected lower_cutoff"]),
    "lower cut-off in oxidation": (HOLD + 'current = "1 A/m^2"\nlower_cutoff = "0 V"', ["wrong side",
        "got lower_cutoff, expected upper_cutoff"]),
    "cut-offs swapped": (HOLD + 'current = "1 A/m^2"\nlower_cutoff = "1 V"\nupper_cutoff = "0 V"',
        ["not below upper_cutoff", "1 V and 0 V", "lower_cutoff < upper_cutoff", "; swap"]),
    "zero duration": ('kind = "rest"\nduration = "0 s"', ["protocol.duration", "above 0 s"]),
    "pulse without current": ('kind = "pulse"\ncurrent = "0 A/m^2"\non_duration = "1 s"\noff_duration = "1 s"',
        ["pulse without current", '"rest"']),
    "zero pulses": ('kind = "pulse"\ncycles = 0\ncurrent = "1 A/m^2"\non_duration = "1 s"\noff_duration = "1 s"',
        ["protocol.cycles"]),
    "flat sweep": ('kind = "lsv"\nstart_potential = "1 V"\nend_potential = "1 V"\nscan_rates = "1 V/s"',
        ["start_potential equals end_potential"]),
    "ranges that meet": (CV.replace('"-0.5 V"', '{ distribution = "uniform", low = "-0.5 V", high = "1.5 V" }'),
        ["may meet vertex_potential", "-0.5 to 1.5 V"]),
    "empty sequence": ('kind = "sequence"\nsegment = []', ["protocol.segment", "at least 1 item"]),
    "sequence in a sequence": ('kind = "sequence"\n[[protocol.segment]]\nkind = "sequence"',
        ["protocol.segment[0].kind", "unknown kind"]),
    "bad segment": (SEQUENCE.replace('duration = "3 s"', 'duration = "3 m"'), ["protocol.segment[3].duration",
        "wrong dimension (length)"]),
    "unknown segment key": (SEQUENCE.replace("upper_cutoff", "uper_cutoff"), ["protocol.segment[3].uper_cutoff",
        'did you mean "upper_cutoff"']),
    "different numbers of rates": (SEQUENCE.replace('"50 mV/s"', '["1 mV/s", "2 mV/s", "3 mV/s"]'), ["protocol.segment",
        "got 2 and 3"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_contradictions_are_refused(name):
    protocol, parts = BAD[name]
    with pytest.raises(StudyError) as caught:
        study_of(protocol)
    message = str(caught.value)
    assert message.startswith("protocol")
    assert "\n" not in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("protocol", "steps"),
    [
        (CV, (250, 250)),
        (CV + 'end_potential = "0 V"', (375, 125)),
        ('kind = "rest"\nduration = "1 s"', (500,)),
        ('kind = "pulse"\ncurrent = "1 A/m^2"\non_duration = "1 s"\noff_duration = "9 s"', (250, 250)),
        (SEQUENCE, (100, 113, 112, 75, 100)),
    ],
)
def test_steps_follow_the_potential_range(protocol, steps):
    assert study_of(protocol, samples=2 if "list" in protocol else 1).segment_steps == steps


def test_no_segment_gets_too_few_steps():
    short = study_of(CV + 'end_potential = "-0.49 V"').segment_steps
    assert short[1] == MIN_STEPS
    assert sum(short) == 500
    many = [Segment("current", 0.0, 0.0)] * 80
    assert distribute_steps(many, 500) == (MIN_STEPS,) * 80
    for steps in (61, 100, 777):
        assert sum(distribute_steps(many[:3], steps)) == steps
