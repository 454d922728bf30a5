"""What moto lacks beside CloudFormation's types: updates of stacks as CloudFormation makes them, instance refreshes, the state of
a distribution, a bucket's word that it tells EventBridge."""

import copy
import re

from moto.autoscaling.models import InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudformation import parsing
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.s3.models import FakeBucket, s3_backends
from moto.s3.responses import S3Response


def references(node):
    """Names that a part of a template refers to; moto overlooks those within lists of Fn::Sub."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
    elif isinstance(node, str):
        yield from re.findall(r"\$\{(\w+)", node)


class Everything(list):
    """For a resource with conditions: whatever changes may be what they depend on."""

    def __contains__(self, item):
        return True


parsing.get_references_from_template = lambda resource: (
    Everything() if "Condition" in resource or "Fn::If" in str(resource) else set(references(resource)))
create = parsing.parse_and_create_resource
update = parsing.parse_and_update_resource


def rendered(logical_id, resource_json, resources_map):
    """A resource with all values put in; whether that is what it was made of before."""
    known = resources_map.__dict__.setdefault("rendered", {})
    now = parsing.clean_json(copy.deepcopy(resource_json), resources_map)
    same = known.get(logical_id) == now
    known[logical_id] = now
    return same


def create_resource(logical_id, resource_json, resources_map, *where, **names):
    made = create(logical_id, resource_json, resources_map, *where, **names)
    if made is not None:
        rendered(logical_id, resource_json, resources_map)
    return made


def update_resource(logical_id, resource_json, resources_map, account_id, region_name):
    """With conditions: what was not there is made, what shall not be there any more is deleted, what is the same is let be."""
    before = resources_map._parsed_resources.get(logical_id)
    if "Condition" in resource_json and not resources_map.lazy_condition_map[resource_json["Condition"]]:
        if before is not None:
            resources_map._delete_resource(before, resource_json)
        return None
    if before is None:
        return create_resource(logical_id, resource_json, resources_map, account_id, region_name)
    if rendered(logical_id, resource_json, resources_map):
        return before
    return update(logical_id, resource_json, resources_map, account_id, region_name) or before


parsing.parse_and_create_resource = create_resource
parsing.parse_and_update_resource = update_resource
delete = parsing.ResourceMap.delete


def delete_stack(self):
    for resource in self._resource_json_map.values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    delete(self)


parsing.ResourceMap.delete = delete_stack
create_bucket = FakeBucket.create_from_cloudformation_json


def create_or_import_bucket(resource_name, cloudformation_json, account_id, region_name, **names):
    """One that is there is imported by a template with nothing but its name."""
    if resource_name in s3_backends.bucket_accounts and set(cloudformation_json["Properties"]) == {"BucketName"}:
        return s3_backends[account_id]["aws"].buckets[resource_name]
    return create_bucket(resource_name, cloudformation_json, account_id, region_name, **names)


FakeBucket.create_from_cloudformation_json = create_or_import_bucket
delete_vpc = EC2Backend.delete_vpc


def delete_vpc_with_tables(self, vpc_id):
    """moto deletes no route tables with their stack, and then refuses to delete their VPC."""
    for table in self.describe_route_tables(filters={"vpc-id": vpc_id}):
        if table.main_association_id is None:
            self.route_tables.pop(table.id)
    return delete_vpc(self, vpc_id)


EC2Backend.delete_vpc = delete_vpc_with_tables


class Refreshes:
    """Instance refreshes of all groups, the newest first. One gets a step further whenever somebody looks at it."""

    def __init__(self):
        self.known = {}

    def start(self, group, desired, preferences):
        known = self.known.setdefault(group.name, [])
        if known and known[0]["Status"] not in ("Successful", "RollbackSuccessful"):
            raise ValueError("InstanceRefreshInProgress")
        version = int(desired["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"])
        forwards = version > int(group.launch_template_version or 1)
        if preferences.get("AutoRollback", False) != forwards or preferences["MinHealthyPercentage"] != 100:
            raise ValueError(f"a rollout that cannot be rolled back, or a way back that can: {preferences}")
        known.insert(0, {"InstanceRefreshId": f"refresh-{len(known)}", "Status": "Pending", "PercentageComplete": 0,
                         "DesiredConfiguration": {"MixedInstancesPolicy": desired}})
        return known[0]["InstanceRefreshId"]

    def look(self, group):
        for refresh in self.known.get(group.name, [])[:1]:
            if refresh["Status"] == "Pending":
                refresh["Status"] = "InProgress"
            elif refresh["Status"] == "InProgress":
                specification = refresh["DesiredConfiguration"]["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
                group.mixed_instances_policy["LaunchTemplate"]["LaunchTemplateSpecification"] = specification
                group.launch_template_version = specification["Version"]
                refresh.update(Status="Successful", PercentageComplete=100)
        return self.known.get(group.name, [])

    def roll_back(self, group):
        if self.known[group.name][0]["Status"] not in ("Pending", "InProgress", "Baking"):
            raise ValueError("ActiveInstanceRefreshNotFound")
        self.known[group.name][0]["Status"] = "RollbackSuccessful"
        return self.known[group.name][0]["InstanceRefreshId"]


refreshes = Refreshes()


def group(self):
    return self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]


# An instance is of the version that its group was brought to; moto says the template's default instead.
InstanceState.launch_template = property(lambda self: {
    "LaunchTemplateId": self.auto_scaling_group.ec2_launch_template.id, "Version": str(self.auto_scaling_group.launch_template_version)})
AutoScalingResponse.start_instance_refresh = lambda self: ActionResult({"InstanceRefreshId": refreshes.start(
    group(self), self._get_param("DesiredConfiguration")["MixedInstancesPolicy"], self._get_param("Preferences"))})
AutoScalingResponse.describe_instance_refreshes = lambda self: ActionResult({"InstanceRefreshes": refreshes.look(group(self))})
AutoScalingResponse.rollback_instance_refresh = lambda self: ActionResult({"InstanceRefreshId": refreshes.roll_back(group(self))})
# The distribution itself is a stand-in.
CloudFrontResponse.get_distribution = lambda self: ActionResult({"Distribution": {
    "Id": self._get_param("Id"), "ARN": "arn:aws:cloudfront::123456789012:distribution/E123EXAMPLE", "Status": "Deployed"}})
serialized = S3Response.serialized


def with_event_bridge(self, result):
    """Among the notifications of a bucket; moto takes it and does not give it back."""
    known = self.backend.get_bucket_notification_configuration(self.bucket_name) \
        if self.data.get("Action") == "GetBucketNotificationConfiguration" else None
    if known and known.event_bridge is not None:
        result.result["EventBridgeConfiguration"] = {}
    return serialized(self, result)


S3Response.serialized = with_event_bridge
