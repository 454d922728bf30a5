"""What must be true of the templates, and that these checks see it when it is not.

Each check gets all templates. SPOILED has, for each, a change that it has to notice.
"""

import hashlib
import json
import re

import pytest
from templates import FOLDER, NAMES, branches, everything, parse, resources, statements, text, walk

ANYWHERE = {"0.0.0.0/0", "::/0"}
SHIELD_REGIONS = {
    "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "eu-central-1", "eu-west-1",
    "eu-west-2", "me-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-2",
}
# What these parameters have to be is known only when the deployment is there; ./deploy passes them on.
WITHOUT_DEFAULT = {
    "ApiDomainName", "BalancerArn", "BalancerFullName", "BalancerSecurityGroupId", "BucketName", "CachePolicyId",
    "CacheSecurityGroupId", "CertificateArn", "DistributionId", "EdgeSecretVersion", "GroupName", "HomeBalancerArn",
    "HomeBalancerFullName", "HomeGroupName", "HomeOriginDomainName", "HomeTargetGroupFullName", "LinkSecurityGroupId",
    "OriginRequestPolicyId", "ProfileArn", "SecretVersion", "ServiceSecurityGroupId", "SubnetIds", "TargetGroupArn",
    "TargetGroupFullName", "VpcId",
}


def check_parameters(templates):
    for name, template in templates.items():
        grouped = [parameter for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
                   for parameter in group["Parameters"]]
        assert sorted(grouped) == sorted(template["Parameters"]), f"{name}: parameters and their groups differ"
        for parameter, slot in template["Parameters"].items():
            where = f"{name}: {parameter}"
            assert len(slot["Description"]) > 15, f"{where} is not described"
            assert "Default" in slot or parameter in WITHOUT_DEFAULT, f"{where} has no default"
            assert "NoEcho" not in slot, f"{where}: secrets come from Secrets Manager"
            if slot["Type"] == "Number":
                assert "MinValue" in slot or "AllowedValues" in slot, f"{where} has no bounds"
            if "AllowedPattern" in slot:
                assert "ConstraintDescription" in slot, f"{where} does not say what is allowed"
                if "Default" in slot:
                    assert re.fullmatch(slot["AllowedPattern"], str(slot["Default"])), f"{where}: its default is refused"


def check_no_exports(templates):
    for name, template in templates.items():
        for path, _ in walk(template):
            assert not path or path[-1] not in ("Export", "Fn::ImportValue"), f"{name}: {path}"
        for output, slot in template["Outputs"].items():
            assert slot["Description"], f"{name}: {output} is not described"


def check_secrets(templates):
    secret = re.compile(r"\{\{resolve:secretsmanager:image-origin/\$\{Environment\}[a-z/]*:SecretString:\w+::\$\{\w+\}\}\}")
    found = 0
    for name, template in templates.items():
        for path, value in walk(template.get("Resources", {})):
            if path and path[-1] in ("ApiKeyValue", "SearchString", "HeaderValue", "Passwords", "AuthToken"):
                for one in value if isinstance(value, list) else [value]:
                    assert secret.fullmatch(one.get("Fn::Sub", "")), f"{name}: {path} is no reference to a secret"
                    found += 1
    assert found == 6, f"{found} secrets"


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
    ((_, _, api),) = resources(templates, "AWS::ApiGateway::RestApi")
    assert "BinaryMediaTypes" not in api and api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def check_stage(templates):
    ((_, _, stage),) = resources(templates, "AWS::ApiGateway::Stage")
    rules = [rule for _, _, rule in resources(templates, "AWS::ElasticLoadBalancingV2::ListenerRule")]
    (rewrite,) = [rule["Transforms"][0]["UrlRewriteConfig"]["Rewrites"][0] for rule in rules if "Transforms" in rule]
    path = f"/{stage['StageName']}/proxy-image/a//b%2Fc;d"
    assert re.sub(rewrite["Regex"], rewrite["Replace"].replace("$1", r"\1"), path) == "/proxy-image/a//b%2Fc;d"
    for origin in origins(templates):
        assert origin["OriginPath"]["Fn::If"][:2] == ["IsApiGateway", f"/{stage['StageName']}"]


