"""That only CloudFront gets past the API, and that no secret is written down."""

import re

from checks.edge import origins
from templates import FOLDER, branches, only, resources, walk

SECRET = re.compile(r"\{\{resolve:secretsmanager:image-origin/\$\{Environment\}[a-z/]*:SecretString:\w+::\$\{\w+\}\}\}")
# Where a secret is a property of its own.
SECRET_PROPERTIES = ("ApiKeyValue", "SearchString", "HeaderValue", "Passwords", "AuthToken", "SecretString", "MasterUserPassword")
TELLING = "password|passwd|secret|token|credential|private.?key|api.?key|access.?key|verify"
ASSIGNED = re.compile(rf"(?i)(?:{TELLING})(?!id\b)[a-z0-9_]*[\"']?\s*[:=]\s*[\"']?(?![\"'\s]*$|[\w.]+\()([^\s\"',}}]{{4,}})")
ARMOUR = re.compile(r"PRIVATE KEY|(?:AKIA|ASIA)[0-9A-Z]{16}")
CHUNK = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


# AWS's own policies have such names.
OF_AWS = ("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "b689b0a8-53d0-40ab-baf2-68738e2966ac")


def looks_random(token):
    """Words and dates make long chunks, random characters short ones."""
    chunks = CHUNK.findall(token)
    return len(token) >= 16 and len(chunks) > 5 and sum(map(len, chunks)) / len(chunks) < 2.6


def literal(string):
    """What looks like a secret in a string, however it gets into the rendered template. ARNs and actions only name one."""
    rest = re.sub(r"\$\{[^}]*\}", "", SECRET.sub("", string))
    names = re.fullmatch(r"arn:\S+|[a-z0-9-]+:[A-Z]\w+", rest)
    if found := ARMOUR.search(rest) or (not names and ASSIGNED.search(rest)):
        return found[0]
    return next((token for token in re.findall(r"[A-Za-z0-9+/=_-]+", rest) if looks_random(token) and token not in OF_AWS), None)


def written(value):
    """A string as it is rendered, or those pieces of a Join that are written down."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and isinstance(value.get("Fn::Join", [0, {}])[1], list):
        separator, pieces = value["Fn::Join"]
        return separator.join(piece for piece in pieces if isinstance(piece, str))
    return ""


def check_literals(templates):
    for name, template in templates.items():
        for part in ("Resources", "Mappings", "Outputs", "Metadata"):
            for path, value in walk(template.get(part, {})):
                found = literal(written(value))
                assert not found, f"{name}: {path} looks as if a secret were in it: {found[:6]}..."
        for parameter, slot in template["Parameters"].items():
            assert not literal(str(slot.get("Default", ""))), f"{name}: default of {parameter}"
            assert not (re.search("Password|SecretValue|Token$", parameter)), f"{name}: {parameter}"


def check_secrets(templates):
    found = 0
    for name, template in templates.items():
        for path, value in walk(template.get("Resources", {})):
            if path and path[-1] in SECRET_PROPERTIES:
                for one in value if isinstance(value, list) else [value]:
                    if one == "signed-cookies":  # a word, and no secret
                        continue
                    assert SECRET.fullmatch(one.get("Fn::Sub", "")), f"{name}: {path} is no reference to a secret"
                    found += 1
    assert found == 8, f"{found} secrets"


def check_parameter_store(templates):
    """Whoever may read the settings may see them; what must not be seen is in Secrets Manager."""
    for name, identity, properties in resources(templates, "AWS::SSM::Parameter"):
        assert not re.search("PASSWORD|SECRET|PRIVATE|CREDENTIAL", properties["Name"]["Fn::Sub"]), f"{name}: {identity}"


def check_gate(templates):
    api = templates["api"]
    assert api["Parameters"]["Waf"]["Default"] == "Yes" and api["Conditions"]["HasWaf"] == {"Fn::Equals": [{"Ref": "Waf"}, "Yes"]}
    gate, tie = api["Resources"]["OnlyCloudFront"], api["Resources"]["OnlyCloudFrontAtApi"]
    assert gate["Type"] == "AWS::WAFv2::WebACL" and tie["Type"] == "AWS::WAFv2::WebACLAssociation"
    assert gate["Condition"] == tie["Condition"] == "HasWaf"
    acl = gate["Properties"]
    assert acl["Scope"] == "REGIONAL" and acl["DefaultAction"] == {"Block": {}}
    (rule,) = acl["Rules"]
    assert rule["Action"] == {"Allow": {}}
    wanted = [slot["ByteMatchStatement"] for slot in rule["Statement"]["OrStatement"]["Statements"]]
    assert [re.search(r"SecretString:(\w+)::", each["SearchString"]["Fn::Sub"])[1] for each in wanted] == ["current", "next"]
    for each in wanted:
        assert each["FieldToMatch"] == {"SingleHeader": {"Name": "x-origin-verify"}}
        assert each["PositionalConstraint"] == "EXACTLY" and each["TextTransformations"] == [{"Priority": 0, "Type": "NONE"}]
    assert all(slot["VisibilityConfig"]["CloudWatchMetricsEnabled"] is True for slot in (acl, rule))
    assert acl["VisibilityConfig"]["MetricName"] == {"Fn::Sub": "image-origin-${Environment}-api"}, "environments would be mixed up"
    stage = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${Api}/stages/${Stage}"
    assert tie["Properties"] == {"WebACLArn": {"Fn::GetAtt": ["OnlyCloudFront", "Arn"]}, "ResourceArn": {"Fn::Sub": stage}}
    for origin in origins(templates):
        header = origin["OriginCustomHeaders"][0]
        assert header["HeaderName"] == "X-Origin-Verify" and "SecretString:current::" in header["HeaderValue"]["Fn::Sub"]


def check_gate_of_the_service(templates):
    """The service looks at the header itself: with VpcOrigin, or should the web ACL be lost, nobody else does."""
    scripts = "".join(path.read_text() for path in (FOLDER / "deploy").glob("*.sh"))
    assert "IMAGE_ORIGIN_ACCESS_EDGE_SECRETS" in scripts, "nobody tells the service which secret it has to ask for"
    names = [properties["Name"]["Fn::Sub"] for _, _, properties in resources(templates, "AWS::SSM::Parameter")]
    assert not [name for name in names if "EDGE_SECRETS" in name]
    mode = templates["settings"]["Parameters"]["AccessMode"]
    assert mode["Default"] != "open", "whoever is past the gate would be served"


def check_edge_acl(templates):
    acl = only({"waf": templates["waf"]}, "AWS::WAFv2::WebACL")
    assert acl["Scope"] == "CLOUDFRONT"
    limit, = [rule for rule in acl["Rules"] if "RateBasedStatement" in rule["Statement"]]
    assert list(limit["Action"]) == ["Block"] and branches(limit["Statement"]["RateBasedStatement"]["Limit"])
