"""Independent oracles (numpy, scipy only; nothing from kernels or screening) in one namespace.

Closed forms: oracle_closed_forms. Soluble couple by Abel-Volterra: oracle_couple. Layer stacks in the Laplace domain
and deposition through them: oracle_layers. Use: `from tests.reference import oracles`.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.reference.oracle_closed_forms import *  # noqa: F403
from tests.reference.oracle_couple import *  # noqa: F403
from tests.reference.oracle_layers import *  # noqa: F403


def reference_table(data_folder: Path, name: str) -> NDArray[np.float64]:
    """Numeric table [row, column] of `data_folder`/reference_tables/`name` without its header line.

    Arguments: data_folder, the test fixture `sei_data`. Errors: FileNotFoundError where the file is absent.
    Example: reference_table(sei_data, "nicholson_1965_psi_dEp.csv")[:, 0] -> psi
    """
    return np.loadtxt(data_folder / "reference_tables" / name, delimiter=",", skiprows=1)
