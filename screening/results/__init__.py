"""Stores read back: ranked, filtered, exported."""
