"""Measured curves from instrument files, and their corrections as explicit, recorded steps."""