def check_deployment(templates):
    """An API Gateway deployment is a snapshot: without a new one, changed methods are never served."""
    made = templates["api"]["Resources"]
    kinds = ("RestApi", "Resource", "Method", "GatewayResponse")
    parts = {name: part for name, part in made.items() if part["Type"] in [f"AWS::ApiGateway::{kind}" for kind in kinds]}
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]
    ((name, deployment),) = [(n, r) for n, r in made.items() if r["Type"] == "AWS::ApiGateway::Deployment"]
    assert str(deployment["Metadata"]["Digest"]) == digest, \
        f"the API has changed: rename {name} to the next number wherever it occurs, and set its digest to {digest}"
    assert set(deployment["DependsOn"]) == {n for n, p in parts.items() if p["Type"].endswith(("Method", "GatewayResponse"))}


def check_drain(templates):
    ((_, _, targets),) = resources(templates, "AWS::ElasticLoadBalancingV2::TargetGroup")
    drain = int(attributes(targets["TargetGroupAttributes"])["deregistration_delay.timeout_seconds"])
    streams = [properties["Integration"]["TimeoutInMillis"] / 1000
               for _, _, properties in resources(templates, "AWS::ApiGateway::Method")]
    streams += [origin["ResponseCompletionTimeout"] for origin in origins(templates)]
    assert len(streams) == 5 and drain > max(streams), f"{drain} s of draining, streams of up to {max(streams)} s"


