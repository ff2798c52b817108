"""Studies and reference tables that ship with the package; nothing imports this package."""
