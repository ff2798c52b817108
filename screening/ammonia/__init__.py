"""Ammonia studies: what a cell with the candidate's film would reach."""
