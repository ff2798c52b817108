"""Dask's web pages about a run: only where asked for, only for this machine unless told otherwise."""

import http.client
import os
import sys
import urllib.request

import pytest

from screening.cli.app import run_command
from screening.errors import StudyError
from screening.run.batch_system import ClusterTable, _jobs
from screening.run.dask_cluster import local_workers, scheduler_at
from screening.run.dask_dashboard import allowed_origins, announce_dashboard, dashboard_address
from screening.run.workers import Placement
from tests.pipeline.listening import listening_addresses


@pytest.fixture(scope="module")
def client():
    with local_workers(1, dashboard=dashboard_address("0")) as client:
        yield client


def link_of(client, capsys) -> str:
    announce_dashboard(client, "127.0.0.1:0")
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.removeprefix("dashboard: ").strip()


def test_pages_answer_at_the_link(client, capsys):
    link = link_of(client, capsys)
    assert link.startswith("http://localhost:")
    with urllib.request.urlopen(link.replace("localhost", "127.0.0.1"), timeout=20) as answer:
        assert answer.status == 200
        assert b"Dask" in answer.read()


def test_pages_listen_on_loopback_only(client):
    listening = listening_addresses(client)
    assert len(listening) >= 3
    assert set(listening) == {"127.0.0.1"}


@pytest.mark.parametrize(("origin", "status"), [("http://stranger.example", 403), ("", 101)])
def test_pages_of_strangers_cannot_read_them(client, capsys, origin, status):
    """A browser that shows a stranger's page names it when that page opens a socket."""
    own = link_of(client, capsys).removesuffix("/status")
    place, origin = own.removeprefix("http://localhost:"), origin or own
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Origin": origin}
    connection = http.client.HTTPConnection("127.0.0.1", int(place), timeout=20)
    connection.request("GET", "/status/ws", headers={**headers, "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="})
    assert connection.getresponse().status == status
    connection.close()


def test_scheduler_of_others_has_its_link_told(client, capsys):
    with scheduler_at(client.scheduler.address) as other:
        announce_dashboard(other, None)
    said = capsys.readouterr().err.strip()
    assert said == f"dashboard: {link_of(client, capsys)}".replace("localhost", "127.0.0.1")


def test_a_link_that_does_not_answer_is_not_told(capsys):
    class Scheduler:
        dashboard_link = "http://127.0.0.1:1/status"

        def scheduler_info(self, n_workers):
            return {"services": {"dashboard": 1}}

    for address in (None, "127.0.0.1:1"):
        announce_dashboard(Scheduler(), address)  # type: ignore[arg-type]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("told", "address", "alone"),
    [
        ("0", "127.0.0.1:0", True),
        ("127.0.0.1:0", "127.0.0.1:0", True),
        ("localhost:0", "localhost:0", True),
        ("0.0.0.0:0", "0.0.0.0:0", False),
    ],
)
def test_address_is_of_this_machine_unless_a_host_is_told(told, address, alone):
    assert dashboard_address(told) == address
    assert bool(allowed_origins(address)) == alone


def test_port_that_is_taken_is_left_to_dask(client, capsys):
    taken = link_of(client, capsys).removesuffix("/status").rpartition(":")[2]
    assert dashboard_address(taken) == f"127.0.0.1:{taken}"


def test_address_of_another_machine_is_refused():
    with pytest.raises(StudyError, match=r'--dashboard: cannot listen there: got "192\.0\.2\.1:0" \(cannot assign'):
        dashboard_address("192.0.2.1:0")


@pytest.mark.parametrize("told", ["", ":8787", "yes", "host:", "-1", "65536", "::1:80", "a b:80", "x:8\n0", "²"])
def test_other_addresses_are_refused(told):
    with pytest.raises(StudyError, match=r"--dashboard: cannot be used: got .*PORT \(of this machine alone\) or HOST"):
        dashboard_address(told)


def test_missing_bokeh_says_which_extra_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed.dashboard.scheduler", None)
    command = ["run", "quick", "--workers", "1", "--dashboard", "0", "--out", str(tmp_path / "R.zarr")]
    assert run_command(command) == 2
    assert 'pip install "sei-screening[dashboard]"' in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_pages_need_a_dask_of_ours(tmp_path):
    with pytest.raises(StudyError, match="threads of this process have no dask pages"):
        Placement(dashboard="8787")
    with pytest.raises(StudyError, match=r"the scheduler has its own.*their link is printed"):
        Placement(scheduler="tcp://127.0.0.1:8786", dashboard="8787")
    (tmp_path / "k.toml").write_text('[cluster]\nkind = "kubernetes"\njobs = 1\nencrypt = false\n')
    pods = Placement(cluster=str(tmp_path / "k.toml"), dashboard="0")
    with pytest.raises(StudyError, match="Kubernetes has dask pages of its own"), pods.open(None):
        pass


def test_jobs_show_pages_where_the_command_or_the_file_says():
    def told(asked, **options):
        table = ClusterTable(kind="slurm", jobs=1, encrypt=False, options={"scheduler_options": options})
        return _jobs(table, asked)["scheduler_options"]

    assert told(None) == {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    assert told(None, port=8786, dashboard_address=":8787") == {
        "dashboard": True,
        "dashboard_address": ":8787",
        "port": 8786,
    }
    assert told("127.0.0.1:9", dashboard_address=":8787") == {"dashboard": True, "dashboard_address": "127.0.0.1:9"}
