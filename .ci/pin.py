"""Print constraints.txt: resolve every extra on each Python given, pin names and versions, fork where they differ.

Usage: python .ci/pin.py PYTHON [PYTHON ...] > constraints.txt        (`make constraints` calls it)
"""

import json
import subprocess
import sys

TARGET = ".[dev,docs,peers]"
HEADER = """\
# Versions that .ci/run passed with, names and versions only; `make constraints` writes this file.
# GPU plugins are not listed: each jax release asks for the exact ones it needs.
"""


def resolve(python: str) -> tuple[tuple[int, int], dict[str, str]]:
    """Return the Python version and the {name: version} that a fresh environment of that Python would install."""
    command = [python, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-", TARGET]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    major, minor = report["environment"]["python_version"].split(".")
    packages = (item["metadata"] for item in report["install"])
    pins = {package["name"].lower().replace("_", "-"): package["version"] for package in packages}
    del pins["sei-screening"]
    return (int(major), int(minor)), pins


def merge(resolved: dict[tuple[int, int], dict[str, str]]) -> list[str]:
    """Return one line a package, or one a Python version with an environment marker where the versions differ."""
    oldest, newest = min(resolved), max(resolved)
    lines = []
    for name in sorted(set().union(*resolved.values())):
        versions = {python: pins.get(name) for python, pins in resolved.items()}
        if len(set(versions.values())) == 1:
            lines.append(f"{name}=={versions[oldest]}")
            continue
        for python, version in versions.items():
            comparison = "<=" if python == oldest else ">=" if python == newest else "=="
            if version is not None:
                lines.append(f'{name}=={version} ; python_version {comparison} "{python[0]}.{python[1]}"')
    return lines


if __name__ == "__main__":
    print(HEADER + "\n".join(merge(dict(sorted(resolve(python) for python in sys.argv[1:])))))
