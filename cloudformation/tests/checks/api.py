"""API Gateway and the load balancer behind it."""

import hashlib
import json
import re

from checks.edge import origins
from templates import only, resources

PARTS = tuple(f"AWS::ApiGateway::{kind}" for kind in ("RestApi", "Resource", "Method", "GatewayResponse"))


def check_stream(templates):
    methods = list(resources(templates, "AWS::ApiGateway::Method"))
    assert {properties["HttpMethod"] for _, _, properties in methods} == {"GET", "HEAD", "OPTIONS"}
    for _, identity, properties in methods:
        integration = properties["Integration"]
        assert integration["ResponseTransferMode"] == "STREAM", identity
        assert integration["Type"] == "HTTP_PROXY", identity
        assert integration["ConnectionType"] == "VPC_LINK", identity
        assert integration["IntegrationTarget"] == {"Ref": "BalancerArn"}, identity
        assert integration["IntegrationHttpMethod"] == properties["HttpMethod"], identity
        assert integration["Uri"]["Fn::Sub"].startswith("https://"), identity
    api = only(templates, "AWS::ApiGateway::RestApi")
    assert "BinaryMediaTypes" not in api and api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def check_stage(templates):
    stage = only(templates, "AWS::ApiGateway::Stage")
    rules = [rule for _, _, rule in resources(templates, "AWS::ElasticLoadBalancingV2::ListenerRule")]
    (rewrite,) = [rule["Transforms"][0]["UrlRewriteConfig"]["Rewrites"][0] for rule in rules if "Transforms" in rule]
    path = f"/{stage['StageName']}/proxy-image/a//b%2Fc;d"
    assert re.sub(rewrite["Regex"], rewrite["Replace"].replace("$1", r"\1"), path) == "/proxy-image/a//b%2Fc;d"
    for origin in origins(templates):
        assert origin["OriginPath"]["Fn::If"][:2] == ["IsApiGateway", f"/{stage['StageName']}"]


def check_limits(templates):
    """Without them one client can use up the account's requests a second, which all APIs of a region share."""
    (settings,) = only(templates, "AWS::ApiGateway::Stage")["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"], settings["MetricsEnabled"]) == ("/*", "*", True)
    assert settings["ThrottlingRateLimit"] == {"Ref": "RateLimit"} and settings["ThrottlingBurstLimit"] == {"Ref": "BurstLimit"}
    assert not settings.get("CachingEnabled") and not settings.get("DataTraceEnabled")


def check_deployment(templates):
    """An API Gateway deployment is a snapshot: without a new one, changed methods are never served."""
    made = templates["api"]["Resources"]
    parts = {name: part for name, part in made.items() if part["Type"] in PARTS}
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]
    ((name, deployment),) = [(n, r) for n, r in made.items() if r["Type"] == "AWS::ApiGateway::Deployment"]
    assert str(deployment["Metadata"]["Digest"]) == digest, \
        f"the API has changed: rename {name} to the next number wherever it occurs, and set its digest to {digest}"
    assert set(deployment["DependsOn"]) == {n for n, p in parts.items() if p["Type"].endswith(("Method", "GatewayResponse"))}


def check_own_answers(templates):
    """What API Gateway refuses or fails by itself must not be kept, and a script may read what it was."""
    found = {p["ResponseType"]: p["ResponseParameters"] for _, _, p in resources(templates, "AWS::ApiGateway::GatewayResponse")}
    assert set(found) == {"DEFAULT_4XX", "DEFAULT_5XX"}
    for kind, headers in found.items():
        assert headers == {"gatewayresponse.header.Cache-Control": "'no-store'",
                           "gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}, kind


def check_balancer(templates):
    pairs = only(templates, "AWS::ElasticLoadBalancingV2::LoadBalancer")["LoadBalancerAttributes"]
    found = {pair["Key"]: pair["Value"] for pair in pairs}
    assert found["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert found["routing.http.desync_mitigation_mode"] == "defensive", "keys with blanks or umlauts would be 400"
    assert found["deletion_protection.enabled"] == {"Ref": "DeletionProtection"}
    assert templates["balancer"]["Parameters"]["DeletionProtection"]["Default"] == "true"
    assert int(found["idle_timeout.timeout_seconds"]) < 75, "the service closes idle connections after 75 s"
