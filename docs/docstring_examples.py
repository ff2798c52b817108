"""Griffe, which reads the docstrings for the documentation, knows a section `Examples`; ours are called `Example`."""

import re

import griffe


class ExampleSections(griffe.Extension):
    """Call the section what griffe calls it."""

    def on_object(self, *, obj, **_) -> None:
        """Rename the heading in the docstring of an object."""
        if obj.docstring is not None:
            obj.docstring.value = re.sub(
                r"(?m)^( *)Example:\s*(?=\S|\n)", r"\1Examples:\n\1    ", obj.docstring.value, count=1
            )
