"""CloudFront."""

import json
import re

from templates import FOLDER, branches, only, resources

NOTHING = {"Ref": "AWS::NoValue"}
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # of AWS, as its documentation lists it
SHIELD_REGIONS = {
    "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "eu-central-1", "eu-west-1",
    "eu-west-2", "me-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-2",
}


def distribution(templates):
    return only(templates, "AWS::CloudFront::Distribution")["DistributionConfig"]


def origins(templates):
    """Those of image-origin; an application beside it is none."""
    return [origin for entry in distribution(templates)["Origins"] for origin in branches(entry) if origin["Id"] != "application"]


def behaviours(templates):
    """(of images, of sessions)"""
    images, sessions = distribution(templates)["CacheBehaviors"]
    condition, session, nothing = sessions["Fn::If"]
    assert condition == "IsSigned" and nothing == NOTHING
    assert images["PathPattern"] == {"Fn::Sub": "${ImagePath}/*"} and session["PathPattern"] == {"Fn::Sub": "${ImagePath}-session"}
    return images, session


def groups(templates):
    (found,) = branches(distribution(templates)["OriginGroups"])
    assert found["Quantity"] == {"Fn::If": ["IsSigned", 2, 1]}
    images, sessions = found["Items"]
    assert sessions["Fn::If"][0] == "IsSigned"
    return images, sessions["Fn::If"][1]


def check_shields(templates):
    found = origins(templates)
    assert [origin["Id"] for origin in found] == ["home", "second", "home-session", "second-session"]
    for origin, name in zip(found, ("Home", "Second")):
        assert origin["OriginShield"] == {"Enabled": True, "OriginShieldRegion": {"Ref": f"{name}Region"}}, name
        assert origin["DomainName"] == {"Ref": f"{name}OriginDomainName"}, name
        slot = templates["edge"]["Parameters"][f"{name}Region"]
        assert set(slot["AllowedValues"]) - {""} == SHIELD_REGIONS, f"{name}Region: not the regions that have a shield"
        assert set(templates["edge-function"]["Parameters"][f"{name}Region"]["AllowedValues"]) == SHIELD_REGIONS
        assert origin["ConnectionAttempts"] * origin["ConnectionTimeout"] <= 5, f"{name}: failing over takes too long"


def check_failover(templates):
    for group, suffix in zip(groups(templates), ("", "-session")):
        codes = group["FailoverCriteria"]["StatusCodes"]["Items"]
        assert {500, 502, 503, 504} < set(codes) and not {401, 403, 404} & set(codes)
        assert [member["OriginId"] for member in group["Members"]["Items"]] == [f"home{suffix}", f"second{suffix}"]
    written = re.search(r"FAILURES = (\[.*\]);", (FOLDER / "edge-function.js").read_text())[1]
    assert json.loads(written) == codes, "function and group fail over differently"


