"""The generated tables of docs/store.md: inputs, outputs, codes and attributes of a result store, from the registries."""

import re
from collections.abc import Iterator, Sequence

from kernels.status import MEANINGS
from screening.config.stored_inputs import _DERIVED
from screening.model.ammonia_outputs import AGED, AMMONIA_REGISTRY, PULSED
from screening.model.outputs import CURVE_STEP, REGISTRY, RUN, Output
from screening.model.reaction_branches import REACTION_REGISTRY, branch_outputs

# what must be in a study for the outputs of a group
WHEN = {
    "film": "always",
    "peak": "a protocol with a sweep",
    "charge": "always",
    "slope": "two or more scan rates",
    "end": "a protocol without a sweep, or with a held current",
    "curve": "`[output] curves = true`",
    "ammonia": "always",
    "reactions": "always",
    PULSED: '`model = "pulsed"`',
    AGED: "`ageing_time`",
}
ATTRIBUTES = {
    "Conventions": "CF-1.11: units, flags",
    "title": "of the study",
    "study": "text of the study file, with the rows of its own table of phases; `sei.parse_study` reads it",
    "samples": "number of samples of each film, where the command or a resume changed it",
    "digest": "SHA-256 of the checked study; two stores with the same digest hold the same candidates",
    "seed": "random seed",
    "package_version": "of sei-screening",
    "git_commit": "of a checkout, else empty",
    "jax_version": "of jax",
    "numpy_version": "of numpy",
    "stepping_compiler": "of the time steps, which decides last digits: llvmlite with its version, Triton or XLA",
    "device": "platform and kind",
    "platform": '"cpu" or "gpu"',
    "precision": "of the time stepping",
    "sign_convention": "oxidation positive",
    "rank_by": "what `sei-screen show` sorts by unless told; a minus sorts upwards",
    "format": "sei-screening results",
    "format_version": "1",
    "created": "when the store was begun, UTC",
    "n_candidates": "candidates of all films",
    "shard": "candidates of one shard: what is computed, written and resumed together",
    "variable_order": "names of the variables in the order of the study",
}


def _dims(out: Output) -> str:
    names = ("candidate", *((RUN,) if out.per_run else ()), *((CURVE_STEP,) if out.group == "curve" else ()))
    return ", ".join(names)


def _outputs(registry: Sequence[Output]) -> Iterator[str]:
    yield from ("| variable | dimensions | units | type | stored for | meaning |", "|---|---|---|---|---|---|")
    for out in registry:
        flags = f"; {', '.join(f'{code} {name}' for code, name in enumerate(out.flags))}" if out.flags else ""
        words = out.long_name.replace("|", "\\|") + flags
        yield f"| `{out.name}` | {_dims(out)} | {out.units} | {out.dtype} | {WHEN[out.group]} | {words} |"


def _status() -> Iterator[str]:
    yield from ("| code | `flag_meanings` | meaning |", "|---|---|---|")
    yield from (f"| {int(status)} | `{status.name.lower()}` | {words} |" for status, words in MEANINGS.items())


def _derived() -> Iterator[str]:
    yield from ("| variable | dimensions | units | meaning |", "|---|---|---|---|")
    for name, unit, words in _DERIVED.values():
        yield f"| `layerK_{name}` | candidate | {unit} | {words} of layer K |"
    yield "| `layerK_PHASE_fraction` | candidate | 1 | volume fraction of the phase that is the balance of a mixture |"


def _attributes() -> Iterator[str]:
    yield from ("| attribute | meaning |", "|---|---|")
    yield from (f"| `{name}` | {words} |" for name, words in ATTRIBUTES.items())


SECTIONS = {
    "derived inputs": _derived,
    "outputs": lambda: _outputs(REGISTRY),
    "ammonia outputs": lambda: _outputs(AMMONIA_REGISTRY),
    "reaction outputs": lambda: _outputs((*REACTION_REGISTRY, *branch_outputs("NAME"))),
    "status": _status,
    "attributes": _attributes,
}


def store_page(text: str) -> str:
    """The page with its generated tables written again.

    Args:
        text: of docs/store.md, with a pair of marks for each table.

    Returns:
        the text of the page.

    Raises:
        ValueError: a pair of marks is missing.
    """
    for name, lines in SECTIONS.items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise ValueError(f"docs/store.md: marks of {name!r} not there once, expected a comment 'generated: {name}'")
        table = "\n".join(lines())
        text = pattern.sub(lambda marks, table=table: f"{marks[1]}{table}\n{marks[2]}", text)
    return text
