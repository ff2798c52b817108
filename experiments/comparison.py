"""A reference value beside a model value: its kind, its tolerance, and the verdict and distance that follow from the numbers."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

# what agreement of a row is worth, the most telling first; rows are listed and counted in this order
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "prediction": "no number of this source fixed any constant that the value depends on",
        "held out": "constants were fitted to other numbers of the source, never to this one",
        "fitted": "a calibration was given this number, or one that it follows from",
        "audit": "arithmetic, thermodynamic tables or literature against a printed number; nothing is fitted",
        "bound": "one-sided, or so wide that zero would agree: the value need only keep to a limit",
        "structural": "a direction or a zero that the form of the model gives whatever its constants are",
    }
)
# how a deviation is judged: |model - reference|, relative to the reference, in decades, or against a bound
TOLERANCES = ("absolute", "relative", "decades", "at_most", "at_least")
BOUNDS = ("at_most", "at_least")
VERDICTS = ("within", "outside", "not comparable")


@dataclass(frozen=True)
class Reference:
    """One published value and what counts as agreement with it.

    Attributes:
        key: name that the model's values are found by.
        quantity: in words.
        kind: a key of KINDS.
        unit: of value, uncertainty and an absolute tolerance; "1" for fractions.
        value: as printed; None where the source gives none.
        uncertainty: of the source; None where it states none.
        source: DOI or citation.
        place: in the source.
        tolerance: size, in the sense of its kind; a relative slack (0.05 is 5 %) for bounds.
        tolerance_kind: one of TOLERANCES.
        why: reason of the tolerance.
        note: what the reader has to know.
        outside: one sentence that explains why the model misses the value, shown where it does.
    """

    key: str
    quantity: str
    kind: str
    unit: str
    value: float | None
    uncertainty: float | None
    source: str
    place: str
    tolerance: float
    tolerance_kind: str
    why: str
    note: str = ""
    outside: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.key}: got {self.kind!r}, expected one of {', '.join(KINDS)}: choose one")
        if self.tolerance_kind not in TOLERANCES:
            raise ValueError(
                f"{self.key}: got {self.tolerance_kind!r}, expected one of {', '.join(TOLERANCES)}: choose one"
            )


@dataclass(frozen=True)
class Unreached:
    """Stands in the place of a model value where there is none.

    Attributes:
        reason: why the model gives none, in words.
    """

    reason: str


@dataclass(frozen=True)
class Row:
    """A reference, the model's value and what comes of the two.

    Attributes:
        reference: the published side.
        model: value in the reference's unit; None where not comparable.
        verdict: one of VERDICTS.
        reason: of the verdict, in words.
        distance: model less reference in standard uncertainties of the reference (see `standard_uncertainty`); None for
            bounds, which have none, and where nothing is compared.
    """

    reference: Reference
    model: float | None
    verdict: str
    reason: str
    distance: float | None = None


def read_references(name: str) -> tuple[Reference, ...]:
    """Reference values of an experiment, from experiments/data.

    Args:
        name: of the table, without ".csv".

    Returns:
        references in the order of the table.

    Example:
        >>> read_references("enrr_targets")[0].key
        'refuel_rate'
    """
    text = resources.files("experiments").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    numbers = ("value", "uncertainty", "tolerance")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        Reference(**{key: (float(word) if word else None) if key in numbers else word for key, word in row.items()})  # type: ignore[arg-type]
        for row in rows
    )


def compare(references: tuple[Reference, ...], values: Mapping[str, float | Unreached]) -> tuple[Row, ...]:
    """Put model values beside references.

    Args:
        references: of one experiment.
        values: by the references' keys, in their units.

    Returns:
        a row for every reference.

    Raises:
        KeyError: a reference without a model value, or a value without a reference.
    """
    known = {reference.key for reference in references}
    if known != set(values):
        missing, unknown = sorted(known - set(values)), sorted(set(values) - known)
        raise KeyError(f"references without a model value: {missing}; values without a reference: {unknown}")
    return tuple(judge(reference, values[reference.key]) for reference in references)


def judge(reference: Reference, value: float | Unreached) -> Row:
    """Verdict on one pair of values.

    Args:
        reference: the published side.
        value: the model's, in the same unit.

    Returns:
        Row; not comparable without a value on either side.

    Example:
        >>> published = Reference("u", "cell voltage", "held out", "V", 5.5, None, "doi", "text", 0.1, "relative", "rounding")
        >>> judge(published, 5.4).verdict, judge(published, 7.0).verdict
        ('within', 'outside')
    """
    if isinstance(value, Unreached):
        return Row(reference, None, "not comparable", value.reason)
    if reference.value is None:
        return Row(reference, float(value), "not comparable", "the source prints no number")
    if not math.isfinite(value):
        return Row(reference, None, "outside", "the model gives no finite value")
    words, excess = _deviation(reference, float(value))
    return Row(
        reference, float(value), "within" if excess <= 0 else "outside", words, _distance(reference, float(value))
    )


def standard_uncertainty(reference: Reference) -> float:
    """Standard uncertainty of a reference: that of the source, or half of the tolerance where it states none.

    Args:
        reference: two-sided, with a value.

    Returns:
        in the reference's unit; in decades where the tolerance is.

    Example:
        >>> standard_uncertainty(read_references("li_mediated")[0])
        0.015
    """
    if reference.tolerance_kind == "decades":
        return reference.tolerance / 2
    if reference.uncertainty:
        return reference.uncertainty
    scale = abs(reference.value or 0.0) if reference.tolerance_kind == "relative" else 1.0
    return scale * reference.tolerance / 2


def _distance(reference: Reference, value: float) -> float | None:
    """Deviation over the standard uncertainty; None for a bound, for a wrong sign and for an exact reference."""
    wanted = reference.value or 0.0
    if reference.tolerance_kind in BOUNDS or (reference.tolerance_kind == "decades" and value * wanted <= 0):
        return None
    uncertainty = standard_uncertainty(reference)
    if uncertainty == 0:
        return None
    if reference.tolerance_kind == "decades":
        return _settled(math.log10(value / wanted), 1.0) / uncertainty
    return _settled(value - wanted, abs(wanted) + uncertainty) / uncertainty


def _deviation(reference: Reference, value: float) -> tuple[str, float]:
    """The deviation in words, and by how much it exceeds the tolerance."""
    wanted, tolerance = reference.value or 0.0, reference.tolerance
    if reference.tolerance_kind == "absolute":
        difference = _settled(value - wanted, abs(wanted) + tolerance)
        return f"deviates by {difference:+.3g} {unit_text(reference.unit)}".rstrip(), abs(difference) - tolerance
    if reference.tolerance_kind == "relative":
        share = _settled((value - wanted) / abs(wanted), 1.0)
        return f"deviates by {100 * share:+.3g} %", abs(share) - tolerance
    if reference.tolerance_kind == "decades":
        if value * wanted <= 0:
            return "differs in sign", math.inf
        decades = _settled(math.log10(value / wanted), 1.0)
        return f"deviates by {decades:+.2g} decades", abs(decades) - tolerance
    below = reference.tolerance_kind == "at_most"
    slack = tolerance * abs(wanted)
    excess = value - wanted - slack if below else wanted - slack - value
    kept, bound = ("keeps" if excess <= 0 else "breaks"), ("upper" if below else "lower")
    factor = max(value / wanted, wanted / value) if value * wanted > 0 else math.nan
    size = f" by a factor of {factor:.2g}" if math.isfinite(factor) and factor >= 1.05 else ""
    return f"{kept} the {bound} bound{size}", excess


def _settled(difference: float, scale: float) -> float:
    """A difference without its rounding errors, which differ between machines."""
    return 0.0 if abs(difference) < 1e-9 * scale else difference


def unit_text(unit: str) -> str:
    """A unit as people read it: nothing for the unit "1"."""
    return "" if unit == "1" else unit


def tolerance_text(reference: Reference) -> str:
    """The tolerance in words.

    Args:
        reference: with its tolerance.

    Returns:
        such as "±5 %" or "at most".
    """
    size = reference.tolerance
    return {
        "absolute": f"±{size:g} {unit_text(reference.unit)}".rstrip(),
        "relative": f"±{100 * size:g} %",
        "decades": f"±{size:g} decades",
        "at_most": "at most" + (f", {100 * size:g} % slack" if size else ""),
        "at_least": "at least" + (f", {100 * size:g} % slack" if size else ""),
    }[reference.tolerance_kind]
