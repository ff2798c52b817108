"""Studies from the objects of the Python interface."""

from collections.abc import Sequence
from typing import Any

from screening.api.array_arguments import Quantity
from screening.api.electrodes import Couple, Metal
from screening.api.films import Electrolyte, Stack
from screening.api.protocols import AnyProtocol
from screening.api.simulate import tables_of
from screening.api.study_tables import expect, study_text
from screening.config.study import Study, study_of_tables


def make_study(
    films: Stack | Sequence[Stack],
    protocol: AnyProtocol,
    *,
    electrode: Metal | Couple | None = None,
    electrolyte: Electrolyte | None = None,
    temperature: Quantity = "298.15 K",
    samples: int | None = None,
    design: str = "sobol",
    seed: int = 0,
    outputs: Sequence[str] | None = None,
    curves: bool = False,
    title: str = "",
    **numerics: Any,
) -> Study:
    """A study of films in which quantities may be distributions or lists, as a study file has them.

    Args:
        films: the film variants, each with a name of its own.
        protocol: as in `sei.simulate`.
        electrode: lithium metal with 10 mA/cm2 exchange current density if left out.
        electrolyte: that of the first film if left out, or else the default `sei.Electrolyte`.
        temperature: of everything.
        samples: of each film; a grid or a table derives it.
        design: "sobol", "latin_hypercube", "random", "grid" (every combination) or "table" (lists together).
        seed: random seed.
        outputs: names of the outputs to store; all if left out.
        curves: whether the curves of every candidate are stored.
        title: free text.
        numerics: other keys of the table [numerics] of a study file.

    Returns:
        a study for `sei.run_study`, `sei.gradients` and `sei.sensitivity`; its `text` is a study file.

    Raises:
        StudyError: an input that cannot be used, in one line.

    Example:
        >>> import screening as sei
        >>> thickness = sei.Uniform("1 nm", "20 nm")
        >>> film = sei.Stack([sei.Layer("LiF", thickness, sei.LogUniform("1e-16 m^2/s", "1e-13 m^2/s"))], name="LiF")
        >>> study = sei.make_study([film, sei.Stack(name="bare")], sei.CV("0.3 V", "-0.5 V", "20 mV/s"), samples=16)
        >>> study.n_candidates
        32
    """
    listed = (films,) if isinstance(films, Stack) else tuple(films)
    for place, film in enumerate(listed):
        expect(film, Stack, "not a film", "sei.Stack([...], name=...)", "list stacks", f"films[{place}]")
    first = listed[0] if listed else Stack()
    raw = tables_of(first, protocol, electrode=electrode, electrolyte=electrolyte, temperature=temperature, title=title)
    sampling = {"design": design, "seed": seed} | ({} if samples is None else {"samples": samples})
    output = {"curves": curves} | ({} if outputs is None else {"outputs": list(outputs)})
    tables = (
        {"title": title, "sampling": sampling} | raw | {"film": [film.table() for film in listed], "output": output}
    )
    if numerics:
        tables["numerics"] = dict(numerics)
    return study_of_tables(tables, text=study_text(tables))
