"""Figures of curves, results, fits and films; matplotlib is imported when one is drawn."""
