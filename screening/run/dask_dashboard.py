"""Dask's own web pages about a run: where they listen, and their link."""

import errno
import http.client
import importlib
import re
import socket
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

from screening.errors import StudyError, shown
from screening.store.new_file import reason_of

if TYPE_CHECKING:
    from distributed import Client

LOOPBACK = "127.0.0.1"
ANSWER_SECONDS = 5
# Dask's "*" lets any page of the same browser read these ones through a socket; none means localhost at their port.
ORIGINS = {"distributed.scheduler.dashboard.bokeh-application.allow_websocket_origin": []}


def dashboard_address(told: str) -> str:
    """Where the pages shall listen."""
    host, _, port = told.strip().rpartition(":")
    host = LOOPBACK if told.strip() == port else host
    if (
        not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", host)
        or not re.fullmatch(r"[0-9]{1,5}", port)
        or int(port) > 65535
    ):
        raise StudyError(
            "cannot be used",
            got=shown(told),
            expected="PORT (of this machine alone) or HOST:PORT",
            fix="write 8787, or 0.0.0.0:8787 where everyone on the network may look",
            where="--dashboard",
        )
    try:
        with socket.create_server((host, int(port))):
            pass
    except OSError as error:
        if error.errno != errno.EADDRINUSE:  # dask takes another port then, which the link tells
            raise StudyError(
                "cannot listen there",
                got=f"{shown(told)} ({reason_of(error)})",
                expected="an address and a port of this machine that you may use",
                fix="write 8787",
                where="--dashboard",
            ) from None
    try:
        importlib.import_module("distributed.dashboard.scheduler")
    except ImportError:
        raise StudyError(
            "bokeh is not installed, which draws dask's pages",
            got=shown(told),
            expected="the extra `dashboard`",
            fix='pip install "sei-screening[dashboard]", or leave --dashboard out',
            where="--dashboard",
        ) from None
    return f"{host}:{port}"


def scheduler_options(address: str | None) -> dict[str, Any]:
    """What makes a dask scheduler show its pages at an address, or not at all."""
    return {"dashboard": address is not None, "dashboard_address": address or f"{LOOPBACK}:0"}


def allowed_origins(address: str | None) -> dict[str, Any]:
    """Settings of dask under which the pages answer only to browsers that opened them here."""
    return ORIGINS if address is not None and address.rpartition(":")[0] in (LOOPBACK, "localhost") else {}


def announce_dashboard(client: "Client", address: str | None) -> None:
    """Print the link of the pages on stderr, where the scheduler has any and they answer."""
    if address is None:
        link = client.dashboard_link if _port(client) else ""
    else:
        host = address.rpartition(":")[0]
        # under this name the pages answer, and all addresses of a machine include it
        link = f"http://{'localhost' if host in (LOOPBACK, '0.0.0.0') else host}:{_port(client)}/status"
    if link and _answers(link):
        print(f"dashboard: {link}", file=sys.stderr, flush=True)


def _answers(link: str) -> bool:
    """Whether pages come from there; a proxy would answer for pages that are not."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(link, timeout=ANSWER_SECONDS):
            return True
    except (OSError, ValueError, http.client.HTTPException):
        return False


def _port(client: "Client") -> int | None:
    return client.scheduler_info(n_workers=0).get("services", {}).get("dashboard")
