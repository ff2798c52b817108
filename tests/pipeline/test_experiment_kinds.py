"""Kinds of rows: what a row may claim follows from what moves it, and a lie is found."""

from dataclasses import replace

import pytest

from experiments import catalogue, experiment_report
from experiments.catalogue import find_experiment, run_parts
from experiments.comparison import TOLERANCES, judge, read_references
from experiments.overview_figure import overview, parity_points
from experiments.row_kinds import misclaims, movements
from tests.pipeline.experiment_files import CHEAP, PRINTED, neutron_folder

__all__ = ["neutron_folder"]


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_every_reference_has_source_place_and_reason(name):
    references = read_references(name)
    assert len({one.key for one in references}) == len(references)
    for one in references:
        assert one.source, one.key
        assert one.place, one.key
        assert one.quantity, one.key
        assert "the same" not in one.quantity.replace("have the same", ""), one.key  # rows are shown in another order
        assert one.unit, one.key
        assert one.tolerance_kind in TOLERANCES
        assert one.tolerance >= 0
    assert find_experiment(name).name == name


@pytest.mark.usefixtures("neutron_folder")
@pytest.mark.parametrize("name", CHEAP)
def test_twenty_per_cent_of_a_parameter_flips_rows(name):
    experiment = find_experiment(name)
    parts, chosen = CHEAP[name]
    rows, used = run_parts(experiment, parts)
    flipped = set()
    for parameter in chosen or used:
        for factor in (0.8, 1.2):
            changed, _ = run_parts(experiment, parts, {parameter: factor * used[parameter]})
            flipped |= {
                (parameter, before.reference.key)
                for before, after in zip(rows, changed, strict=True)
                if before.verdict != after.verdict
            }
    print(sorted(flipped))
    assert len({parameter for parameter, _ in flipped}) >= 2
    assert len({key for _, key in flipped}) >= 2
    with pytest.raises(KeyError, match="no such parameter"):
        run_parts(experiment, parts, {"no_such": 1.0})


@pytest.mark.usefixtures("neutron_folder")
@pytest.mark.parametrize("name", [name for name in CHEAP if name != "li_mediated"])
def test_no_row_claims_more_than_what_moves_it_allows(name):
    experiment = find_experiment(name)
    found = movements(experiment, CHEAP[name][0])
    assert misclaims(found.rows, found.moved, found.flipped, experiment.calibrations) == []


@pytest.mark.slow
def test_no_row_of_the_lithium_cells_claims_more_than_what_moves_it_allows():
    experiment = find_experiment("li_mediated")
    found = movements(experiment)
    assert misclaims(found.rows, found.moved, found.flipped, experiment.calibrations) == []
    # every parameter is used, and the sweep of fig. 4A hangs on the calibrated resistances alone, not on the ageing
    assert all(found.moved.values())
    assert "lsv_LiBF4_size" in found.moved["film_resistance_LiBF4"]
    assert "lsv_LiBF4_size" not in found.moved["dead_layer_dead_share"] | found.moved["surface_nitridation"]


@pytest.fixture(scope="module")
def halved():
    """Rows of the lithium cells, and which of them move or change their verdict as a film resistance is halved."""
    experiment, parts = find_experiment("li_mediated"), ("steady", "voltammetry", "sand", "conductivities")
    rows, used = run_parts(experiment, parts)
    moved, flipped = {}, {"any": frozenset({"film_sigma_LiDFOB"})}
    for name in ("film_resistance_LiBF4", "film_resistance_LiDFOB"):
        pairs = list(zip(rows, run_parts(experiment, parts, {name: 0.5 * used[name]})[0], strict=True))
        moved[name] = frozenset(a.reference.key for a, b in pairs if a.model != b.model)
        flipped[name] = frozenset(a.reference.key for a, b in pairs if a.verdict != b.verdict)
    return rows, moved, flipped, experiment.calibrations


