#!/usr/bin/env python3
"""What a million views cost: this design and the Lambda one. Prints the tables of docs/cost.md.

    docs/cost.py                               with the prices below
    docs/cost.py api_request=0 size=2e-3       with others; sizes in GB, prices in US dollars
    docs/cost.py month regions=1 service:InstanceSize=xlarge ...   a month of these parameters of the templates, in dollars

A price is per unit, not per million. Everything is an assumption to be replaced by your own figures.
"""

import json
import pathlib
import sys

M = 1_000_000
HOURS = 730

INPUTS = {
    # The images and their viewers
    "size": 0.5e-3,              # GB of an average image
    "memory_hit": 0.6,           # share of the origin's requests that memory answers, and
    "redis_hit": 0.3,            # share that the regional cache answers; the rest reads S3
    "regions": 2,
    # CloudFront, for both designs
    "edge_request": 1.2e-6,      # HTTPS request
    "edge_gb": 0.10,             # to viewers, a mix of Australia and Europe
    # This design only
    "function": 0.1e-6,          # CloudFront Functions, each view
    "shield_request": 0.9e-6,    # Origin Shield, each request that reaches it
    "shield_share": 0.7,         # share of edge misses for which the shield is one more layer
    "shield_hit": 0.4,           # share of edge misses that the shield answers
    "waf_request": 0.6e-6,       # 0 with Waf=No or FrontDoor=VpcOrigin
    # A month of one region of this design
    "instances": 2,
    "instance_hour": 0.095,
    "cache_nodes": 4,
    "cache_hour": 0.21,
    "balancer_hour": 0.035,      # with one LCU
    "nat_gateways": 3,
    "nat_hour": 0.059,
    "addresses": 0,              # of instances that have some instead of NAT gateways
    "address_hour": 0.005,
    "waf_month": 6,              # the API's web ACL and its rule; 0 with Waf=No or FrontDoor=VpcOrigin
    "metric_month": 0.30,        # one metric of CloudWatch that AWS does not give away
    "service_metrics": 35,       # of a region: the service's own by their dimensions, and sums of the agent's
    "api_metrics": 15,           # of a region: five of each method; 0 with FrontDoor=VpcOrigin
    "instance_metrics": 21,      # of an instance: detailed monitoring, and what the agent measures, twice
    "alarm_month": 0.10,
    "alarms": 25,                # of a region
    "log_gb": 2,                 # of an instance in a month: its log, and the events that metrics are made of
    "log_gb_price": 0.60,
    "secrets": 3,                # of a region
    "secret_month": 0.40,
    "polls": 131_400,            # of an instance at its queue: one every 20 s, whether anything happens or not
    "queue_request": 0.4e-6,
    "edge_month": 6,             # once: more metrics of the distribution, the dashboard, its alarms, a secret
    # The front door of both, for each request that reaches an origin
    "api_request": 3.5e-6,       # REST API; 0 with FrontDoor=VpcOrigin
    "s3_get": 0.44e-6,
    # The Lambda design: one region, no shield, no cache of its own
    "lambda_request": 0.2e-6,
    "lambda_gb_second": 16.7e-6,
    "lambda_gb": 1.0,
    "lambda_seconds": 0.6,       # half of the 500-800 ms of a first request are spent waiting in it
}

INSTANCE_HOUR = {
    "Graviton": {"medium": 0.048, "large": 0.095, "xlarge": 0.19, "2xlarge": 0.38, "4xlarge": 0.76},   # c8g
    "Burstable": {"small": 0.021, "medium": 0.042, "large": 0.085, "xlarge": 0.17, "2xlarge": 0.34},   # t4g
}
CACHE_HOUR = {  # Valkey
    "cache.t4g.micro": 0.016, "cache.t4g.small": 0.033, "cache.t4g.medium": 0.065, "cache.m7g.large": 0.16, "cache.m7g.xlarge": 0.32,
    "cache.r7g.large": 0.21, "cache.r7g.xlarge": 0.42, "cache.r7g.2xlarge": 0.84, "cache.r7g.4xlarge": 1.68,
}
# What ./deploy --size stands for.
SIZES = json.loads((pathlib.Path(__file__).parent.parent / "cloudformation/sizes.json").read_text())


def of_parameters(parameters, regions):
    """The inputs of a month, from parameters of the templates."""
    instances = int(parameters["service:MinSize"])
    nat = {"PerZone": int(parameters["network:ZoneCount"]), "One": 1, "None": 0}[parameters["network:NatGateways"]]
    return {
        "regions": regions,
        "instances": instances,
        "instance_hour": INSTANCE_HOUR[parameters["service:InstanceFamilies"]][parameters["service:InstanceSize"]],
        "cache_nodes": int(parameters["cache:Shards"]) * (1 + int(parameters["cache:ReplicasPerShard"])),
        "cache_hour": CACHE_HOUR[parameters["cache:NodeType"]],
        "nat_gateways": nat,
        "addresses": instances if parameters["network:PublicAddresses"] == "Yes" else 0,
    }


def of_size(name):
    return {**INPUTS, **of_parameters(SIZES[name]["parameters"], SIZES[name]["regions"])}


def viewers(p):
    """What CloudFront takes for a view in either design."""
    return p["edge_request"] + p["size"] * p["edge_gb"]


def origin_requests(p, hit):
    """How many requests of a view get to this design's origin."""
    return (1 - hit) * (1 - p["shield_hit"])


