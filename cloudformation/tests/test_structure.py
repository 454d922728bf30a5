"""What must be true of the templates (checks/), and that the checks see it when it is not (spoilings.py)."""

import sys

import pytest
from checks import CHECKS, rights
from spoilings import ALL, THIRTEEN
from templates import NAMES, everything, parse, text

# What a check may fail with: it finds something else than it expects, or not at all.
SEEN = (AssertionError, KeyError, AttributeError, ValueError, TypeError)


@pytest.fixture(scope="module")
def templates():
    return everything()


def spoil(templates, spoilings):
    sources = {}
    for each in spoilings:
        source = sources.get(each.template, text(each.template))
        assert each.old in source, f"{each.what}: there is nothing to spoil any more"
        sources[each.template] = source.replace(each.old, each.new)
    return {**templates, **{name: parse(source) for name, source in sources.items()}}


def fails(check, templates):
    try:
        CHECKS[check](templates)
    except SEEN:
        return True
    return False


@pytest.mark.parametrize("name", CHECKS)
def test_holds(templates, name):
    CHECKS[name](templates)


@pytest.mark.parametrize("spoiling", ALL, ids=lambda spoiling: spoiling.what)
def test_is_noticed_when_spoiled(templates, spoiling):
    assert fails(spoiling.check, spoil(templates, [spoiling]))


@pytest.mark.parametrize("what", THIRTEEN)
def test_is_noticed_among_twelve_others(templates, what):
    (spoiling,) = [each for each in ALL if each.what == what]
    assert fails(spoiling.check, spoil(templates, [each for each in ALL if each.what in THIRTEEN]))


def test_every_check_is_seen_to_fail():
    assert set(CHECKS) - {each.check for each in ALL} == {"check_metrics_are_documented", "check_sizes"}
    assert len({each.what for each in ALL}) == len(ALL)
    assert len(THIRTEEN) == 13 and len(NAMES) >= 18


if __name__ == "__main__":
    if sys.argv[1:] == ["--write-statements"]:
        rights.write()
    else:
        print(f"{len(ALL)} harmful changes to copies of the templates, each noticed by the check for it; {len(CHECKS)} checks")