@pytest.mark.parametrize(
    ("key", "claimed", "complaint"),
    [
        ("fe_LiDFOB_100", "prediction", "a calibration was given it"),
        ("fe_LiDFOB_100", "held out", "a calibration was given it"),
        ("resistance_ratio", "prediction", "moves with the calibrated film_resistance_LiBF4"),
        ("resistance_ratio", "fitted", "no calibration was given it"),
        ("sand_time", "prediction", "it is one-sided"),
        ("d_ratio", "held out", "moves with nothing that was calibrated"),
        ("film_sigma_LiDFOB", "structural", "changes its verdict"),
    ],
)
def test_a_mislabelled_row_is_found(halved, key, claimed, complaint):
    rows, *facts = halved
    honest = [row for row in rows if row.reference.key == key]
    assert misclaims(honest, *facts) == []
    lying = [replace(row, reference=replace(row.reference, kind=claimed)) for row in honest]
    found = misclaims(lying, *facts)
    assert any(complaint in sentence for sentence in found), found


def test_a_growth_that_zero_would_meet_is_no_prediction():
    grown = replace(PRINTED, kind="prediction", value=1.0, tolerance=10.0, tolerance_kind="absolute")
    assert "reaches from the reference to zero" in misclaims([judge(grown, 0.0)], {}, {}, ())[0]


def test_rows_are_counted_by_kind_predictions_first():
    kinds = ("structural", "fitted", "prediction", "fitted")
    rows = [judge(replace(PRINTED, kind=kind), 5.0 + 5.0 * place) for place, kind in enumerate(kinds)]
    assert [row.reference.kind for row in experiment_report.leading(rows)] == [
        "prediction",
        "fitted",
        "fitted",
        "structural",
    ]
    assert experiment_report.counted(rows) == {"prediction": (0, 1, 0), "fitted": (0, 2, 0), "structural": (1, 0, 0)}
    with pytest.raises(ValueError, match="expected one of prediction, held out"):
        replace(PRINTED, kind="guess")


def test_the_distance_is_in_standard_uncertainties_of_the_reference():
    # half of a tolerance of 10 % of 5 V where the source states no uncertainty
    assert judge(PRINTED, 5.5).distance == pytest.approx(2.0)
    assert judge(replace(PRINTED, uncertainty=0.1), 5.5).distance == pytest.approx(5.0)
    assert judge(replace(PRINTED, tolerance=0.5, tolerance_kind="decades"), 50.0).distance == pytest.approx(4.0)
    assert judge(replace(PRINTED, tolerance_kind="at_least", tolerance=0.0), 10.0).distance is None
    assert judge(replace(PRINTED, tolerance_kind="at_least", tolerance=0.0), 10.0).reason.endswith("by a factor of 2")


def test_parity_puts_units_on_one_axis_and_agreement_on_the_line():
    other = replace(PRINTED, unit="A m-2", value=2000.0, kind="audit")
    bound = replace(PRINTED, tolerance_kind="at_least")
    rows = [judge(PRINTED, 5.0), judge(other, 1000.0), judge(other, -2000.0), judge(bound, 6.0)]
    assert [point[1:] for point in parity_points(rows)] == [(1.0, 1.0, 5.0), (1.0, 0.5, 2000.0)]
    drawn, *_ = overview(rows).axes
    assert any(text.get_text().endswith("signs differ: 1") for text in drawn.texts)
    middles = {tuple(map(float, line.get_xydata()[0])) for line in drawn.lines if len(line.get_xydata()) == 1}
    assert middles >= {(1.0, 1.0), (1.0, 0.5)}


@pytest.mark.usefixtures("neutron_folder")
@pytest.mark.parametrize("name", CHEAP)
def test_a_row_that_is_outside_says_why(name):
    for row in run_parts(find_experiment(name), CHEAP[name][0])[0]:
        if row.verdict == "outside":
            assert row.reference.outside.endswith("."), row.reference.key
