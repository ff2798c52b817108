"""What JAX compiled is kept for the next command, unless somebody said otherwise."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from screening.cli.compile_cache import CHOICES, FOLDER, LARGEST, remember_compiled

COMMAND = "import sys; from screening.cli.app import main; main()"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_folder_is_the_users_own_and_bounded(cache):
    environment = {}
    remember_compiled(environment)
    folder = Path(environment[FOLDER])
    assert folder.is_relative_to(cache / "sei-screening")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert int(environment[LARGEST]) > 0


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_of_the_user_stands(cache, name):
    environment = {name: "mine"}
    remember_compiled(environment)
    assert environment == {name: "mine"}
    assert not cache.exists()


def test_folder_that_cannot_be_made_changes_nothing(cache):
    cache.write_text("a file in the way")
    environment = {}
    remember_compiled(environment)
    assert environment == {}


@pytest.mark.slow
def test_second_command_reads_what_the_first_compiled_and_computes_the_same(cache, tmp_path):
    # which compilations are long enough to be kept is JAX's own choice here
    others = (*CHOICES, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS")
    environment = {name: text for name, text in os.environ.items() if name not in others}
    kept = []
    for name in ("first", "second"):
        arguments = ["run", "quick", "--samples", "8", "--quiet", "--out", str(tmp_path / f"{name}.zarr")]
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=300
        )
        assert (done.returncode, done.stderr) == (0, "")
        kept.append({path.name for path in cache.rglob("*-cache")})
    assert kept[0]
    assert kept[1] == kept[0]
    stores = [xr.open_zarr(tmp_path / f"{name}.zarr") for name in ("first", "second")]
    for variable in stores[0].variables:
        assert stores[0][variable].values.tobytes() == stores[1][variable].values.tobytes()
