"""The reference pages of files and stores are what the models say."""

import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def generator():
    """The modules that write the pages; they are scripts of the documentation, in no package."""
    sys.path.insert(0, str(DOCS))
    try:
        import generate_schema
        import generate_store_tables
        import model_fields
    finally:
        sys.path.remove(str(DOCS))
    return generate_schema, generate_store_tables, model_fields


def test_pages_are_those_of_the_models(generator):
    schema, store, _ = generator
    assert (DOCS / "schema.md").read_text(encoding="utf-8") == schema.schema_page(), "python docs/generate_schema.py"
    page = (DOCS / "store.md").read_text(encoding="utf-8")
    assert page == store.store_page(page), "python docs/generate_schema.py"


def test_every_model_of_a_file_is_on_the_page(generator):
    """Whatever table a file may have is listed, so that a new one cannot be forgotten."""
    from screening.config.study import AmmoniaStudy, ReactionStudy, Study, VoltammetryStudy
    from screening.fitting.fit_tables import FitTables
    from screening.run.batch_system import ClusterTable

    schema, _, fields = generator
    listed = {
        model for tables in (schema.STUDY_TABLES, schema.FIT_TABLES, schema.CLUSTER_TABLES) for _, model in tables
    }

    def inside(model):
        yield model
        for _, _, info in fields.fields_of(model):
            for part in fields.models_in(info.annotation):
                yield from inside(part)

    roots = (Study, VoltammetryStudy, AmmoniaStudy, ReactionStudy, FitTables, ClusterTable)
    found = {model for root in roots for model in inside(root)}
    assert len(found) > 20
    assert found == listed


def test_a_field_without_a_meaning_is_refused(generator):
    from screening.config.strict_table import Table

    schema, _, _ = generator

    class Silent(Table):
        """A table.

        Attributes:
            said: is explained.
        """

        said: int = 1
        unsaid: int = 2

    with pytest.raises(ValueError, match=r"Silent\.unsaid: no meaning"):
        list(schema.table_lines(Silent))


def test_limits_defaults_and_units_are_those_of_the_models(generator):
    from screening.config.electrode_tables import CoupleElectrode
    from screening.config.film import LayerTable

    schema, _, _ = generator
    rows = {line.split("`")[1]: line for line in schema.table_lines(LayerTable) if line.startswith("| `")}
    assert "| quantity in m, > 0 | **required** |" in rows["thickness"]
    assert "| quantity, > 0, ≤ 1 | `1` |" in rows["accessible_fraction"]
    assert "| quantity in J, ≥ 0 |  |" in rows["migration_energy"]
    assert "table_law" not in rows
    rows = {line.split("`")[1]: line for line in schema.table_lines(CoupleElectrode) if line.startswith("| `")}
    assert "| whole number, ≥ 1 | `1` |" in rows["electron_number"]


def test_attributes_and_outputs_of_a_store_are_all_explained(generator):
    from screening import parse_study
    from screening.cli.look_commands import starter_text
    from screening.config.stored_inputs import _DERIVED
    from screening.model.ammonia_outputs import AMMONIA_REGISTRY
    from screening.model.outputs import REGISTRY
    from screening.model.reaction_branches import REACTION_REGISTRY
    from screening.model.study_evaluator import StudyEvaluator
    from screening.store.template import store_attributes

    _, store, _ = generator
    evaluator = StudyEvaluator(parse_study(starter_text()))
    assert set(store_attributes(evaluator, 8)) == set(store.ATTRIBUTES)
    registered = (*REGISTRY, *AMMONIA_REGISTRY, *REACTION_REGISTRY)
    assert {out.group for out in registered} == set(store.WHEN)
    page = (DOCS / "store.md").read_text(encoding="utf-8")
    assert all(f"| `{out.name}` |" in page for out in registered)
    assert all(f"| `layerK_{name}` |" in page for name, *_ in _DERIVED.values())


def test_marks_that_are_missing_are_said(generator):
    _, store, _ = generator
    with pytest.raises(ValueError, match="marks of 'derived inputs' not there once"):
        store.store_page("no marks")