def per_view(p, hit):
    """This design, without what a month costs anyway."""
    shield = (1 - hit) * p["shield_share"] * p["shield_request"]
    s3 = (1 - p["memory_hit"] - p["redis_hit"]) * p["s3_get"]
    steps = max(1, -(-p["size"] // 10e-3))  # API Gateway counts each 10 MB begun as a request
    return viewers(p) + p["function"] + shield + origin_requests(p, hit) * (p["api_request"] * steps + p["waf_request"] + s3)


def watching(p):
    """What a month of one region costs besides what serves: the gate, metrics, alarms, logs, secrets, an idle queue."""
    metrics = p["service_metrics"] + p["api_metrics"] + p["instances"] * p["instance_metrics"]
    instance = p["log_gb"] * p["log_gb_price"] + p["polls"] * p["queue_request"]
    return (p["waf_month"] + metrics * p["metric_month"] + p["alarms"] * p["alarm_month"] + p["secrets"] * p["secret_month"]
            + p["instances"] * instance)


def per_month(p):
    """This design, before anybody has looked at an image."""
    edge = p["edge_month"] if p["regions"] else 0
    return edge + p["regions"] * (watching(p) + HOURS * (
        p["instances"] * p["instance_hour"] + p["cache_nodes"] * p["cache_hour"]
        + p["balancer_hour"] + p["nat_gateways"] * p["nat_hour"] + p["addresses"] * p["address_hour"]))


def per_view_lambda(p, hit):
    """The Lambda design; images over 6 MB it cannot serve at all."""
    work = p["lambda_request"] + p["lambda_gb"] * p["lambda_seconds"] * p["lambda_gb_second"]
    return viewers(p) + (1 - hit) * (p["api_request"] + work + p["s3_get"])


def break_even(p, hit):
    """Views a month from which this design is the cheaper one, or None."""
    saved = per_view_lambda(p, hit) - per_view(p, hit)
    return per_month(p) / saved if saved > 0 else None


HITS = (0.5, 0.8, 0.9, 0.95, 0.99)


def table(p):
    yield "| CloudFront hit ratio | origin requests | this design, use | Lambda, use | cheaper from |"
    yield "|---|---|---|---|---|"
    for hit in HITS:
        views = break_even(p, hit)
        yield (f"| {hit:.0%} | {origin_requests(p, hit) * M:,.0f} | ${per_view(p, hit) * M:,.2f} "
               f"| ${per_view_lambda(p, hit) * M:,.2f} | {f'{views / M:,.0f} million views a month' if views else 'never'} |")


def totals(p):
    yield "| views a month | " + " | ".join(f"{hit:.0%}: this, Lambda" for hit in HITS[1:]) + " |"
    yield "|---|" + "---|" * len(HITS[1:])
    for views in (M, 10 * M, 100 * M, 1000 * M):
        cells = [f"${(per_month(p) / views + per_view(p, hit)) * M:,.0f}, ${per_view_lambda(p, hit) * M:,.0f}" for hit in HITS[1:]]
        yield f"| {views / M:,.0f} million | " + " | ".join(cells) + " |"


def sizes():
    yield "| `--size` | regions | instances | cache nodes | way out | a month, before the first view | with 10 million views | Lambda, 10 million views |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, size in SIZES.items():
        p, known = of_size(name), size["parameters"]
        family = {"Graviton": "c8g", "Burstable": "t4g"}[known["service:InstanceFamilies"]]
        way = f"{p['nat_gateways']} NAT gateways" if p["nat_gateways"] else "addresses of their own"
        yield (f"| `{name}` | {p['regions']} | {p['instances']} {family}.{known['service:InstanceSize']} "
               f"| {p['cache_nodes']} {known['cache:NodeType'].removeprefix('cache.')} | {way} | ${per_month(p):,.0f} "
               f"| ${per_month(p) + 10 * M * per_view(p, 0.9):,.0f} | ${10 * M * per_view_lambda(p, 0.9):,.0f} |")


def lines(p):
    yield "Sizes; instances, nodes and gateways in each region, views at 90 % hits:"
    yield ""
    yield from sizes()
    yield ""
    yield f"The tables below are for `standard`, whose month costs ${per_month(p):,.0f} before the first view."
    yield ""
    yield "Per million views, without that:"
    yield ""
    yield from table(p)
    yield ""
    yield "The same with `FrontDoor=VpcOrigin`, which has no API Gateway and no WAF in front of the origin:"
    yield ""
    # The Lambda design keeps its API: its price is moved to where only that design pays it.
    yield from table({**p, "api_request": 0, "waf_request": 0, "waf_month": 0, "api_metrics": 0, "lambda_request": p["lambda_request"] + p["api_request"]})
    yield ""
    yield "Per million views, with it (two regions, API Gateway):"
    yield ""
    yield from totals(p)


def month(given):
    """Dollars of a month, as a whole number: what ./deploy check prints."""
    parameters = dict(SIZES["standard"]["parameters"])
    parameters.update(each.partition("=")[::2] for each in given)
    regions = int(parameters.pop("regions", 2))
    return f"{per_month({**INPUTS, **of_parameters(parameters, regions)}):.0f}"


def main():
    if sys.argv[1:2] == ["month"]:
        print(month(sys.argv[2:]))
        return
    inputs = dict(INPUTS)
    for given in sys.argv[1:]:
        name, _, value = given.partition("=")
        if name not in inputs:
            sys.exit(f"{name} is no input; there are: {', '.join(inputs)}")
        inputs[name] = float(value)
    print("\n".join(lines(inputs)))


if __name__ == "__main__":
    main()