def check_error_ttls(templates):
    errors = {e["ErrorCode"]: e["ErrorCachingMinTTL"] for e in distribution(templates)["CustomErrorResponses"]}
    assert set(errors) == {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
    assert all(errors[code] == 0 for code in errors if code < 500), "a refusal would be kept for those who may"
    assert all(0 < errors[code] <= 10 for code in errors if code >= 500)


def request_policies(templates):
    return {identity: policy["OriginRequestPolicyConfig"]
            for _, identity, policy in resources(templates, "AWS::CloudFront::OriginRequestPolicy")}


def check_cache_key(templates):
    policy = only(templates, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["CookiesConfig"] == {"CookieBehavior": "none"} and key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert policy["MinTTL"] == 0, "no-store would be overridden"
    assert policy["DefaultTTL"] == 0, "what says nothing of caching, such as a 401, would be kept"
    assert policy["MaxTTL"] == 365 * 24 * 3600
    assert key["HeadersConfig"] == {"HeaderBehavior": "none"}, "an image would be kept for each page or viewer"
    sent = request_policies(templates)["OriginRequestPolicy"]
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
    hidden = [{"Header": "X-Origin-Verify"}, {"Header": "X-Viewer-Access"}, {"Fn::If": ["HidesCacheTag", {"Header": "Cache-Tag"}, NOTHING]}]
    assert policy["RemoveHeadersConfig"] == {"Items": hidden}, "viewers would see the ids of projects, or what the edge says to origins"
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
    behaviour, _ = behaviours(templates)
    assert distribution(templates)["HttpVersion"] == "http2and3"
    assert distribution(templates)["CacheTagConfig"] == {"HeaderName": "cache-tag"}
    assert behaviour["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"] and behaviour["CachedMethods"] == ["GET", "HEAD"]
    assert behaviour["Compress"] is False
    assert distribution(templates)["Enabled"] is True
    assert behaviour["CachePolicyId"] == {"Ref": "CachePolicyId"}
    assert behaviour["OriginRequestPolicyId"] == {"Ref": "OriginRequestPolicyId"}
    assert behaviour["ResponseHeadersPolicyId"] == {"Ref": "ResponseHeadersPolicyId"}
    assert behaviour["TrustedKeyGroups"]["Fn::If"] == ["IsSigned", [{"Ref": "KeyGroupId"}], {"Ref": "AWS::NoValue"}]
    assert templates["edge"]["Conditions"]["IsSigned"] == {"Fn::Equals": [{"Ref": "ViewerAccess"}, "SignedCookies"]}
    assert templates["edge"]["Parameters"]["ViewerAccess"]["Default"] == "SignedCookies"
    delivery = only(templates, "AWS::Logs::Delivery")
    assert not {"cs(Cookie)", "cs-uri-query"} & set(delivery["RecordFields"]), "cookies would be in the log"


def check_sessions(templates):
    """A token becomes cookies: nobody has any yet, nothing may be kept, and Set-Cookie has to get through."""
    images, session = behaviours(templates)
    assert "TrustedKeyGroups" not in session, "who has no cookies could get none"
    assert session["CachePolicyId"] == CACHING_DISABLED, "cookies of one viewer would be another's"
    assert session["OriginRequestPolicyId"] == {"Ref": "SessionRequestPolicyId"}
    assert session["ResponseHeadersPolicyId"] == {"Ref": "ResponseHeadersPolicyId"}
    assert session["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"], "an origin group takes no others"
    assert session["ViewerProtocolPolicy"] == "https-only"
    home, group = groups(templates)
    assert images["TargetOriginId"] == {"Fn::If": ["HasSecond", home["Id"], "home"]}
    assert session["TargetOriginId"] == {"Fn::If": ["HasSecond", group["Id"], "home-session"]}
    assert session["FunctionAssociations"] == images["FunctionAssociations"]
    policies = request_policies(templates)
    sent = policies["SessionRequestPolicy"]
    assert sent["CookiesConfig"] == {"CookieBehavior": "all"}, "CloudFront would drop Set-Cookie"
    assert sent["QueryStringsConfig"] == {"QueryStringBehavior": "all"}, "the service would not know for which projects"
    assert sent["HeadersConfig"] == policies["OriginRequestPolicy"]["HeadersConfig"]
    assert {"Authorization", "Origin"} < {header for header in sent["HeadersConfig"]["Fn::If"][1]["Headers"] if isinstance(header, str)}
    key = templates["api"]["Resources"]["Key"]["Properties"]
    assert key["PathPart"] == "{proxy+}" and key["ParentId"] == {"Fn::GetAtt": ["Api", "RootResourceId"]}, "the API knows images only"
    outputs = templates["edge-policies"]["Outputs"]
    assert outputs["SessionRequestPolicyId"]["Value"] == {"Ref": "SessionRequestPolicy"}
    assert outputs["OriginRequestPolicyId"]["Value"] == {"Ref": "OriginRequestPolicy"}


def check_viewer_access(templates):
    """The service takes the header for a proof that cookies were checked: only where a key group is looked at may it be sent."""
    edge = distribution(templates)
    images, session = behaviours(templates)
    guarded = {"Fn::If": ["IsSigned", [{"Ref": "KeyGroupId"}], NOTHING]}
    assert images["TrustedKeyGroups"] == guarded
    said = {"Fn::If": ["IsSigned", {"HeaderName": "X-Viewer-Access", "HeaderValue": "signed-cookies"}, NOTHING]}
    for origin in origins(templates):
        verify, *more = origin["OriginCustomHeaders"]
        assert verify["HeaderName"] == "X-Origin-Verify"
        assert more == ([] if origin["Id"].endswith("-session") else [said]), origin["Id"]
    default = edge["DefaultCacheBehavior"]
    assert default["TrustedKeyGroups"]["Fn::If"] == ["GuardsTheRest", [{"Ref": "KeyGroupId"}], NOTHING]
    assert templates["edge"]["Conditions"]["GuardsTheRest"] == {
        "Fn::And": [{"Condition": "IsSigned"}, {"Fn::Not": [{"Condition": "HasApplication"}]}]}
    assert default["TargetOriginId"] == {"Fn::If": ["HasApplication", "application", images["TargetOriginId"]]}
    settings = {name["Fn::Sub"].rsplit("/", 1)[1]: identity for _, identity, properties in resources(templates, "AWS::SSM::Parameter")
                if isinstance(name := properties["Name"], dict)}
    made = templates["settings"]["Resources"]
    for name in ("ACCESS_EDGE_CHECKS_VIEWERS", "SESSION_PATH", "SESSION_RESOURCE_BASE", "SESSION_LIFETIME"):
        assert made[settings[f"IMAGE_ORIGIN_{name}"]]["Condition"] == "IsSigned", name
    assert made[settings["IMAGE_ORIGIN_SESSION_PATH"]]["Properties"]["Value"] == session["PathPattern"]
    assert made[settings["IMAGE_ORIGIN_SESSION_RESOURCE_BASE"]]["Properties"]["Value"] == {"Fn::Sub": "https://${DomainName}"}
    assert templates["settings"]["Conditions"]["IsSigned"] == templates["edge"]["Conditions"]["IsSigned"]
    assert templates["settings"]["Parameters"]["AccessMode"]["AllowedValues"] == ["required", "open"]
    rule = templates["settings"]["Rules"]["SessionsNeedTokens"]
    assert rule["RuleCondition"] == templates["settings"]["Conditions"]["IsSigned"]
    assert rule["Assertions"][0]["Assert"] == {"Fn::Equals": [{"Ref": "AccessMode"}, "required"]}


def check_application(templates):
    """What is somebody else's gets neither our secret nor our policies."""
    (application,) = [origin for entry in distribution(templates)["Origins"] for origin in branches(entry) if origin["Id"] == "application"]
    assert application == {"Id": "application", "DomainName": {"Ref": "ApplicationOrigin"},
                           "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}}
    default = distribution(templates)["DefaultCacheBehavior"]
    ours = ["GET", "HEAD", "OPTIONS"]
    assert default["AllowedMethods"] == {"Fn::If": ["HasApplication", [*ours, "PUT", "POST", "PATCH", "DELETE"], ours]}
    for key, theirs in (("CachePolicyId", {"Ref": "ApplicationCachePolicyId"}), ("OriginRequestPolicyId", {"Ref": "ApplicationRequestPolicyId"}),
                        ("ResponseHeadersPolicyId", NOTHING)):
        assert default[key] == {"Fn::If": ["HasApplication", theirs, {"Ref": key}]}, key
    assert "FunctionAssociations" not in default and default["ViewerProtocolPolicy"] == "https-only"


def check_web_acl(templates):
    assert distribution(templates)["WebACLId"] == {"Fn::If": ["HasWebAcl", {"Ref": "WebAclArn"}, {"Ref": "AWS::NoValue"}]}
