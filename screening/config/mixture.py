"""Tables [[film.layer.mixture]]: the phases of a mixed layer and their volume fractions."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from screening.config.scalar import physical
from screening.config.transport_keys import TRANSPORT, TransportKeys, check_transport_closure, fill_transport
from screening.errors import StudyError, shown, unknown_name
from screening.materials.phases import Phase
from screening.materials.volume_fractions import LARGEST_SUM_ERROR, check_fractions
from screening.sampling.distributions import Fixed, Scalar

BALANCE = "balance"
RULE_KEYS = ("mixing_threshold", "mixing_exponent", "mixing_matrix")


class MixturePhase(TransportKeys):
    """Table [[film.layer.mixture]]: one phase of a mixed layer.

    Attributes:
        phase: name of a known phase.
        name: free name instead of, or beside, a phase.
        fraction: volume fraction, or "balance" (None here), what the others leave.
        diffusivity: (fickian).
        conductivity: (ohmic); that of the phase if neither it nor a barrier is given.
    """

    always_written: ClassVar[frozenset[str]] = frozenset({"fraction"})

    phase: str | None = None
    name: str | None = None
    fraction: Annotated[Scalar, physical("fraction")] | None
    diffusivity: Annotated[Scalar, physical("diffusivity")] | None = None
    conductivity: Annotated[Scalar, physical("conductivity")] | None = None

    @property
    def label(self) -> str:
        """Name in messages and tables."""
        return self.name or self.phase or ""

    @property
    def part(self) -> str:
        """The label as an identifier, for names of variables."""
        return re.sub(r"\W", "_", self.label)


def fill_mixture(raw: Mapping[str, Any], closure: str, known: Mapping[str, Phase]) -> list[Any]:
    """Check the phases of a mixed layer as written, and complete them from the table of phases."""
    entries = raw["mixture"]
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        expected = "tables [[film.layer.mixture]]"
        raise StudyError(
            "not a mixture", got=shown(entries), expected=expected, fix="write one a phase", where="mixture"
        )
    filled = []
    for number, entry in enumerate(entries):
        try:
            filled.append(_fill_phase(entry, closure, known))
        except StudyError as error:
            raise error.at(f"mixture[{number}]") from None
    _check_rule(raw, [str(entry.get("name") or entry.get("phase")) for entry in entries])
    return filled


def _fill_phase(raw: Mapping[str, Any], closure: str, known: Mapping[str, Phase]) -> dict[str, Any]:
    MixturePhase.check_keys(raw)
    phase = find_phase(raw, known)
    if "fraction" not in raw:
        fix = f'add fraction = 0.5, or fraction = "{BALANCE}" for what the others leave'
        raise StudyError("missing key", got="nothing", expected="a volume fraction", fix=fix, where="fraction")
    fraction = raw["fraction"]
    if isinstance(fraction, str) and not fraction.startswith("$") and re.fullmatch(r"[A-Za-z ]*", fraction):
        if fraction != BALANCE:
            raise unknown_name("fraction", fraction, [BALANCE], where="fraction")
        fraction = None
    check_transport_closure(raw, closure)
    return fill_transport({**raw, "fraction": fraction}, closure, phase, "phase")


def find_phase(raw: Mapping[str, Any], known: Mapping[str, Phase]) -> Phase | None:
    """The phase that a table names."""
    phase = raw.get("phase")
    if phase is None:
        if not raw.get("name"):
            fix = 'add phase = "LiF", or name = "..." for a material without an entry'
            raise StudyError("layer without a phase", expected=f"phase = one of {', '.join(known)}", fix=fix)
        return None
    if not isinstance(phase, str) or phase not in known:
        error = unknown_name("phase", str(phase), known, where="phase")
        other = 'for another material use name = "..." instead of phase'
        fix = f"{error.fix} {other}" if error.fix.endswith("?") else other
        raise StudyError(error.what, got=error.got, expected=error.expected, fix=fix, where="phase")
    return known[phase]


def _check_rule(raw: Mapping[str, Any], labels: Sequence[str]) -> None:
    # here, because only mixtures need the kernels (and so JAX) to be checked
    from kernels.mixing import MIXING_RULES
    from screening.materials.composition import find_rule

    if len(labels) < 2:
        fix = "name the phase in the layer itself, or add another"
        raise StudyError(
            "a mixture of one phase", got=str(len(labels)), expected="at least 2", fix=fix, where="mixture"
        )
    parts = [re.sub(r"\W", "_", label) for label in labels]
    for number, part in enumerate(parts):
        if part in parts[:number]:
            fix = 'give each its own name = "..."'
            raise StudyError("phase twice in a mixture", got=shown(labels[number]), fix=fix, where=f"mixture[{number}]")
    if "mixing_rule" not in raw:
        expected = f"one of {', '.join(MIXING_RULES)}"
        fix = 'add mixing_rule = "bruggeman"'
        raise StudyError("missing key", got="nothing", expected=expected, fix=fix, where="mixing_rule")
    try:
        rule = find_rule(str(raw["mixing_rule"]), len(labels))
    except StudyError as error:
        raise error.at("mixing_rule") from None
    for key in RULE_KEYS:
        if key in raw and key.removeprefix("mixing_") not in rule.parameters:
            takers = [name for name, other in MIXING_RULES.items() if key.removeprefix("mixing_") in other.parameters]
            expected = f"mixing_rule = {' or '.join(takers)}"
            got = f'mixing_rule = "{raw["mixing_rule"]}"'
            raise StudyError(f"{key} of a rule without it", got=got, expected=expected, fix=f"remove {key}", where=key)
    if "mixing_matrix" in raw and raw["mixing_matrix"] not in labels:
        raise unknown_name("phase of the mixture", str(raw["mixing_matrix"]), labels, where="mixing_matrix")


def check_mixture(phases: Sequence[MixturePhase]) -> None:
    """Refuse fractions that do not add up to one in every candidate."""
    given = {phase.label: phase.fraction for phase in phases if phase.fraction is not None}
    free = len(phases) - len(given)
    fixed = {label: fraction for label, fraction in given.items() if isinstance(fraction, Fixed)}
    if free > 1:
        fix = "give the others a fraction"
        raise StudyError("more than one balance", got=str(free), expected="one phase", fix=fix, where="mixture")
    if not free:
        if len(fixed) < len(given):
            raise StudyError(
                "volume fractions vary but none is the balance, so they cannot add up to 1 in every candidate",
                got=", ".join(given),
                expected=f'one fraction = "{BALANCE}"',
                fix="let one phase fill what the others leave",
                where="mixture",
            )
        try:
            check_fractions({label: fraction.value for label, fraction in fixed.items()})
        except StudyError as error:
            raise error.at("mixture") from None
        return
    most = math.fsum(fraction.bounds[1] for fraction in given.values())
    if most > 1 + LARGEST_SUM_ERROR:
        raise StudyError(
            "volume fractions can add up to more than 1",
            got=f"{most:.10g} at their upper ends",
            expected="at most 1, the rest is the balance",
            fix="lower the upper ends",
            where="mixture",
        )


def infer_closure(raw: Mapping[str, Any]) -> str:
    """The closure that follows from the transport keys of a layer and of its mixture."""
    entries = raw.get("mixture")
    tables = [raw, *(entry for entry in (entries if isinstance(entries, list) else ()) if isinstance(entry, Mapping))]
    keys = {key.removeprefix("grain_boundary_") for table in tables for key in table}
    if {"diffusivity", "conductivity"} <= keys:
        raise StudyError(
            "layer with two transport laws",
            got="both diffusivity and conductivity",
            expected="one of them",
            fix="remove one",
        )
    for closure, quantity in TRANSPORT.items():
        if quantity in keys:
            return closure
    if "migration_energy" in keys:
        fix = 'add closure = "fickian" (the barrier gives a diffusivity) or "ohmic" (a conductivity)'
        raise StudyError("a barrier without a closure", got="migration_energy alone", fix=fix, where="closure")
    return "ohmic"
