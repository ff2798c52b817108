"""The report of a store, written as one file."""

import os
from pathlib import Path

from screening.errors import StudyError
from screening.fitting.fit_store import FIT
from screening.report.fit_page import fit_payload
from screening.report.page import render_page
from screening.report.screening_page import screening_payload
from screening.results.export import replacing
from screening.store.destination import store_place
from screening.store.new_file import check_new_file


def write_report(
    store: str | os.PathLike[str],
    html: str | os.PathLike[str],
    *,
    sort: str | None = None,
    where: str | None = None,
    sensitivity: str | os.PathLike[str] | None = None,
) -> Path:
    """Write one self-contained page about a screening or a fit; a browser needs no network to show it."""
    target = check_page_path(html)
    place = store_place(store)
    if isinstance(place, Path) and FIT.stands_at(place):
        given = {"--sort": sort, "--where": where, "--sensitivity": sensitivity}
        if any(value is not None for value in given.values()):
            raise StudyError(
                "a fit has no candidates to rank",
                got=next(name for name, value in given.items() if value is not None),
                expected="none of --sort, --where and --sensitivity",
                fix="leave it out",
            )
        page = render_page("fit", fit_payload(store))
    else:
        page = render_page("screening", screening_payload(store, sort, where, sensitivity))
    with replacing(target, "--html") as staging:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging.write_text(page, encoding="utf-8")
    return target


def check_page_path(path: str | os.PathLike[str]) -> Path:
    """Refuse a path that no page can be written to, before a store is read."""
    return check_new_file(path, (".html", ".htm"), "page", "a path that ends in .html", "report.html", "--html")
