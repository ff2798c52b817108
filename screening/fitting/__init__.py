"""Inverse fitting: from measured curves and numbers to layer properties, with an honest uncertainty."""
