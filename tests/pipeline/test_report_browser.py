"""Reports in a real browser: they draw, filter and answer the pointer, complain about nothing and ask for nothing."""

import pytest

from screening.fitting.fit_store import FIT
from screening.report.report_file import write_report
from screening.sensitivities.sensitivity_store import save_sensitivity
from tests.pipeline.browser import opened, walk
from tests.pipeline.fit_store import known_fit, known_posterior
from tests.pipeline.known_evaluator import known_store, two_films
from tests.pipeline.known_sensitivity import known_sensitivity
from tests.pipeline.test_report import HOSTILE, make_hostile

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return known_store(tmp_path_factory.mktemp("browser") / "R.zarr", 150)


def assert_quiet(page, path):
    assert page.complaints == []
    assert [url for url in page.requests if not url.startswith(("data:", "blob:"))] == [path.as_uri()]


def shown_rows(page) -> str:
    return page.inner_text("#table-count")


def test_screening(store, tmp_path):
    path = write_report(store, tmp_path / "report.html")
    with opened(path) as page:
        assert shown_rows(page) == "rows 1 to 20 of 299"
        cells = [row.split("\t") for row in page.inner_text("#status-table").split("\n") if "\t" in row]
        assert cells[1:] == [["ok", "299", "99.7 %", "–"], ["not converged", "1", "0.333 %", "5"]]
        # filters: a text, a range, both, none
        page.fill('input[data-column="film"]', "libf4")
        page.locator("#table-count", has_text="of 149").wait_for()
        page.fill('input[data-column="candidate"]', "0..99")
        page.locator("#table-count", has_text="of 49 ").wait_for()
        assert "pass the filters" in shown_rows(page)
        page.click("#clear")
        assert shown_rows(page) == "rows 1 to 20 of 299"
        # a click on a heading sorts
        first = "#ranking-table tbody tr:first-child td:nth-child(2)"
        page.click("#ranking-table th:nth-child(2)")
        assert page.inner_text(first) == "0"
        page.click("#ranking-table th:nth-child(2)")
        assert page.inner_text(first) == "299"
        page.click("#next")
        assert shown_rows(page) == "rows 21 to 40 of 299"
        walk(page)
        # every plot has its marks
        for place, least in (("#stack-plot .point", 20), ("#map-plot .point", 290), ("#pareto-plot .point", 299)):
            assert len(page.query_selector_all(place)) >= least, place
        # the pointer over a point and over a layer
        for plot, text in (("#map-plot .point", "candidate"), ("#stack-plot .point", "nm")):
            page.locator(plot).first.scroll_into_view_if_needed()
            page.locator(plot).first.hover(force=True)
            page.wait_for_selector(f"{plot.split()[0]} .hoverlayer .hovertext")
            assert text in page.text_content(f"{plot.split()[0]} .hoverlayer")
        # a range drawn along an axis of the parallel coordinates filters the table
        canvas = page.locator("#parallel-canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + 60, box["y"] + 90)
        page.mouse.down()
        page.mouse.move(box["x"] + 60, box["y"] + 250, steps=4)
        page.mouse.up()
        assert "pass the filters" in shown_rows(page)
        page.mouse.move(box["x"] + 110, box["y"] + 200)
        page.mouse.click(box["x"] + 60, box["y"] + 200)
        assert "of 299" in shown_rows(page)
        # other choices of the map and the front
        page.locator("#pareto-plot").scroll_into_view_if_needed()
        page.select_option("#map-colour", index=2)
        page.select_option("#pareto-y-best", "min")
        page.wait_for_timeout(300)
        assert "on the front" in page.inner_text("#pareto-count")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for _ in range(20):  # plots follow the window one by one
                page.wait_for_timeout(200)
                wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                if wide <= 0:
                    break
            assert wide <= 0, (width, wide)
        assert_quiet(page, path)


def test_prints_what_nobody_has_seen_yet(store, tmp_path):
    path = write_report(store, tmp_path / "report.html")
    with opened(path) as page:
        page.wait_for_function("window.Plotly")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        plots = page.evaluate(
            "[...document.querySelectorAll('.plot:not(.parallel)')].map((one) => one.querySelectorAll('.plot-container').length)"
        )
        assert len(plots) > 10
        assert set(plots) == {1}
        widths = page.evaluate("[...document.querySelectorAll('.js-plotly-plot')].map((one) => one._fullLayout.width)")
        assert max(widths) <= 700
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.evaluate("document.querySelector('#map-plot')._fullLayout.width") > 700
        assert_quiet(page, path)


def test_fit(tmp_path):
    store = known_fit(tmp_path / "F.zarr", posterior=known_posterior(divergent=3))
    path = write_report(store, tmp_path / "fit.html")
    with opened(path) as page:
        walk(page)
        assert FIT.format in page.inner_text("#provenance")
        assert "only a lower limit" in page.inner_text("#estimates")
        for plot in (
            "#curve-plot",
            "#residual-plot",
            "#profile-0",
            "#correlation-plot",
            "#cost-plot",
            "#start-plot",
            "#spectrum-plot",
            "#marginal-0",
            "#marginal-1",
            "#pair-0",
        ):
            assert page.query_selector(f"{plot} .plot-container"), plot
        assert "3 paths diverged" in page.inner_text("#posterior .note")
        assert "not to be relied on" in page.inner_text("body > main > .note")
        assert len(page.query_selector_all("#pair-0 .point")) == 800
        page.locator("#curve-axis").scroll_into_view_if_needed()
        page.select_option("#curve-axis", "time")
        page.locator("#curve-plot", has_text="time (s)").wait_for()
        assert_quiet(page, path)


def test_a_stranger_cannot_run_a_script(store, tmp_path):
    fit = write_report(known_fit(tmp_path / "F.zarr", HOSTILE), tmp_path / "fit.html")
    with opened(fit) as page:
        walk(page)
        assert page.evaluate("window.hacked === undefined && document.querySelectorAll('img').length === 0")
        assert "window.hacked" in page.inner_text("#targets")
        assert_quiet(page, fit)
    hostile = make_hostile(store, tmp_path / "hostile.zarr")
    path = write_report(hostile, tmp_path / "report.html")
    with opened(path) as page:
        walk(page)
        page.locator("#map-plot .point").first.hover(force=True)
        page.wait_for_timeout(200)
        assert page.evaluate("window.hacked === undefined")
        assert page.evaluate("document.querySelectorAll('img').length") == 0
        assert page.title().startswith("</script>")
        assert_quiet(page, path)


def test_sensitivity(store, tmp_path):
    known = known_sensitivity(two_films(150))
    path = write_report(store, tmp_path / "report.html", sensitivity=save_sensitivity(known, tmp_path / "S.zarr"))
    with opened(path) as page:
        walk(page)
        inputs = int(known.total_order[0, :, 0].notnull().sum())
        page.wait_for_selector("#indices-plot .bars .point")
        assert len(page.query_selector_all("#indices-plot .bars .point")) == 2 * inputs
        assert len(page.query_selector_all("#indices-plot .errorbar")) == 2 * inputs
        assert page.inner_text("#indices-table thead").strip().split("\t") == [
            *("input", "alone", "in total", "rank correlation", "local gradient")
        ]
        assert "± 0.060" in page.inner_text("#indices-table tbody tr:first-child")
        assert "4 of 64 samples left out" in page.inner_text("#indices-table")
        page.locator("#indices-film").scroll_into_view_if_needed()
        page.select_option("#indices-film", label="LiBF₄")
        page.select_option("#indices-output", label="peak potential at 10 mV s⁻¹")
        page.locator("#indices-table", has_text="V per").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert_quiet(page, path)
