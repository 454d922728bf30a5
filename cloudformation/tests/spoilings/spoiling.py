from typing import NamedTuple

END = "\nOutputs:\n"


class Spoiling(NamedTuple):
    """A change to a template, as text for text, and the check that has to see it."""

    what: str
    check: str
    template: str
    old: str
    new: str


def added(what, check, template, resource):
    """A resource more than there should be."""
    return Spoiling(what, check, template, END, f"\n{resource}{END}")
