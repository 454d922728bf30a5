"""CloudFront."""

import json
import re

from templates import FOLDER, branches, only, resources

SHIELD_REGIONS = {
    "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "eu-central-1", "eu-west-1",
    "eu-west-2", "me-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-2",
}


def distribution(templates):
    return only(templates, "AWS::CloudFront::Distribution")["DistributionConfig"]


def origins(templates):
    return [origin for entry in distribution(templates)["Origins"] for origin in branches(entry)]


def check_shields(templates):
    found = origins(templates)
    assert [origin["Id"] for origin in found] == ["home", "second"]
    for origin, name in zip(found, ("Home", "Second")):
        assert origin["OriginShield"] == {"Enabled": True, "OriginShieldRegion": {"Ref": f"{name}Region"}}, name
        assert origin["DomainName"] == {"Ref": f"{name}OriginDomainName"}, name
        slot = templates["edge"]["Parameters"][f"{name}Region"]
        assert set(slot["AllowedValues"]) - {""} == SHIELD_REGIONS, f"{name}Region: not the regions that have a shield"
        assert set(templates["edge-function"]["Parameters"][f"{name}Region"]["AllowedValues"]) == SHIELD_REGIONS
        assert origin["ConnectionAttempts"] * origin["ConnectionTimeout"] <= 5, f"{name}: failing over takes too long"


def check_failover(templates):
    ((group,),) = [branch["Items"] for branch in branches(distribution(templates)["OriginGroups"])]
    codes = group["FailoverCriteria"]["StatusCodes"]["Items"]
    assert {500, 502, 503, 504} < set(codes) and not {401, 403, 404} & set(codes)
    assert [member["OriginId"] for member in group["Members"]["Items"]] == ["home", "second"]
    written = re.search(r"FAILURES = (\[.*\]);", (FOLDER / "edge-function.js").read_text())[1]
    assert json.loads(written) == codes, "function and group fail over differently"


def check_error_ttls(templates):
    errors = {e["ErrorCode"]: e["ErrorCachingMinTTL"] for e in distribution(templates)["CustomErrorResponses"]}
    assert set(errors) == {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
    assert all(errors[code] == 0 for code in errors if code < 500), "a refusal would be kept for those who may"
    assert all(0 < errors[code] <= 10 for code in errors if code >= 500)


def check_cache_key(templates):
    policy = only(templates, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["CookiesConfig"] == {"CookieBehavior": "none"} and key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert policy["MinTTL"] == 0, "no-store would be overridden"
    assert policy["DefaultTTL"] == 0, "what says nothing of caching, such as a 401, would be kept"
    assert policy["MaxTTL"] == 365 * 24 * 3600
    headers = [header for branch in branches(key["HeadersConfig"]) for header in branch.get("Headers", [])]
    assert headers == ["Origin"]
    sent = only(templates, "AWS::CloudFront::OriginRequestPolicy")["OriginRequestPolicyConfig"]
    assert sent["CookiesConfig"] == {"CookieBehavior": "none"}, "with cookies requests are not collapsed"
    listed, everything, rest = branches(sent["HeadersConfig"])
    assert "Authorization" in listed["Headers"] and rest == {"HeaderBehavior": "allExcept", "Headers": ["Host"]}
    assert everything == {"HeaderBehavior": "allViewer"}
    rules = templates["edge-policies"]["Rules"]
    for rule, door, headers in (("HostForVpcOrigin", "VpcOrigin", "AllExceptHost"), ("NoHostForApiGateway", "ApiGateway", "AllViewer")):
        assert rules[rule]["RuleCondition"] == {"Fn::Equals": [{"Ref": "FrontDoor"}, door]}
        (assertion,) = rules[rule]["Assertions"]
        assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ForwardedHeaders"}, headers]}]}


def check_response_headers(templates):
    policy = only(templates, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    hidden = {"Fn::If": ["HidesCacheTag", {"Items": [{"Header": "Cache-Tag"}]}, {"Ref": "AWS::NoValue"}]}
    assert policy["RemoveHeadersConfig"] == hidden, "viewers would see the ids of projects"
    assert templates["edge-policies"]["Parameters"]["HideCacheTag"]["Default"] == "Yes"
    transport = policy["SecurityHeadersConfig"]["StrictTransportSecurity"]
    assert transport["Override"] is True and transport["AccessControlMaxAgeSec"] == {"Ref": "HstsSeconds"}
    assert templates["edge-policies"]["Parameters"]["HstsSeconds"]["Default"] >= 180 * 24 * 3600
    assert policy["SecurityHeadersConfig"]["ContentTypeOptions"] == {"Override": True}
    condition, nothing, cors = policy["CorsConfig"]["Fn::If"]
    assert condition == "IsForEverybody" and nothing == {"Ref": "AWS::NoValue"}, "cookies of everybody's scripts would count"
    assert cors["AccessControlAllowOrigins"] == {"Items": {"Fn::Split": [",", {"Ref": "AllowedOrigins"}]}}
    assert cors["AccessControlAllowCredentials"] is True and cors["OriginOverride"] is True
    service = (FOLDER.parent / "src/main/java/ai/doxle/imageorigin/web/response/CorsHeaders.java").read_text()
    for name, key in (("EXPOSED", "AccessControlExposeHeaders"), ("ALLOWED", "AccessControlAllowHeaders")):
        said = re.search(rf"{name} = List\.of\(([^)]*)\)", service)[1]
        assert cors[key] == {"Items": re.findall(r'"([^"]+)"', said)}, "service and edge say different things"


def check_regions(templates):
    rule = templates["edge"]["Rules"]["WhereApiGatewayIs"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "FrontDoor"}, "ApiGateway"]}
    regions = [{"Ref": "HomeRegion"}, {"Ref": "SecondRegion"}]
    assert rule["Assertions"][0]["Assert"] == {"Fn::Not": [{"Fn::Contains": [regions, "me-central-1"]}]}


def check_behaviour(templates):
    behaviour = distribution(templates)["DefaultCacheBehavior"]
    assert distribution(templates)["HttpVersion"] == "http2and3"
    assert distribution(templates)["CacheTagConfig"] == {"HeaderName": "cache-tag"}
    assert behaviour["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"] and behaviour["CachedMethods"] == ["GET", "HEAD"]
    assert behaviour["Compress"] is False
    assert distribution(templates)["Enabled"] is True and "CacheBehaviors" not in distribution(templates)
    assert behaviour["CachePolicyId"] == {"Ref": "CachePolicyId"}
    assert behaviour["OriginRequestPolicyId"] == {"Ref": "OriginRequestPolicyId"}
    assert behaviour["ResponseHeadersPolicyId"] == {"Ref": "ResponseHeadersPolicyId"}
    assert behaviour["TrustedKeyGroups"]["Fn::If"] == ["IsSigned", [{"Ref": "KeyGroupId"}], {"Ref": "AWS::NoValue"}]
    assert templates["edge"]["Conditions"]["IsSigned"] == {"Fn::Equals": [{"Ref": "ViewerAccess"}, "SignedCookies"]}
    assert templates["edge"]["Parameters"]["ViewerAccess"]["Default"] == "SignedCookies"
    delivery = only(templates, "AWS::Logs::Delivery")
    assert not {"cs(Cookie)", "cs-uri-query"} & set(delivery["RecordFields"]), "cookies would be in the log"


def check_web_acl(templates):
    assert distribution(templates)["WebACLId"] == {"Fn::If": ["HasWebAcl", {"Ref": "WebAclArn"}, {"Ref": "AWS::NoValue"}]}
