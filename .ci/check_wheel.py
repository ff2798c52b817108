"""Check that the one wheel in a folder holds every tracked file of the three packages, data files included.

Usage: python .ci/check_wheel.py dist        (`make wheel` calls it)
"""

import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGES = ("kernels", "screening", "experiments")


def missing_files(wheel: Path) -> list[str]:
    """Return the package files known to git, or new and not ignored by it, that the wheel lacks."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES]
    wanted = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    if not wanted:
        raise SystemExit(f"git lists no file under {', '.join(PACKAGES)}: run this in the repository root")
    return sorted(set(wanted) - set(zipfile.ZipFile(wheel).namelist()))


if __name__ == "__main__":
    (wheel,) = Path(sys.argv[1]).glob("*.whl")
    if missing := missing_files(wheel):
        raise SystemExit(f"{wheel.name} lacks {', '.join(missing)}: see tool.hatch in pyproject.toml")
    data = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith((".toml", ".csv", "py.typed"))]
    print(f"{wheel.name}: complete, with {len(data)} data files")
