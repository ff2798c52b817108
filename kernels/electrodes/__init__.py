"""Electrodes, one file each: what is consumed and produced at the surface, and how its activities follow the current."""
