"""The three kinds of study, and reading one from a file."""

import functools
import math
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import model_validator

from screening.config.ammonia_table import SHARED_BY_FILMS, AmmoniaTable
from screening.config.common_study import Study
from screening.config.electrode_tables import ElectrodeTable
from screening.config.file_text import every_fault, read_toml_text
from screening.config.joint_draws import embed_draws
from screening.config.own_phases import embed_phases
from screening.config.protocol import Protocol
from screening.config.reactions_table import ReactionsTable
from screening.config.segment import Segment
from screening.errors import StudyError, near_matches, shown
from screening.materials.contacts import LITHIUM
from screening.materials.phases import Phase


class VoltammetryStudy(Study):
    """A study that simulates a protocol at an electrode.

    Attributes:
        electrode: lithium metal or a soluble couple.
        protocol: the drive.
    """

    own_tables: ClassVar[tuple[str, ...]] = ("electrode", "protocol")
    elsewhere: ClassVar[tuple[str, ...]] = ("ammonia", "reactions")

    electrode: ElectrodeTable
    protocol: Protocol

    @functools.cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Segments of one protocol run."""
        return tuple(self.protocol.segments("protocol"))

    @property
    def protocol_text(self) -> str:
        """Kind of the protocol and its scan rates, in a few words, such as "cv at 10, 100 mV/s"."""
        rates = [f"{rate * 1e3:.4g}" for rate in self.scan_rates if not math.isnan(rate)]
        if not self.run_scan_rates:
            return self.protocol.kind
        return f"{self.protocol.kind} at {', '.join(rates) + ' mV/s' if rates else 'varied scan rate'}"

    @property
    def inner_neighbour(self) -> str:
        """Lithium, unless it is a couple that reacts at the electrode."""
        return LITHIUM if self.electrode.crosses_ohmic_layers else ""

    @property
    def has_activated_faces(self) -> bool:
        """A couple is not charged across an interface: its species cross as by a permeance."""
        return self.electrode.crosses_ohmic_layers and super().has_activated_faces

    def _electrolyte_faults(self) -> Iterator[StudyError]:
        if self.electrode.crosses_ohmic_layers:
            return super()._electrolyte_faults()
        return _faults_of_neutrals(self, "a dissolved couple", 'give diffusivity, or use [electrode] kind = "metal"')


class OperationStudy(Study):
    """A study whose candidates are one operating point each; no protocol is simulated."""

    @model_validator(mode="before")
    @classmethod
    def _no_voltammetry(cls, raw: Any) -> Any:
        for name in VoltammetryStudy.own_tables:
            if isinstance(raw, Mapping) and name in raw:
                raise StudyError(
                    f"table that {cls.called} does not have",
                    got=f"[{name}] beside [{cls.own_tables[0]}]",
                    expected="one of the two",
                    fix=f"remove [{name}], or run it as a study of its own",
                    where=name,
                )
        output = raw.get("output") if isinstance(raw, Mapping) else None
        if isinstance(output, Mapping) and output.get("curves") is True:
            raise StudyError(
                f"{cls.called} has no curves",
                got="curves = true",
                expected="false",
                fix="remove it",
                where="output.curves",
            )
        return raw


class AmmoniaStudy(OperationStudy):
    """A study that asks what an ammonia cell with each film would reach.

    Attributes:
        ammonia: operation of the cell.
    """

    own_tables: ClassVar[tuple[str, ...]] = ("ammonia",)
    called: ClassVar[str] = "an ammonia study"
    completed: ClassVar[frozenset[str]] = frozenset({"film"})
    # the first digests counted a stand-in electrode and protocol, and the stores that carry them must still resume
    assumed_tables: ClassVar[Mapping[str, Any]] = {
        "electrode": {
            "kind": "metal",
            "exchange_current_density": {"value": float("inf")},
            "transfer_coefficient": {"value": 0.5},
            "monolayer_inventory": {"value": 2.14e-05},
            "initial_inventory": {"value": 0.0},
            "series_resistance": {"value": 0.0},
            "double_layer_capacitance": {"value": 0.0},
        },
        "protocol": {"kind": "rest", "duration": {"value": 1.0}},
    }

    ammonia: AmmoniaTable

    @property
    def inner_neighbour(self) -> str:
        """The lithium that is deposited."""
        return LITHIUM

    @model_validator(mode="before")
    @classmethod
    def _whole_tables_of_films(cls, raw: Any) -> Any:
        """The own table of a film over the one that all films share."""
        shared, films = raw.get("ammonia"), raw.get("film")
        if not isinstance(shared, Mapping) or not isinstance(films, list | tuple):
            return raw
        whole = []
        for number, film in enumerate(films):
            own = film.get("ammonia") if isinstance(film, Mapping) else None
            if isinstance(own, Mapping):
                for key in own:
                    if key in SHARED_BY_FILMS:
                        what, where = "key of [ammonia] that all films share", f"film[{number}].ammonia.{key}"
                        fix = f"give {key} in [ammonia], or make two studies"
                        raise StudyError(what, got=shown(own[key]), fix=fix, where=where)
                film = {**film, "ammonia": {**shared, **own}}
            whole.append(film)
        return {**raw, "film": whole}


class ReactionStudy(OperationStudy):
    """A study that asks what reactions side by side carry at an electrode behind each film.

    Attributes:
        reactions: of the electrode.
    """

    own_tables: ClassVar[tuple[str, ...]] = ("reactions",)
    called: ClassVar[str] = "a study of reactions"

    reactions: ReactionsTable

    @property
    def has_activated_faces(self) -> bool:
        """What dissolved reactants cross, they cross as by a permeance."""
        return False

    def _electrolyte_faults(self) -> Iterator[StudyError]:
        if self.electrolyte.concentration is None:
            fix = 'add concentration = "0.65 mol/m^3"'
            yield StudyError("missing key", got="nothing", fix=fix, where="electrolyte.concentration")
        yield from _faults_of_neutrals(self, "a dissolved reactant", "give diffusivity")


def _faults_of_neutrals(study: Study, what: str, fix: str) -> Iterator[StudyError]:
    for number, film in enumerate(study.films):
        for position, layer in enumerate(film.layers):
            if layer.closure == "ohmic":
                yield StudyError(
                    f"{what} cannot cross a layer that conducts Li+ only",
                    got='closure = "ohmic"',
                    expected="a fickian layer",
                    fix=fix,
                    where=f"film[{number}].layer[{position}]",
                )
            if layer.interface_law == "butler_volmer" or layer.interface_exchange_current_density is not None:
                yield StudyError(
                    f"{what} is not charged across a face",
                    got="a Butler-Volmer face",
                    expected='interface_law = "permeance"',
                    fix="give interface_barrier with that law, or interface_permeance",
                    where=f"film[{number}].layer[{position}]",
                )


def load_study(path: str | Path, *, samples: int | None = None) -> Study:
    """Read and check a study file.

    Args:
        path: of the TOML file.
        samples: replaces the number of samples of the file.

    Returns:
        The study.

    Raises:
        StudyError: the file cannot be read or says something that cannot be run; one line for each fault, with its line.

    Example:
        >>> try:
        ...     load_study("no-such-study.toml")
        ... except StudyError as error:
        ...     print(error.fix)
        check the path
    """
    try:
        text = read_toml_text(path, "study file")
    except StudyError as error:
        siblings = [entry.name for entry in Path(path).parent.glob("*.toml")] if Path(path).parent.is_dir() else []
        near = near_matches(Path(path).name, siblings) if error.fix == "check the path" else []
        fix = f'did you mean "{near[0]}"?' if near else error.fix
        raise StudyError(error.what, got=error.got, expected=error.expected, fix=fix) from None
    with every_fault(text) as mended:
        folder = Path(path).parent
        return parse_study(embed_draws(embed_phases(mended, folder), folder), samples=samples)


def parse_study(text: str, *, samples: int | None = None, known_phases: Mapping[str, Phase] | None = None) -> Study:
    """Check the text of a study file.

    Args:
        text: TOML; `phases` must hold rows, because a text has no folder.
        samples: replaces the number of samples of the text.
        known_phases: phases that layers may name; the table that ships with the package if left out.

    Returns:
        The study.

    Raises:
        StudyError: what is wrong, where, and how to put it right; one line for each fault.

    Example:
        >>> study = parse_study('''
        ... [electrolyte]
        ... concentration = "2 mol/L"
        ... diffusivity = "2e-10 m^2/s"
        ... transference_number = 0.4
        ... diffusion_layer_thickness = "500 um"
        ... [electrode]
        ... kind = "metal"
        ... exchange_current_density = "10 mA/cm^2"
        ... [[film]]
        ... name = "one layer"
        ... [[film.layer]]
        ... phase = "LiF"
        ... thickness = { list = ["5 nm", "10 nm"] }
        ... diffusivity = "1e-15 m^2/s"
        ... [protocol]
        ... kind = "lsv"
        ... start_potential = "0.5 V"
        ... end_potential = "-0.5 V"
        ... scan_rates = ["10 mV/s", "100 mV/s"]
        ... ''', samples=2)
        >>> study.n_candidates, study.scan_rates
        (2, (0.01, 0.1))
    """
    with every_fault(text, lines=False) as mended:
        return study_of_tables(tomllib.loads(mended), text=mended, samples=samples, known_phases=known_phases)


def study_of_tables(
    raw: Mapping[str, Any], *, text: str, samples: int | None = None, known_phases: Mapping[str, Phase] | None = None
) -> Study:
    """The study of tables whose quantities may be ready scalars in SI units; [ammonia] or [reactions] say of which kind."""
    kind = AmmoniaStudy if "ammonia" in raw else ReactionStudy if "reactions" in raw else VoltammetryStudy
    return kind.read(raw, text, samples=samples, known_phases=known_phases)
