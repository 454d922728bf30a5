"""Who reaches whom, and whether it is encrypted on the way."""

from checks.edge import behaviours, distribution, origins
from templates import branches, only, resources, walk

# logical id: (group, port, last port, who)
WAYS_IN = {
    "BalancerFromLink": ("BalancerSecurityGroup", 443, 443, {"Ref": "LinkSecurityGroup"}),
    "BalancerFromCloudFront": ("BalancerSecurityGroup", 443, 443, {"Ref": "CloudFrontPrefixListId"}),
    "ServiceFromBalancer": ("ServiceSecurityGroup", 8080, 8081, {"Ref": "BalancerSecurityGroup"}),
    "CacheFromService": ("CacheSecurityGroup", 6379, 6379, {"Ref": "ServiceSecurityGroup"}),
    "InterfaceEndpointSecurityGroup": ("InterfaceEndpointSecurityGroup", 443, 443, {"Ref": "VpcCidr"}),
}
WAYS_OUT = {
    ("LinkSecurityGroup", 443, 443, "BalancerSecurityGroup"), ("BalancerSecurityGroup", 8080, 8081, "ServiceSecurityGroup"),
    ("ServiceSecurityGroup", 443, 443, "0.0.0.0/0"), ("ServiceSecurityGroup", 6379, 6379, "CacheSecurityGroup"),
    ("CacheSecurityGroup", 6379, 6379, "127.0.0.1/32"),
}
SOURCES = ("SourceSecurityGroupId", "SourcePrefixListId", "CidrIp", "CidrIpv6", "SourceSecurityGroupName")


def ingress(templates):
    """(logical id, group, rule) of every rule that lets somebody in, in a resource of its own or not."""
    for _, identity, rule in resources(templates, "AWS::EC2::SecurityGroupIngress"):
        yield identity, rule["GroupId"]["Ref"], rule
    for _, identity, group in resources(templates, "AWS::EC2::SecurityGroup"):
        for rule in group.get("SecurityGroupIngress", []):
            yield identity, identity, rule


def check_ways_in(templates):
    found = list(ingress(templates))
    assert len(found) == len(WAYS_IN), f"{len(found)} rules let somebody in"
    for identity, group, rule in found:
        (source,) = [rule[key] for key in SOURCES if key in rule]
        assert rule["IpProtocol"] == "tcp", identity
        assert (group, rule["FromPort"], rule["ToPort"], source) == WAYS_IN[identity], identity
    assert only(templates, "AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internal"
    for name, template in templates.items():
        for path, value in walk(template["Resources"]):
            if path and path[-1] in ("MapPublicIpOnLaunch", "AssociatePublicIpAddress"):
                assert value == {"Fn::If": ["HasPublicAddresses", True, False]}, f"{name}: {path}"
    assert templates["network"]["Parameters"]["PublicAddresses"]["Default"] == "No"


def check_ways_out(templates):
    found = set()
    for _, _, rule in resources(templates, "AWS::EC2::SecurityGroupEgress"):
        found.add((rule["GroupId"]["Ref"], rule["FromPort"], rule["ToPort"], rule["DestinationSecurityGroupId"]["Ref"]))
    for _, identity, group in resources(templates, "AWS::EC2::SecurityGroup"):
        for rule in group.get("SecurityGroupEgress", []):
            to = rule.get("DestinationSecurityGroupId", {}).get("Ref") or rule["CidrIp"]
            found.add((identity, rule["FromPort"], rule["ToPort"], to))
    assert found == WAYS_OUT


def check_tls(templates):
    """Everywhere but on the last hop, from the load balancer to the instances inside the network."""
    for _, identity, listener in resources(templates, "AWS::ElasticLoadBalancingV2::Listener"):
        assert listener["Protocol"] == "HTTPS" and "TLS13" in listener["SslPolicy"], identity
    cache = only(templates, "AWS::ElastiCache::ReplicationGroup")
    assert cache["TransitEncryptionEnabled"] is True and cache["TransitEncryptionMode"] == "required"
    assert cache["AtRestEncryptionEnabled"] is True and cache["UserGroupIds"] == [{"Ref": "UserGroup"}]
    assert only(templates, "AWS::ApiGateway::RestApi")["SecurityPolicy"] == "TLS_1_2"
    for origin in origins(templates):
        (custom,) = branches(origin["CustomOriginConfig"])
        assert custom["OriginProtocolPolicy"] == "https-only" and custom["OriginSSLProtocols"] == ["TLSv1.2"]
    for _, identity, origin in resources(templates, "AWS::CloudFront::VpcOrigin"):
        endpoint = origin["VpcOriginEndpointConfig"]
        assert endpoint["OriginProtocolPolicy"] == "https-only" and endpoint["OriginSSLProtocols"] == ["TLSv1.2"], identity
    assert distribution(templates)["ViewerCertificate"]["MinimumProtocolVersion"].startswith("TLSv1.2_")
    for behaviour in (distribution(templates)["DefaultCacheBehavior"], *behaviours(templates)):
        assert behaviour["ViewerProtocolPolicy"] == "https-only"


def check_network(templates):
    (gateway,) = [e for _, _, e in resources(templates, "AWS::EC2::VPCEndpoint") if e["VpcEndpointType"] == "Gateway"]
    tables = [{"Ref": "RoutesA"}, {"Ref": "RoutesB"}, {"Ref": "RoutesC"}]
    assert gateway["ServiceName"]["Fn::Sub"].endswith(".s3")
    assert gateway["RouteTableIds"] == {"Fn::If": ["HasThird", tables, tables[:2]]}, "images of a zone would pass NAT"


def check_way_out(templates):
    """Either by NAT or by public addresses, in every zone, or by interface endpoints alone."""
    network = templates["network"]
    for zone in "ABC":
        route = network["Resources"][f"RouteOut{zone}"]
        assert route["Condition"] == ("HasThirdWayOut" if zone == "C" else "HasWayOut")
        assert route["Properties"]["GatewayId"]["Fn::If"][0] == "HasPublicAddresses"
        assert route["Properties"]["NatGatewayId"]["Fn::If"][0] == "HasNat"
    none, no = {"Fn::Equals": [{"Ref": "NatGateways"}, "None"]}, {"Fn::Equals": [{"Ref": "PublicAddresses"}, "No"]}
    needed = network["Rules"]["NeedsAWayOut"]
    assert needed["RuleCondition"] == {"Fn::And": [none, no]}
    assert needed["Assertions"][0]["Assert"] == {"Fn::Equals": [{"Ref": "InterfaceEndpoints"}, "Yes"]}


def check_zones(templates):
    """An account may see two zones only; and every resource of the third depends on it."""
    network = templates["network"]
    assert network["Parameters"]["ZoneCount"]["AllowedValues"] == [2, 3]
    third = {name: resource.get("Condition") for name, resource in network["Resources"].items()
             if name.endswith("C") or "SubnetC" in name}
    assert len(third) == 8
    assert all(condition in ("HasThird", "HasThirdNat", "HasThirdWayOut") for condition in third.values()), third
    zones = [subnet["AvailabilityZone"]["Fn::Select"] for _, _, subnet in resources(templates, "AWS::EC2::Subnet")]
    assert sorted(zone[0] for zone in zones) == [0, 0, 1, 1, 2, 2]
    assert all(zone[1]["Fn::If"][:2] == ["HasZones", {"Ref": "Zones"}] for zone in zones)
