"""A moto server that can carry a whole deployment.

moto's CloudFormation leaves out the types that it does not know, and then refuses references to them. Here they become named
stand-ins, so that a deployment goes on; every one is written down, and the tests say which they are. Gaps of moto
are filled as well: outputs after a change set, Fn::Cidr, the full names of load balancers and target groups, and what is in
moto_more.py.
"""

import datetime
import functools
import ipaddress
import re
import sys

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from moto.acm.models import acm_backends
from moto.cloudformation import models, parsing
from moto.cloudformation.utils import yaml_tag_constructor
from moto.server import main

import moto_more  # noqa: F401

# What a stand-in answers when it is asked for an attribute.
ATTRIBUTES = {
    "AWS::ElastiCache::ReplicationGroup": lambda att, region: "6379" if att.endswith("Port") else f"cache.{region}.example",
    "AWS::CloudFront::Distribution": lambda att, region: "d111111abcdef8.cloudfront.net",
    "AWS::CloudFront::Function": lambda att, region: "arn:aws:cloudfront::123456789012:function/choose-origin",
    "AWS::CloudFront::VpcOrigin": lambda att, region: "vo_1234567890abcdef",
    "AWS::WAFv2::WebACL": lambda att, region: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/image-origin/1",
    "AWS::Events::Connection": lambda att, region: f"arn:aws:events:{region}:123456789012:connection/c/1",
    "AWS::Events::ApiDestination": lambda att, region: f"arn:aws:events:{region}:123456789012:api-destination/d/1",
    "AWS::Logs::DeliveryDestination": lambda att, region: f"arn:aws:logs:{region}:123456789012:delivery-destination:d",
}
IDS = {
    "AWS::CloudFront::Distribution": "E123EXAMPLE",
    "AWS::CloudFront::CachePolicy": "11111111-1111-4111-8111-111111111111",
    "AWS::CloudFront::OriginRequestPolicy": "22222222-2222-4222-8222-222222222222",
    "AWS::CloudFront::ResponseHeadersPolicy": "44444444-4444-4444-8444-444444444444",
    "AWS::CloudFront::KeyGroup": "33333333-3333-4333-8333-333333333333",
    "AWS::CloudFront::PublicKey": "K123{name}",
}


def is_known(kind):
    return kind in parsing.get_model_map() or kind.startswith("Custom::")


def stand_in(resources, name):
    """The type of a resource that moto leaves out, or None."""
    template = resources._template.get("Resources", {}) if hasattr(resources, "_template") else {}
    kind = template.get(name, {}).get("Type") if isinstance(name, str) else None
    return kind if kind and not is_known(kind) else None


def attribute(resources, name, att):
    kind = stand_in(resources, name)
    return ATTRIBUTES.get(kind, lambda a, r: f"{name}.{a}")(att, resources._region_name)


@functools.cache
def certificate(account, region):
    """The ARN of a certificate that moto's load balancers accept; its own certificates are not made by CloudFormation."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "images.example.com")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
            .not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256()))
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return acm_backends[account][region].import_certificate(pem, private, chain=None, arn=None, tags=[])


clean = parsing.clean_json


def clean_json(json, resources):
    if isinstance(json, dict) and len(json) == 1:
        (function, argument), = json.items()
        if function == "Ref" and (kind := stand_in(resources, argument)):
            if kind == "AWS::CertificateManager::Certificate":
                return certificate(resources._account_id, resources._region_name)
            return IDS.get(kind, argument).format(region=resources._region_name, name=argument)
        if function == "Fn::GetAtt" and stand_in(resources, argument[0]):
            return attribute(resources, argument[0], argument[1])
        if function == "Fn::GetAtt" and argument[1] == "LoadBalancerFullName":
            return clean({"Ref": argument[0]}, resources).split(":loadbalancer/")[1]
        if function == "Fn::GetAtt" and argument[1] == "TargetGroupFullName":
            return clean({"Ref": argument[0]}, resources).split(":")[-1]
        if function == "Fn::Cidr":
            block, count, bits = clean(argument, resources)
            ranges = ipaddress.ip_network(block).subnets(new_prefix=32 - int(bits))
            return [str(next(ranges)) for _ in range(int(count))]
        if function == "Fn::GetAZs":
            return [f"{resources._region_name}{zone}" for zone in "abc"]
        if function == "Fn::Sub" and isinstance(argument, str):
            # moto takes only the first level of an attribute's name.
            for whole, name, att in re.findall(r"(\$\{(\w+)\.([\w.]+)\})", argument):
                if stand_in(resources, name):
                    argument = argument.replace(whole, attribute(resources, name, att))
            return clean({"Fn::Sub": argument}, resources)
    return clean(json, resources)


parsing.clean_json = clean_json

# moto reads every template several times for each change, slowly.
yaml.Loader = yaml.CLoader
yaml.add_multi_constructor("", yaml_tag_constructor, Loader=yaml.CLoader)


@functools.cache
def defaults(template):
    return {name: str(slot.get("Default", "")) for name, slot in (yaml.load(template, yaml.CLoader).get("Parameters") or {}).items()}


# What a stack was given, as text. moto keeps lists instead, and ids instead of the names of SSM parameters.
def previous_parameters(self):
    return {**defaults(self.template), **getattr(self, "given", {})}


models.Stack.stack_parameters = property(previous_parameters)
models.Stack.has_parameters = lambda self, other: previous_parameters(self) == {**previous_parameters(self), **other}

create = models.CloudFormationBackend.create_change_set
execute = models.CloudFormationBackend.execute_change_set


def create_change_set(self, *args, **kwargs):
    given = dict(kwargs["parameters"])
    if kwargs["change_set_type"] in ("CREATE", "IMPORT"):
        # A stack whose change set was never executed is taken again; moto would make a second one of the same name.
        for stack in [each for each in self.stacks.values() if each.name == kwargs["stack_name"] and each.status == "REVIEW_IN_PROGRESS"]:
            del self.stacks[stack.stack_id]
    change_set_id, stack_id = create(self, *args, **kwargs)
    self.change_sets[change_set_id].given = given
    return change_set_id, stack_id


def execute_change_set(self, change_set_name, stack_name=None):
    execute(self, change_set_name, stack_name)
    change_set = [c for c in self.change_sets.values() if change_set_name in (c.change_set_id, c.change_set_name)][-1]
    stack = change_set.stack
    stack.given = {**getattr(stack, "given", {}), **change_set.given}
    stack._parse_template()
    stack.output_map = stack._create_output_map()


models.CloudFormationBackend.create_change_set = create_change_set
models.CloudFormationBackend.execute_change_set = execute_change_set

validate_outputs = parsing.ResourceMap.validate_outputs


def validate_known_outputs(self):
    outputs = self._template.get("Outputs") or {}
    kept = {k: v for k, v in outputs.items()
            if not (isinstance(v.get("Value"), dict) and "Fn::GetAtt" in v["Value"]
                    and stand_in(self, v["Value"]["Fn::GetAtt"][0]))}
    self._template["Outputs"] = kept
    try:
        validate_outputs(self)
    finally:
        self._template["Outputs"] = outputs


parsing.ResourceMap.validate_outputs = validate_known_outputs


if __name__ == "__main__":
    main(sys.argv[1:])
