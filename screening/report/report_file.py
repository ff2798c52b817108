"""The report of a store, written as one file."""

import os
import uuid
from pathlib import Path

from screening.errors import StudyError
from screening.store.new_file import check_new_file, not_writable


def write_report(
    store: str | os.PathLike[str],
    html: str | os.PathLike[str],
    *,
    sort: str | None = None,
    where: str | None = None,
    sensitivity: str | os.PathLike[str] | None = None,
) -> Path:
    """Write one self-contained page about a screening or a fit; a browser needs no network to show it."""
    from screening.fitting.fit_store import FIT
    from screening.report.page import render_page
    from screening.store.destination import local_path

    target = check_page_path(html)
    if FIT.stands_at(local_path(store)):
        from screening.report.fit_page import fit_payload

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
        from screening.report.screening_page import screening_payload

        page = render_page("screening", screening_payload(store, sort, where, sensitivity))
    staging = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging.write_text(page, encoding="utf-8")
        staging.replace(target)
    except OSError as error:
        raise not_writable(html, (error.strerror or "no reason given").lower(), "--html") from error
    finally:
        staging.unlink(missing_ok=True)
    return target


def check_page_path(path: str | os.PathLike[str]) -> Path:
    """Refuse a path that no page can be written to, before a store is read."""
    return check_new_file(path, (".html", ".htm"), "page", "a path that ends in .html", "report.html", "--html")
