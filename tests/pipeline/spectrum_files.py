"""Impedance spectra as the instruments write them, for the tests of their reader and of the fits to them."""

import numpy as np


def _table(head: str, rows: np.ndarray, form: str, between: str = "\t", end: str = "\n") -> str:
    return head + "".join(between.join(form.format(value) for value in row) + end for row in rows)


def spectrum_texts(frequency: np.ndarray, impedance: np.ndarray) -> dict[str, str]:
    """One spectrum in ohm in the layout of each program, by the name of a file."""
    f, re, im = frequency, impedance.real, impedance.imag
    size, degrees, none = np.abs(impedance), np.degrees(np.angle(impedance)), np.zeros_like(f)
    peis = [
        *("EC-Lab ASCII FILE", "Nb header lines : 12                          ", ""),
        *("Potentio Electrochemical Impedance Spectroscopy", "", "Run on channel : 1 (SN 30924)"),
        *("Electrode surface area : 0.001 cm²", "E (V)               0.0000", "vs.                 Emeas"),
        *("fi                  10.000", ""),
        "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t|Z|/Ohm\tPhase(Z)/deg\ttime/s\t<Ewe>/V\t<I>/mA\tCs/µF\tCp/µF\tcycle number\tI Range\t",
    ]
    eclab = np.stack([f, re, -im, size, degrees, none, none, none, none, none, none + 1, none + 11], 1)
    gamry = (
        "EXPLAIN\nTAG\tEISPOT\nTITLE\tLABEL\tPotentiostatic EIS\tTest &Identifier\nVDC\tPOTEN\t0.0\tF\tDC &Voltage (V)\n"
        "OCVCURVE\tTABLE\t1\n\tPt\tT\tVf\tVm\tAch\tOver\tTemp\n\t#\ts\tV vs. Ref.\tV\tV\tbits\tdeg C\n"
        "\t0\t0.25\t-3.4E-001\t-3.4E-001\t-5.5E-004\t..........a\t-327.67\nEOC\tQUANT\t-0.34\tOpen Circuit (V)\n"
        "ZCURVE\tTABLE\n\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZmod\tZphz\tIdc\tVdc\tIERange\n"
        "\t#\ts\tHz\tohm\tohm\tV\tohm\t°\tA\tV\t#\n"
    )
    zcurve = np.stack([none, none, f, re, im, none + 1, size, degrees, none, none, none + 9], 1)
    zview = np.stack([f, none + 0.01, none, none, re, im, none, none, none + 3], 1)
    zplot = (
        "ZPLOT2 ASCII\n  Measured Data, ZPlot:       3.2c\n  Date:                       10-12-2018\n"
        "  Null Configuration:         0,3,0,1,300000,1\n  Data Points:                56\n"
        "  Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\tErr\tRange\nEnd Comments\n"
    )
    z60w = (
        f'"Z60W Data File: Version 1.1"\n""\n""\n0,2,0,1,0.1,10000\n{len(f)}\n'
        "\"  Freq (Hz)    Ampl     Bias   Time(Sec)   Z'(a)    Z''(b)    GD   Err   Range\"\n"
    )
    chi = (
        "Feb. 20, 2020   15:55:08\nA.C. Impedance\nFile: c:\\a.bin\nData Source:  Experiment\nInstrument Model:  CHI660E\n"
        "Header: \nNote: \n\nInit E (V) = 0\nHigh Frequency (Hz) = 2e+6\nAmplitude (V) = 0.025\n\n"
        "Freq/Hz, Z'/ohm, Z\"/ohm, Z/ohm, Phase/deg\n\n"
    )
    palmsens = (
        "Date and time:,2025-01-01 12:00:00\nNotes:,\n\nMeasurement:,Impedance Spectroscopy\n"
        "freq / Hz,neg. Phase / °,Idc / uA,Z / Ohm,Z' / Ohm,Z'' / Ohm,Cs / F\n"
    )
    autolab = (
        "Procedure : film\nDescription\nt =  736.4 s\n"
        " f/Hz       \t Z'/Ohm     \t -Z''/Ohm   \t time/s    \t Edc/V     \t Idc/A     \t\n"
        f" {len(f)} \n"
    )
    nova = "Index;Frequency (Hz);Z' (Ω);-Z'' (Ω);Z (Ω);-Phase (°)\n"
    csv = np.stack([f, re, im], 1)
    polar = np.stack([f, size, -degrees], 1)
    return {
        "eclab.mpt": _table("\r\n".join(peis) + "\r\n", eclab, "{:.15E}", end="\r\n"),
        "gamry.DTA": gamry + _table("", zcurve, "{:.12g}").replace("\n", "\n\t").join(["\t", ""]).rstrip("\t"),
        "zplot.z": _table(zplot, zview, "{:.12E}"),
        "autolab_z60w.txt": _table(z60w, zview, "{:.15g}", ","),
        "chi.txt": _table(chi, np.stack([f, re, im, size, degrees], 1), "{:.12e}", ", "),
        "palmsens.csv": _table(palmsens, np.stack([f, -degrees, none, size, re, -im, none], 1), "{:.12g}", ","),
        "autolab.P00": _table(autolab, np.stack([f, re, -im, none, none, none], 1), " {:.12e}"),
        "nova.txt": _table(nova, np.stack([none, f, re, -im, size, -degrees], 1), "{:.12g}", ";"),
        "plain.csv": _table("f,Z',Z''\n", csv, "{:.17g}", ","),
        "decimal_comma.csv": _table("freq\tZre\t-Zim\n", csv * [1, 1, -1], "{:.12g}").replace(".", ","),
        "modulus.csv": _table("frequency,|Z|,-phase\n", polar, "{:.12g}", ","),
        "angular.csv": _table("omega (rad/s),Re(Z) (kOhm),Im(Z) (kOhm)\n", csv * [2 * np.pi, 1e-3, 1e-3], "{:.15g}", ","),
        "two_rows.csv": _table("Frequency,Z',-Z''\nHz,Ohm,Ohm\n", csv * [1, 1, -1], "{:.12g}", ","),
    }  # fmt: skip
