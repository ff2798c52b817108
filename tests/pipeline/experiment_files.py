"""What tests of experiments share: a printed value, cheap parts of each experiment, made-up neutron tables."""

import pytest

from experiments.comparison import Reference
from experiments.real_films.measured_data import CURRENTS, FOLDER, RUNS, SUMMARY

# parts that need little computing and the parameters changed in them; None is all of them
CHEAP = {
    "enrr_targets": (None, None),
    "aqueous": (None, None),
    "nitrate": (None, None),
    # of measured films those that `neutron_folder` makes up
    "real_films": (("prior",), ("thickest_prior", "inner_prior")),
    "li_mediated": (
        ("steady", "audit", "conductivities", "voltammetry", "sand"),
        ("film_resistance_LiDFOB", "cell_resistance_LiBF4", "limiting_current", "equilibrium_voltage", "barrier_lif"),
    ),
}
PRINTED = Reference("u", "cell voltage", "held out", "V", 5.0, None, "10.1/x", "text", 0.1, "relative", "rounding")


def write_neutron_tables(folder):
    """Made-up films in the form of the measured tables: 22, 23, ... nm, and runs that grow by 1 nm in 330 s."""
    place = folder / FOLDER
    place.mkdir(parents=True)
    sections = []
    for number, key in enumerate(CURRENTS):
        inner = "| material | 96.0 ± 5.0 | 1.0 |\n" if key in "abcd" else ""
        sections.append(f"#### Table S{3 + number}: film\n\n| SEI | {220 + 10 * number}.0 ± 5.0 | 2.7 |\n{inner}")
    (place / SUMMARY).write_text("# summary\n" + "\n".join(sections), encoding="utf-8")
    head = "| Time | THF interface|SEI thickness| chi2 |\n| ---|---|---|---|\n"
    rows = "| 0 | 80.0 ± 2.0 | 200.0 ± 30.0 | 0.5 |\n| 330 | 81.0 ± 2.0 | 210.0 ± 40.0 | 0.5 |\n"
    for run in RUNS:
        (place / f"trend-{run}-table.md").write_text(head + rows, encoding="utf-8")


@pytest.fixture
def neutron_folder(tmp_path, monkeypatch):
    """SEI_DATA names a folder with made-up neutron films and nothing else."""
    write_neutron_tables(tmp_path / "measured")
    monkeypatch.setenv("SEI_DATA", str(tmp_path / "measured"))
