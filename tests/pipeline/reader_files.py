"""Small files as the instruments write them, for the tests of the readers."""

import re

import numpy as np

# two cycles between -0.2 and 0.3 V from 0 V, 10 mV apart, at 50 mV/s
_LEG = np.concatenate([np.arange(0, 30), np.arange(30, -20, -1), np.arange(-20, 0)]) / 100
POTENTIAL = np.concatenate([_LEG, _LEG, [0.0]])
TIME = np.arange(len(POTENTIAL)) * 0.2
CURRENT = 1e-5 * np.sin(7 * POTENTIAL) + 2e-6 * np.sign(np.gradient(POTENTIAL))
CYCLE = np.repeat([1, 2], [len(_LEG), len(_LEG) + 1])
SCAN_RATE = 0.05


def eclab_text(header_lines: int = 60, comma: bool = True, end: str = "\r\n", area: str = "cm²") -> str:
    """An EC-Lab export with the usual kind of header."""
    settings = [
        "",
        "Cyclic Voltammetry",
        "",
        "Run on channel : 1 (SN 14990)",
        f"Electrode surface area : 0,001 {area}",
        "dE/dt               50,000",
        "dE/dt unit          mV/s",
    ]
    head = ["EC-Lab ASCII FILE", f"Nb header lines : {header_lines:<10d}", *settings][: header_lines - 1]
    head += ["vs.                 Ref"] * (header_lines - 1 - len(head))
    names = "mode\tox/red\terror\tcontrol/V\tEwe/V\t<I>/mA\tcycle number\ttime/s\t"
    rows = [
        f"2\t1\t0\t{e + 0.0007:.7E}\t{e:.7E}\t{i * 1e3:.15E}\t{c:.15E}\t{t:.15E}"
        for e, i, c, t in zip(POTENTIAL, CURRENT, CYCLE.astype(float), TIME, strict=True)
    ]
    text = end.join([*head, names, *rows]) + end
    return text.replace(".", ",") if comma else text


def chi_text(with_time: bool = False, between: bool = False) -> str:
    """A CH Instruments text file."""
    head = """May 5, 2024   10:11:12
Cyclic Voltammetry
File: c:\\data\\cv.bin
Data Source:  Experiment
Instrument Model:  CHI650E
Header:
Note:

Init E (V) = 0
High E (V) = 0.3
Low E (V) = -0.2
Init P/N = P
Scan Rate (V/s) = 0.05
Segment = 4
Sample Interval (V) = 0.01
Quiet Time (sec) = 2
Sensitivity (A/V) = 1e-5

"""
    names = "Potential/V, Current/A" + (", Charge/C, Time/sec" if with_time else "")
    rows = []
    for k, (e, i, t) in enumerate(zip(POTENTIAL, CURRENT, TIME, strict=True)):
        if between and k in (0, 31):
            rows.append(f"Segment {k // 31 + 1}:\nEp = 0.123V\nip = 1.2e-5A\n")
        rows.append(f"{e:.3f}, {i:.3e}" + (f", {0.0:.3e}, {t:.3e}" if with_time else ""))
    segments = "" if between else "Segment 1:\nEp = 0.123V\nip = 1.2e-5A\n\nSegment 2:\n\n"
    return head + segments + names + "\n\n" + "\n".join(rows) + "\n"


def nova_text(delimiter: str = ";", comma: bool = False) -> str:
    """An ASCII export of NOVA."""
    names = [
        "Potential applied (V)",
        "Time (s)",
        "WE(1).Current (A)",
        "WE(1).Potential (V)",
        "Scan",
        "Index",
        "Q+",
        "Q-",
    ]
    rows = [
        [f"{e + 0.001:.7G}", f"{t:.7G}", f"{i:.9G}", f"{e:.7G}", str(c), str(k), "1.2E-05", "3.4E-05"]
        for k, (e, i, c, t) in enumerate(zip(POTENTIAL, CURRENT, CYCLE, TIME, strict=True), 1)
    ]
    if comma:
        rows = [[cell.replace(".", ",") for cell in row] for row in rows]
    return "\r\n".join(delimiter.join(row) for row in [names, *rows]) + "\r\n"


def gamry_text(comma: bool = False, curves: bool = True) -> str:
    """A Gamry .DTA file; a table for each cycle, and an open-circuit curve before them."""
    settings = (
        "EXPLAIN\nTAG\tCV\nTITLE\tLABEL\tCyclic Voltammetry\tTest &Identifier\nDATE\tLABEL\t5/5/2024\tDate\n"
        "NOTES\tNOTES\t1\tNotes...\n\t\nSCANRATE\tQUANT\t5.00000E+001\tScan &Rate (mV/s)\n"
        "AREA\tQUANT\t1.00000E+000\tSample &Area (cm^2)\n"
        "OCVCURVE\tTABLE\t1\n\tPt\tT\tVf\tVm\tAch\n\t#\ts\tV vs. Ref.\tV\tV\n\t0\t0.5\t9.9E-001\t9.9E-001\t0.0\n"
        "EOC\tQUANT\t9.9E-001\tOpen Circuit (V)\n"
    )
    names = "\tPt\tT\tVf\tIm\tVu\tSig\tAch\tIERange\tOver\tCycle\n\t#\ts\tV vs. Ref.\tA\tV\tV\tV\t#\tbits\t#\n"
    text = settings
    for cycle in (1, 2) if curves else (None,):
        chosen = np.flatnonzero(np.isin(CYCLE, cycle or (1, 2)))
        text += f"CURVE{cycle or ''}\tTABLE\t{len(chosen)}\n" + names
        for k in chosen:
            text += (
                f"\t{k}\t{TIME[k]:.5E}\t{POTENTIAL[k]:.5E}\t{CURRENT[k]:.8E}\t0.00000E+000\t{POTENTIAL[k]:.5E}"
                f"\t1.0E-003\t9\t..........a\t{CYCLE[k] - 1}\n"
            )
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text) if comma else text


def csv_text(
    names: tuple[str, ...] = ("t/s", "E (V)", "I/mA"), delimiter: str = ",", comma: bool = False, factor: float = 1e3
) -> str:
    """Plain columns of time, potential and current times a factor."""
    rows = [[f"{t:.6g}", f"{e:.6g}", f"{i * factor:.9e}"] for t, e, i in zip(TIME, POTENTIAL, CURRENT, strict=True)]
    if comma:
        rows = [[cell.replace(".", ",") for cell in row] for row in rows]
    return "\n".join(delimiter.join(row) for row in [list(names), *rows]) + "\n"