def check_health(templates):
    ((_, _, targets),) = resources(templates, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert (targets["Port"], targets["HealthCheckPort"]) == (8080, "8081")
    assert targets["HealthCheckPath"] == "/actuator/health/readiness"
    for _, identity, rule in resources(templates, "AWS::ElasticLoadBalancingV2::ListenerRule"):
        (pattern,) = rule["Conditions"][0]["PathPatternConfig"]["Values"]
        assert pattern["Fn::Sub"].endswith("${ImagePath}/*"), f"{identity} lets more through than images"
    ((_, _, listener),) = resources(templates, "AWS::ElasticLoadBalancingV2::Listener")
    assert listener["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "404"


def check_buckets(templates):
    buckets = list(resources(templates, "AWS::S3::Bucket"))
    assert {name for name, _, _ in buckets} == {"bucket", "logs"}
    for name, identity, properties in buckets:
        assert properties["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
        assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert "AccessControl" not in properties and "WebsiteConfiguration" not in properties
        assert properties["BucketEncryption"]
        assert templates[name]["Resources"][identity]["DeletionPolicy"] == "Retain", f"{name} would be deleted"
        (policy,) = [p for n, _, p in resources(templates, "AWS::S3::BucketPolicy") if n == name]
        assert any(s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                   for s in policy["PolicyDocument"]["Statement"]), f"{name} may be read without TLS"
    for name, _, statement in statements(templates):
        if statement["Effect"] == "Allow" and statement.get("Principal") == "*":
            assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}, name
    (images,) = [p for n, _, p in buckets if n == "bucket"]
    assert images["VersioningConfiguration"] == {"Status": "Enabled"}


def check_ways_in(templates):
    for name, template in templates.items():
        for path, value in walk(template["Resources"]):
            if path and path[-1] in ("CidrIp", "CidrIpv6") and str(value) in ANYWHERE:
                assert path[:3] == ("ServiceSecurityGroup", "Properties", "SecurityGroupEgress"), f"{name}: {path}"
            assert not (path and path[-1] in ("MapPublicIpOnLaunch", "AssociatePublicIpAddress") and value), f"{name}: {path}"
    ingress = {identity: rule for _, identity, rule in resources(templates, "AWS::EC2::SecurityGroupIngress")}
    ways = {identity for identity, rule in ingress.items() if rule["GroupId"] == {"Ref": "BalancerSecurityGroup"}}
    assert ways == {"BalancerFromLink", "BalancerFromCloudFront"}
    assert ingress["BalancerFromLink"]["SourceSecurityGroupId"] == {"Ref": "LinkSecurityGroup"}
    assert ingress["BalancerFromCloudFront"]["SourcePrefixListId"] == {"Ref": "CloudFrontPrefixListId"}
    ((_, _, balancer),) = resources(templates, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"


def check_tls(templates):
    """Everywhere but on the last hop, from the load balancer to the instances inside the network."""
    for _, identity, listener in resources(templates, "AWS::ElasticLoadBalancingV2::Listener"):
        assert listener["Protocol"] == "HTTPS" and "TLS13" in listener["SslPolicy"], identity
    ((_, _, cache),) = resources(templates, "AWS::ElastiCache::ReplicationGroup")
    assert cache["TransitEncryptionEnabled"] is True and cache["TransitEncryptionMode"] == "required"
    assert cache["AtRestEncryptionEnabled"] is True and cache["UserGroupIds"] == [{"Ref": "UserGroup"}]
    ((_, _, api),) = resources(templates, "AWS::ApiGateway::RestApi")
    assert api["SecurityPolicy"] == "TLS_1_2"
    for origin in origins(templates):
        (custom,) = branches(origin["CustomOriginConfig"])
        assert custom["OriginProtocolPolicy"] == "https-only" and custom["OriginSSLProtocols"] == ["TLSv1.2"]
    for _, identity, origin in resources(templates, "AWS::CloudFront::VpcOrigin"):
        endpoint = origin["VpcOriginEndpointConfig"]
        assert endpoint["OriginProtocolPolicy"] == "https-only" and endpoint["OriginSSLProtocols"] == ["TLSv1.2"], identity
    assert distribution(templates)["ViewerCertificate"]["MinimumProtocolVersion"].startswith("TLSv1.2_")
    assert distribution(templates)["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"


def check_resharding(templates):
    assert templates["cache"]["Resources"]["Cache"]["UpdatePolicy"] == {"UseOnlineResharding": True}, "it would be replaced"


def check_rights_in_cache(templates):
    """The machine's check gives the same rights to the service in a real Redis server."""
    ((_, _, user),) = resources(templates, "AWS::ElastiCache::User")
    rights = user["AccessString"].split()
    assert rights[:2] == ["on", "~image-origin:*"] and [right for right in rights if right[0] in "~%&"] == ["~image-origin:*"]
    assert "-@dangerous" in rights and "+@all" not in rights and "-@all" in rights


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
    ((_, _, policy),) = resources(templates, "AWS::CloudFront::CachePolicy")
    key = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["CookiesConfig"] == {"CookieBehavior": "none"} and key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert policy["CachePolicyConfig"]["MinTTL"] == 0, "no-store would be overridden"
    headers = [header for branch in branches(key["HeadersConfig"]) for header in branch.get("Headers", [])]
    assert headers == ["Origin"]
    ((_, _, policy),) = resources(templates, "AWS::CloudFront::OriginRequestPolicy")
    sent = policy["OriginRequestPolicyConfig"]
    assert sent["CookiesConfig"] == {"CookieBehavior": "none"}, "with cookies requests are not collapsed"
    listed, rest = branches(sent["HeadersConfig"])
    assert "Authorization" in listed["Headers"] and rest == {"HeaderBehavior": "allExcept", "Headers": ["Host"]}


def check_behaviour(templates):
    behaviour = distribution(templates)["DefaultCacheBehavior"]
    assert distribution(templates)["HttpVersion"] == "http2and3"
    assert distribution(templates)["CacheTagConfig"] == {"HeaderName": "cache-tag"}
    assert behaviour["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"] and behaviour["Compress"] is False
    assert behaviour["TrustedKeyGroups"]["Fn::If"][:2] == ["IsSigned", [{"Ref": "KeyGroupId"}]]
    assert templates["edge"]["Parameters"]["ViewerAccess"]["Default"] == "SignedCookies"
    ((_, _, delivery),) = resources(templates, "AWS::Logs::Delivery")
    assert not {"cs(Cookie)", "cs-uri-query"} & set(delivery["RecordFields"]), "cookies would be in the log"


def check_instances(templates):
    ((_, _, template),) = resources(templates, "AWS::EC2::LaunchTemplate")
    data = template["LaunchTemplateData"]
    assert data["MetadataOptions"]["HttpTokens"] == "required" and data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert "KeyName" not in data
    ((_, _, group),) = resources(templates, "AWS::AutoScaling::AutoScalingGroup")
    launch = group["MixedInstancesPolicy"]["LaunchTemplate"]
    assert launch["LaunchTemplateSpecification"]["Version"] == {"Ref": "LaunchTemplateVersion"}, "refreshes could not roll back"
    assert "UpdatePolicy" not in templates["service"]["Resources"]["Group"], "CloudFormation and the refresh would both roll"
    families = {override["InstanceType"]["Fn::Sub"].split(".")[0] for override in launch["Overrides"]}
    assert families == {"c8g", "c7g", "m8g", "m7g"}
    assert group["HealthCheckType"] == "ELB"
    assert templates["service"]["Parameters"]["ImageId"]["Type"] == "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    assert len(list(resources(templates, "AWS::AutoScaling::ScalingPolicy"))) == 2


def check_rights(templates):
    without_resources = {
        "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    }
    for name, path, statement in statements(templates):
        if statement["Effect"] == "Deny":
            continue
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action], f"{name}: {actions}"
        assert "NotAction" not in statement and "NotResource" not in statement, name
        if statement.get("Resource") == "*":
            assert "Condition" in statement or set(actions) <= without_resources, f"{name}: {actions} on everything"
    managed = [arn for _, _, role in resources(templates, "AWS::IAM::Role") for arn in role.get("ManagedPolicyArns", [])]
    assert [arn["Fn::Sub"].split("/")[-1] for arn in managed] == ["AmazonAPIGatewayPushToCloudWatchLogs"]


def check_network(templates):
    (gateway,) = [e for _, _, e in resources(templates, "AWS::EC2::VPCEndpoint") if e["VpcEndpointType"] == "Gateway"]
    assert gateway["ServiceName"]["Fn::Sub"].endswith(".s3") and len(gateway["RouteTableIds"]) == 3


def check_sizes(templates):
    for name in templates:
        assert len(text(name).splitlines()) < 300, f"{name}.yaml is too long to be read"
        assert len(text(name).encode()) <= 51200, f"{name}.yaml is too large for CloudFormation"


def attributes(pairs):
    return {pair["Key"]: pair["Value"] for pair in pairs}


def distribution(templates):
    ((_, _, properties),) = resources(templates, "AWS::CloudFront::Distribution")
    return properties["DistributionConfig"]


def origins(templates):
    return [origin for entry in distribution(templates)["Origins"] for origin in branches(entry)]


CHECKS = {name: check for name, check in globals().items() if name.startswith("check_")}
SPOILED = [
    ("check_parameters", "cache", "    Description: Version of Valkey.\n", "    Description: Version\n"),
    ("check_parameters", "service", "    Default: 6\n", ""),
    ("check_no_exports", "network", "    Value: !Ref Vpc\n", "    Value: !Ref Vpc\n    Export: {Name: vpc}\n"),
    ("check_secrets", "canary", "!Sub '{{resolve:secretsmanager:image-origin/${Environment}/edge:SecretString:current::${EdgeSecretVersion}}}'",
     "CloudFrontOrigin"),
    ("check_stream", "api", "ResponseTransferMode: STREAM", "ResponseTransferMode: BUFFERED"),
    ("check_stream", "api", "IntegrationTarget: !Ref BalancerArn", "IntegrationTarget: !Ref Link"),
    ("check_stage", "balancer", "^/live(/.*)$", "^/prod(/.*)$"),
    ("check_deployment", "api", "TimeoutInMillis: 300000", "TimeoutInMillis: 200000"),
    ("check_drain", "balancer", "Value: '330'", "Value: '120'"),
    ("check_health", "balancer", "HealthCheckPort: '8081'", "HealthCheckPort: '8080'"),
    ("check_health", "balancer", "Values: [!Sub '${ImagePath}/*']", "Values: [!Sub '/*']"),
    ("check_buckets", "bucket", "RestrictPublicBuckets: true", "RestrictPublicBuckets: false"),
    ("check_buckets", "logs", "aws:SecureTransport: 'false'", "aws:SecureTransport: 'true'"),
    ("check_ways_in", "security-groups", "SourcePrefixListId: !Ref CloudFrontPrefixListId", "CidrIp: 0.0.0.0/0"),
    ("check_ways_in", "balancer", "Scheme: internal", "Scheme: internet-facing"),
    ("check_tls", "balancer", "Protocol: HTTPS", "Protocol: HTTP"),
    ("check_tls", "edge", "OriginProtocolPolicy: https-only", "OriginProtocolPolicy: match-viewer"),
    ("check_tls", "cache", "TransitEncryptionMode: required", "TransitEncryptionMode: preferred"),
    ("check_resharding", "cache", "UseOnlineResharding: true", "UseOnlineResharding: false"),
    ("check_rights_in_cache", "cache", "-@all +@read", "+@all"),
    ("check_shields", "edge", "OriginShieldRegion: !Ref SecondRegion", "OriginShieldRegion: !Ref HomeRegion"),
    ("check_failover", "edge", "Items: [429, 500, 502, 503, 504]", "Items: [404, 500, 502, 503, 504]"),
    ("check_error_ttls", "edge", "{ErrorCode: 403, ErrorCachingMinTTL: 0}", "{ErrorCode: 403, ErrorCachingMinTTL: 300}"),
    ("check_cache_key", "edge-policies", "Headers: [Origin]", "Headers: [Authorization]"),
    ("check_cache_key", "edge-policies", "CookiesConfig: {CookieBehavior: none}", "CookiesConfig: {CookieBehavior: all}"),
    ("check_behaviour", "edge", "HttpVersion: http2and3", "HttpVersion: http2"),
    ("check_behaviour", "edge", "Default: SignedCookies", "Default: Open"),
    ("check_instances", "service", "HttpTokens: required", "HttpTokens: optional"),
    ("check_instances", "service", "Version: !Ref LaunchTemplateVersion", "Version: !GetAtt LaunchTemplate.LatestVersionNumber"),
    ("check_rights", "role", "Action: s3:GetObject", "Action: s3:*"),
    ("check_rights", "role", "Condition:\n                  StringEquals: {cloudwatch:namespace: image-origin}\n", ""),
    ("check_network", "network", "RouteTableIds: [!Ref RoutesA, !Ref RoutesB, !Ref RoutesC]", "RouteTableIds: [!Ref RoutesA]"),
]


@pytest.fixture(scope="module")
def templates():
    return everything()


@pytest.mark.parametrize("name", CHECKS)
def test_holds(templates, name):
    CHECKS[name](templates)


@pytest.mark.parametrize(("name", "template", "old", "new"), SPOILED, ids=lambda value: value[:40].strip())
def test_is_noticed_when_spoiled(templates, name, template, old, new):
    source = text(template)
    assert old in source, "there is nothing to spoil any more"
    with pytest.raises((AssertionError, KeyError, AttributeError)):
        CHECKS[name]({**templates, template: parse(source.replace(old, new))})


def test_every_check_is_seen_to_fail():
    assert set(CHECKS) - {name for name, *_ in SPOILED} == {"check_sizes"}
    assert len(NAMES) >= 18
