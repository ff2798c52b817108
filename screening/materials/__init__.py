"""Known phases of solid-electrolyte interphases and their properties."""
