"""Addresses at which a dask client's processes, and this one, listen."""

import os
from typing import Any

import psutil


def listening_addresses(client: Any) -> list[str]:
    pids = {os.getpid(), *client.run(os.getpid).values()}
    return [
        connection.laddr.ip
        for pid in pids
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
