"""docs/cost.md says what docs/cost.py computes, and the arithmetic is right."""

import math
import pathlib
import re
import subprocess
import sys

import pytest
import yaml
from templates import FOLDER, everything, resources

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


@pytest.mark.parametrize(("size", "by_hand"), [
    # edge; what watches: web ACL, metrics, alarms, secrets, of an instance logs and polls; instances, cache nodes, load balancer,
    # NAT gateways or addresses, in an hour
    ("small", 6 + (6 + 71 * 0.3 + 2.5 + 1.2 + 1 * 1.25256) + 730 * (0.021 + 0.016 + 0.035 + 0.005)),
    ("standard", 6 + 2 * ((6 + 92 * 0.3 + 2.5 + 1.2 + 2 * 1.25256) + 730 * (2 * 0.095 + 4 * 0.21 + 0.035 + 3 * 0.059))),
    ("large", 6 + 2 * ((6 + 113 * 0.3 + 2.5 + 1.2 + 3 * 1.25256) + 730 * (3 * 0.19 + 6 * 0.42 + 0.035 + 3 * 0.059))),
])
def test_a_month_of_each_size(size, by_hand):
    assert cost.per_month(cost.of_size(size)) == pytest.approx(by_hand)
    given = [f"{name}={value}" for name, value in cost.SIZES[size]["parameters"].items()]
    assert cost.month([f"regions={cost.SIZES[size]['regions']}", *given]) == f"{by_hand:.0f}"


# How many values a label of the service's metrics has; docs/metrics.md lists them.
VALUES = {"tier": 5, "result": 3, "use": 2, "kind": 2, "backend": 2}


def test_metrics_alarms_and_secrets_are_as_many_as_there_are():
    role = FOLDER.parent / "ansible/roles/image_origin"
    sent = yaml.safe_load((role / "vars/main.yml").read_text())["image_origin_cloudwatch_metrics"]
    own = sum(len(each["metrics"]) * math.prod(VALUES[name] for name in names) for each in sent for names in each["dimensions"])
    agent = re.findall(r"'measurement': \[(.*?)\]", (role / "templates/amazon-cloudwatch-agent.json.j2").read_text())
    measured = sum(len(each.split(",")) for each in agent)
    templates = everything()
    methods = len(list(resources(templates, "AWS::ApiGateway::Method")))
    alarms = [name for name, _, _ in resources(templates, "AWS::CloudWatch::Alarm")]
    p = cost.INPUTS
    assert p["service_metrics"] == own + measured, own + measured
    assert p["instance_metrics"] == 7 + 2 * measured and p["api_metrics"] == 5 * methods
    assert p["alarms"] == len(alarms) - alarms.count("edge-alarms"), alarms


def test_tables_are_of_the_standard_size():
    assert cost.of_size("standard") == cost.INPUTS


def test_sizes_are_values_that_the_templates_take():
    for size in cost.SIZES.values():
        for name, value in size["parameters"].items():
            template, _, parameter = name.partition(":")
            slot = everything()[template]["Parameters"][parameter]
            assert value in [str(each) for each in slot.get("AllowedValues", [value])], name
            assert slot["Type"] != "Number" or "MinValue" not in slot or slot["MinValue"] <= int(value), name


def test_standard_is_what_the_templates_do_by_themselves():
    for name, value in cost.SIZES["standard"]["parameters"].items():
        template, _, parameter = name.partition(":")
        assert str(everything()[template]["Parameters"][parameter]["Default"]) == value, name


def test_takes_prices_and_refuses_others():
    run = [sys.executable, str(DOCS / "cost.py")]
    assert "$0 before" in subprocess.run([*run, "regions=0"], capture_output=True, text=True, check=True).stdout
    refused = subprocess.run([*run, "prize=1"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "prize is no input" in refused.stderr
