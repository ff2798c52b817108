"""Designs on the unit cube and the distributions that map them to parameter values.

Everything is counter-based: candidate i has the same bits whatever the chunk that is asked for.
"""
