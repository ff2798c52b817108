"""Keys of the rate law of an electrode: which law, and the constants that it has."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import model_serializer, model_validator

from screening.config.environment import ThermalKeys
from screening.config.own_laws import RATE_LAWS
from screening.config.scalar import physical
from screening.errors import StudyError, unknown_name
from screening.sampling.distributions import Scalar

# Rate law, by the name of its file in kernels/kinetics -> its keys with their defaults; None: the study file must say.
LAW_KEYS: Mapping[str, Mapping[str, float | None]] = {
    "butler_volmer": {"transfer_coefficient": 0.5},
    "marcus_hush_chidsey": {"reorganisation_energy": None},
    "asymmetric_marcus_hush": {"reorganisation_energy": None, "asymmetry": None},
}
USUAL_LAW = "butler_volmer"


def _keys_of(law: str) -> Mapping[str, float | None]:
    """Keys of a rate law, with their defaults."""
    if law in RATE_LAWS:
        usual = LAW_KEYS[USUAL_LAW]
        return {name: usual.get(name) for name in RATE_LAWS[law].arguments[1:] if name != "temperature"}
    if law not in LAW_KEYS:
        raise unknown_name("kinetics", law, [*LAW_KEYS, *RATE_LAWS], where="kinetics")
    return LAW_KEYS[law]


class KineticsKeys(ThermalKeys):
    """Keys shared by all kinds of [electrode].

    Attributes:
        kinetics: rate law: "butler_volmer" (the default), "marcus_hush_chidsey", "asymmetric_marcus_hush", or one that
            `sei.register_rate_law` made known.
        reorganisation_energy: lambda (both laws of Marcus and Hush).
        asymmetry: gamma of the barrier (asymmetric Marcus-Hush).
        activation_energy: of exchange current density or rate constant; left out, the temperature does not move it.
    """

    kinetics: str = USUAL_LAW
    reorganisation_energy: Annotated[Scalar, physical("reorganisation_energy")] | None = None
    asymmetry: Annotated[Scalar, physical("asymmetry")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _keys_of_the_law(cls, raw: Any) -> Any:
        law = raw.get("kinetics", USUAL_LAW) if isinstance(raw, Mapping) else None
        if not isinstance(law, str):
            return raw
        own = _keys_of(law)
        for key in (key for keys in LAW_KEYS.values() for key in keys):
            if key in raw and key not in own:
                others = " or ".join(f'"{name}"' for name, keys in LAW_KEYS.items() if key in keys)
                raise StudyError(
                    "key that the rate law does not have",
                    got=f'{key} with kinetics = "{law}"',
                    expected=" and ".join(own),
                    fix=f"remove it, or set kinetics = {others}",
                    where=key,
                )
        for key, default in own.items():
            if key not in raw and default is None:
                raise StudyError(
                    "missing key",
                    got="nothing",
                    expected=f'what kinetics = "{law}" needs',
                    fix=f"add {key}",
                    where=key,
                )
        return {key: default for key, default in own.items() if default is not None} | dict(raw)

    @model_serializer(mode="wrap")
    def _without_unused(self, handler: Any) -> dict[str, Any]:
        """Leave out too what another law needs and the usual law's name, so that a new law does not change old digests."""
        unused = {key for keys in (*LAW_KEYS.values(), self.later_keys) for key in keys if getattr(self, key) is None}
        unused |= {"kinetics"} if self.kinetics == USUAL_LAW else set()
        return {key: value for key, value in handler(self).items() if key not in unused}
