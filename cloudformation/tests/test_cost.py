"""docs/cost.md says what docs/cost.py computes, and the arithmetic is right."""

import pathlib
import re
import subprocess
import sys

import pytest

DOCS = pathlib.Path(__file__).parent.parent.parent / "docs"
sys.path.insert(0, str(DOCS))
import cost  # noqa: E402


def test_tables_are_those_of_the_script():
    written = re.search(r"<!-- cost\.py -->\n(.*)<!-- /cost\.py -->", (DOCS / "cost.md").read_text(), re.DOTALL)[1]
    assert written == "\n".join(cost.lines(cost.INPUTS)) + "\n", "put the output of docs/cost.py into docs/cost.md"


def test_a_view_that_always_hits_costs_both_the_same_but_for_the_function():
    assert cost.per_view(cost.INPUTS, 1) == pytest.approx(cost.per_view_lambda(cost.INPUTS, 1) + cost.INPUTS["function"])


def test_by_hand():
    p = {**cost.INPUTS, "size": 0, "shield_share": 1, "shield_hit": 0.5, "memory_hit": 0.5, "redis_hit": 0.25}
    # Half of all views miss, half of those get to the origin, a quarter of those to S3.
    assert cost.per_view(p, 0.5) == pytest.approx(1.2e-6 + 0.1e-6 + 0.5 * 0.9e-6 + 0.25 * (3.5e-6 + 0.6e-6 + 0.25 * 0.44e-6))
    assert cost.per_view_lambda(p, 0.5) == pytest.approx(1.2e-6 + 0.5 * (3.5e-6 + 0.2e-6 + 0.6 * 16.7e-6 + 0.44e-6))


def test_large_images_cost_steps_of_the_api():
    p = {**cost.INPUTS, "edge_gb": 0}
    one, three = (cost.per_view({**p, "size": size}, 0.9) for size in (10e-3, 25e-3))
    assert three - one == pytest.approx(2 * cost.origin_requests(p, 0.9) * p["api_request"])


def test_break_even_is_where_both_cost_the_same():
    views = cost.break_even(cost.INPUTS, 0.8)
    assert views * cost.per_view_lambda(cost.INPUTS, 0.8) == pytest.approx(
        cost.per_month(cost.INPUTS) + views * cost.per_view(cost.INPUTS, 0.8))


def test_never_is_said_where_nothing_is_saved():
    assert cost.break_even({**cost.INPUTS, "lambda_seconds": 0, "lambda_request": 0, "api_request": 0, "s3_get": 0}, 0.8) is None


def test_takes_prices_and_refuses_others():
    run = [sys.executable, str(DOCS / "cost.py")]
    assert "$0 before" in subprocess.run([*run, "regions=0"], capture_output=True, text=True, check=True).stdout
    refused = subprocess.run([*run, "prize=1"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "prize is no input" in refused.stderr
