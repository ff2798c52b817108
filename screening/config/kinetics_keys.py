"""Keys of the rate law of an electrode: which law, and the constants that it has."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import model_serializer, model_validator

from screening.config.environment import ThermalKeys
from screening.config.scalar import physical
from screening.errors import StudyError
from screening.sampling.distributions import Scalar

# Rate law, by the name of its file in kernels/kinetics -> its keys with their defaults; None: the study file must say.
LAW_KEYS: Mapping[str, Mapping[str, float | None]] = {
    "butler_volmer": {"transfer_coefficient": 0.5},
    "marcus_hush_chidsey": {"reorganisation_energy": None},
    "asymmetric_marcus_hush": {"reorganisation_energy": None, "asymmetry": None},
}
USUAL_LAW = "butler_volmer"


class KineticsKeys(ThermalKeys):
    """Keys shared by all kinds of [electrode].

    Attributes:
        kinetics: rate law: "butler_volmer" (the default), "marcus_hush_chidsey" or "asymmetric_marcus_hush".
        reorganisation_energy: lambda (both laws of Marcus and Hush).
        asymmetry: gamma of the barrier (asymmetric Marcus-Hush).
        activation_energy: of exchange current density or rate constant; left out, the temperature does not move it.
    """

    kinetics: Literal["butler_volmer", "marcus_hush_chidsey", "asymmetric_marcus_hush"] = USUAL_LAW
    reorganisation_energy: Annotated[Scalar, physical("reorganisation_energy")] | None = None
    asymmetry: Annotated[Scalar, physical("asymmetry")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _keys_of_the_law(cls, raw: Any) -> Any:
        law = raw.get("kinetics", USUAL_LAW) if isinstance(raw, Mapping) else None
        if not isinstance(law, str) or law not in LAW_KEYS:
            return raw
        own = LAW_KEYS[law]
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
