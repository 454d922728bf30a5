"""Buckets, their replication, the regional cache."""

from templates import only, resources


def check_buckets(templates):
    buckets = list(resources(templates, "AWS::S3::Bucket"))
    assert {name for name, _, _ in buckets} == {"bucket", "logs"}
    for name, identity, properties in buckets:
        assert properties["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
        assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert "AccessControl" not in properties and "WebsiteConfiguration" not in properties
        assert properties["BucketEncryption"]
        made = templates[name]["Resources"][identity]
        assert made["UpdateReplacePolicy"] == "Retain" and made["DeletionPolicy"] == "RetainExceptOnCreate", \
            f"{name} would be deleted, or would be in the way of a second try"
        (policy,) = [p for n, _, p in resources(templates, "AWS::S3::BucketPolicy") if n == name]
        (tls,) = [s for s in policy["PolicyDocument"]["Statement"] if s.get("Sid") == "OnlyOverTls"]
        assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*"), name
        assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, f"{name} may be read without TLS"
    images = only({"bucket": templates["bucket"]}, "AWS::S3::Bucket")
    assert images["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = {rule["Id"]: rule for rule in images["LifecycleConfiguration"]["Rules"]}
    assert not [rule for rule in rules.values() if "ExpirationInDays" in rule or "Transitions" in rule], "images would expire"
    assert templates["bucket"]["Parameters"]["NoncurrentDays"]["Default"] >= 7


def check_replication(templates):
    images = only({"bucket": templates["bucket"]}, "AWS::S3::Bucket")
    condition, replication, nothing = images["ReplicationConfiguration"]["Fn::If"]
    assert condition == "HasReplica" and nothing == {"Ref": "AWS::NoValue"}
    assert replication["Role"] == {"Fn::GetAtt": ["ReplicationRole", "Arn"]}
    (rule,) = replication["Rules"]
    assert rule["Status"] == "Enabled" and rule["Filter"] == {"Prefix": ""}
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}, "deleted images would live on in the other region"
    destination = {"Fn::Sub": "arn:${AWS::Partition}:s3:::${ReplicaBucketName}"}
    assert rule["Destination"] == {"Bucket": destination, "Metrics": {"Status": "Enabled"}}, "failures would be silent"
    (trust,) = templates["bucket"]["Resources"]["ReplicationRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert "Condition" not in trust, "no page of AWS says that S3 names the account when it replicates"


def check_cache(templates):
    made = templates["cache"]["Resources"]["Cache"]
    assert made["UpdatePolicy"] == {"UseOnlineResharding": True}, "it would be replaced"
    settings = only(templates, "AWS::ElastiCache::ParameterGroup")["Properties"]
    assert settings == {"cluster-enabled": "yes", "maxmemory-policy": "allkeys-lfu"}, "a full cache has to make room"
    cache = made["Properties"]
    assert cache["CacheParameterGroupName"] == {"Ref": "ParameterGroup"} and cache["AutomaticFailoverEnabled"] is True
    assert cache["MultiAZEnabled"] == {"Fn::If": ["HasReplicas", True, False]}


def check_rights_in_cache(templates):
    """The machine's check gives the same rights to the service in a real Redis server."""
    rights = only(templates, "AWS::ElastiCache::User")["AccessString"].split()
    assert rights[:2] == ["on", "~image-origin:*"] and [right for right in rights if right[0] in "~%&"] == ["~image-origin:*"]
    assert "-@dangerous" in rights and "+@all" not in rights and "-@all" in rights
    assert "nopass" not in rights
