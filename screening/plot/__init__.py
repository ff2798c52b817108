"""Figures of curves and of screening results; matplotlib is imported when one is drawn."""
