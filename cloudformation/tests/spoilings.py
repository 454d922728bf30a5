"""Changes that would do harm, one for each line, and the check that has to see it."""

from typing import NamedTuple


class Spoiling(NamedTuple):
    what: str
    check: str
    template: str
    old: str
    new: str


EDGE_SECRET = "!Sub '{{resolve:secretsmanager:image-origin/${Environment}/edge:SecretString:current::${EdgeSecretVersion}}}'"
END = "\nOutputs:\n"


def added(what, check, template, resource):
    """A resource more than there should be."""
    return Spoiling(what, check, template, END, f"\n{resource}{END}")


FORM = [
    Spoiling("parameter without a description", "check_parameters", "cache",
             "    Description: Version of Valkey.\n", "    Description: Version\n"),
    Spoiling("number without a default", "check_parameters", "service", "    Default: 6\n", ""),
    Spoiling("export", "check_no_exports", "network", "    Value: !Ref Vpc\n", "    Value: !Ref Vpc\n    Export: {Name: vpc}\n"),
]

NETWORK = [
    Spoiling("0.0.0.0/0 to the load balancer", "check_ways_in", "security-groups",
             "SourcePrefixListId: !Ref CloudFrontPrefixListId", "CidrIp: 0.0.0.0/0"),
    added("both halves of the internet to the instances", "check_ways_in", "security-groups", """\
  Half:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: !Ref ServiceSecurityGroup, IpProtocol: tcp, FromPort: 8080, ToPort: 8080, CidrIp: 0.0.0.0/1}
  OtherHalf:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: !Ref ServiceSecurityGroup, IpProtocol: tcp, FromPort: 8080, ToPort: 8080, CidrIp: 128.0.0.0/1}
"""),
    added("ssh from 10.0.0.0/8", "check_ways_in", "security-groups", """\
  Ssh:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: !Ref ServiceSecurityGroup, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8}
"""),
    Spoiling("all ports of the instances", "check_ways_in", "security-groups",
             "      FromPort: 8080\n      ToPort: 8081\n      SourceSecurityGroupId: !Ref BalancerSecurityGroup",
             "      FromPort: 0\n      ToPort: 65535\n      SourceSecurityGroupId: !Ref BalancerSecurityGroup"),
    Spoiling("cache open to the load balancer", "check_ways_in", "security-groups",
             "ToPort: 6379\n      SourceSecurityGroupId: !Ref ServiceSecurityGroup",
             "ToPort: 6379\n      SourceSecurityGroupId: !Ref BalancerSecurityGroup"),
    Spoiling("inline rule for everybody", "check_ways_in", "security-groups", "      # Without a rule of its own",
             "      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 6379, ToPort: 6379, CidrIp: 0.0.0.0/0}]\n"
             "      # Without a rule of its own"),
    Spoiling("load balancer on the internet", "check_ways_in", "balancer", "Scheme: internal", "Scheme: internet-facing"),
    Spoiling("instances may send anything", "check_ways_out", "security-groups",
             "FromPort: 443\n          ToPort: 443\n          CidrIp: 0.0.0.0/0",
             "FromPort: 0\n          ToPort: 65535\n          CidrIp: 0.0.0.0/0"),
    Spoiling("cache nodes may send anything", "check_ways_out", "security-groups", "CidrIp: 127.0.0.1/32", "CidrIp: 0.0.0.0/0"),
    Spoiling("no TLS at the load balancer", "check_tls", "balancer", "Protocol: HTTPS", "Protocol: HTTP"),
    Spoiling("old TLS at the load balancer", "check_tls", "balancer",
             "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"),
    Spoiling("no TLS to the origin", "check_tls", "edge", "OriginProtocolPolicy: https-only", "OriginProtocolPolicy: match-viewer"),
    Spoiling("old TLS for viewers", "check_tls", "edge", "MinimumProtocolVersion: TLSv1.2_2021", "MinimumProtocolVersion: TLSv1"),
    Spoiling("viewers without TLS", "check_tls", "edge", "ViewerProtocolPolicy: https-only", "ViewerProtocolPolicy: allow-all"),
    Spoiling("cache with or without TLS", "check_tls", "cache", "TransitEncryptionMode: required", "TransitEncryptionMode: preferred"),
    Spoiling("cache without users", "check_tls", "cache", "      UserGroupIds: [!Ref UserGroup]\n", ""),
    Spoiling("cache in plain text on disk", "check_tls", "cache", "AtRestEncryptionEnabled: true", "AtRestEncryptionEnabled: false"),
    Spoiling("S3 endpoint in one zone", "check_network", "network",
             "RouteTableIds: !If [HasThird, [!Ref RoutesA, !Ref RoutesB, !Ref RoutesC], [!Ref RoutesA, !Ref RoutesB]]",
             "RouteTableIds: [!Ref RoutesA]"),
    Spoiling("public addresses for all", "check_ways_in", "network",
             "MapPublicIpOnLaunch: !If [HasPublicAddresses, true, false]", "MapPublicIpOnLaunch: true"),
    Spoiling("public addresses by default", "check_ways_in", "network",
             "Default: 'No'\n    AllowedValues: ['Yes', 'No']\n\nRules", "Default: 'Yes'\n    AllowedValues: ['Yes', 'No']\n\nRules"),
    Spoiling("no way out, and nobody says so", "check_way_out", "network",
             "- Assert: !Equals [!Ref InterfaceEndpoints, 'Yes']", "- Assert: !Equals [!Ref InterfaceEndpoints, 'No']"),
    Spoiling("third zone where there are two", "check_zones", "network",
             "RoutesC: {Type: AWS::EC2::RouteTable, Condition: HasThird,", "RoutesC: {Type: AWS::EC2::RouteTable,"),
    Spoiling("zones that cannot be chosen", "check_zones", "network",
             "!Select [1, !If [HasZones, !Ref Zones, !GetAZs '']]", "!Select [1, !GetAZs '']"),
]

RIGHTS = [
    Spoiling("bucket policy that lets every account in", "check_principals", "bucket", "          - Sid: OnlyOverTls\n", """\
          - Effect: Allow
            Principal: {AWS: '*'}
            Action: s3:GetObject
            Resource: !Sub arn:${AWS::Partition}:s3:::${Bucket}/*
          - Sid: OnlyOverTls
"""),
    Spoiling("bucket policy that lets another account in", "check_bucket_policies", "bucket", "          - Sid: OnlyOverTls\n", """\
          - Effect: Allow
            Principal: {AWS: 'arn:aws:iam::999999999999:root'}
            Action: s3:GetObject
            Resource: !Sub arn:${AWS::Partition}:s3:::${Bucket}/*
          - Sid: OnlyOverTls
"""),
    Spoiling("bucket policy that lets all but one in", "check_principals", "bucket", "            Principal: '*'\n",
             "            NotPrincipal: {AWS: 'arn:aws:iam::999999999999:root'}\n"),
    Spoiling("role may read every secret", "check_role", "role",
             "secret:image-origin/${Environment}-??????", "secret:image-origin/*"),
    Spoiling("role may read the viewers' private key", "check_role", "role",
             "secret:image-origin/${Environment}-??????", "secret:image-origin/${Environment}/viewer-key-??????"),
    Spoiling("role may read every parameter", "check_role", "role",
             "parameter/image-origin/${Environment}/*", "parameter/*"),
    Spoiling("role may write images", "check_role", "role", "Action: s3:GetObject", "Action: [s3:GetObject, s3:PutObject]"),
    Spoiling("role may delete images", "check_statements", "role", "Action: s3:GetObject", "Action: [s3:GetObject, s3:DeleteObject]"),
    Spoiling("role may read every bucket", "check_role", "role", "s3:::${BucketName}/*", "s3:::*/*"),
    Spoiling("role may invalidate in every distribution", "check_statements", "role",
             "distribution/${DistributionId}", "distribution/*"),
    Spoiling("role may do more at CloudFront", "check_statements", "role",
             "Action: cloudfront:CreateInvalidation", "Action: [cloudfront:CreateInvalidation, cloudfront:UpdateDistribution]"),
    Spoiling("role may write secrets", "check_role", "role",
             "Action: secretsmanager:GetSecretValue", "Action: secretsmanager:PutSecretValue"),
    Spoiling("role may do anything with S3", "check_rights", "role", "Action: s3:GetObject", "Action: s3:*"),
    Spoiling("role may write any metrics", "check_rights", "role",
             "Condition:\n                  StringEquals: {cloudwatch:namespace: image-origin}\n", ""),
    Spoiling("role may do all but one thing", "check_rights", "role", "Action: s3:GetObject", "NotAction: s3:GetObject"),
    Spoiling("a statement on its own, not in a list", "check_statements", "role", "  Profile:\n", """\
  More:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: more
      Roles: [!Ref Role]
      PolicyDocument: {Statement: {Effect: Allow, Action: s3:GetObject, Resource: '*'}}
  Profile:
"""),
    Spoiling("canary may read every image", "check_statements", "canary", "s3:::${BucketName}/${Key}", "s3:::${BucketName}/*"),
    Spoiling("canary may read every secret", "check_statements", "canary", "secret:image-origin/${Environment}/edge-??????", "secret:*"),
    Spoiling("everybody's rules may call the canary", "check_permissions", "canary", "      SourceArn: !GetAtt ImageSchedule.Arn\n", ""),
    Spoiling("administrators' policy for the instances", "check_rights", "role", "      Policies:\n",
             "      ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess']\n      Policies:\n"),
    Spoiling("any account may take the role", "check_principals", "role", "Principal: {Service: ec2.amazonaws.com}",
             "Principal: {AWS: '*'}"),
    Spoiling("replication may delete in the source", "check_statements", "bucket",
             "s3:GetObjectVersionTagging]", "s3:GetObjectVersionTagging, s3:DeleteObject]"),
    Spoiling("alarms of any account may publish", "check_principals", "alarms",
             "            Condition:\n              StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}\n", ""),
    Spoiling("S3 endpoint for every account", "check_principals", "network",
             "            Condition:\n              StringEquals: {aws:PrincipalAccount: !Ref AWS::AccountId}\n", ""),
    Spoiling("S3 endpoint reads every bucket without signature", "check_principals", "network",
             "s3:::aws-ssm-${AWS::Region}/*", "s3:::*/*"),
    Spoiling("S3 endpoint without the packages of Amazon Linux", "check_statements", "network",
             "              - !Sub arn:${AWS::Partition}:s3:::al2023-repos-${AWS::Region}-*/*\n", ""),
    Spoiling("S3 endpoint lets images out", "check_statements", "network",
             "Action: [s3:GetObject, s3:ListBucket]", "Action: [s3:GetObject, s3:ListBucket, s3:PutObject]"),
]

GATE = [
    Spoiling("web ACL lets through what no rule knows", "check_gate", "api", "DefaultAction: {Block: {}}", "DefaultAction: {Allow: {}}"),
    Spoiling("web ACL off by default", "check_gate", "api",
             "    Type: String\n    Default: 'Yes'\n    AllowedValues: ['Yes', 'No']\n  RateLimit",
             "    Type: String\n    Default: 'No'\n    AllowedValues: ['Yes', 'No']\n  RateLimit"),
    Spoiling("web ACL of no API", "check_gate", "api", "ResourceArn: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${Api}/stages/${Stage}",
             "ResourceArn: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${Api}/stages/prod"),
    Spoiling("web ACL not attached", "check_gate", "api", "    Type: AWS::WAFv2::WebACLAssociation\n    Condition: HasWaf\n",
             "    Type: AWS::WAFv2::WebACLAssociation\n    Condition: HasAccessLogs\n"),
    Spoiling("web ACL whose condition is turned round", "check_gate", "api",
             "HasWaf: !Equals [!Ref Waf, 'Yes']", "HasWaf: !Equals [!Ref Waf, 'No']"),
    Spoiling("web ACL that only counts", "check_gate", "api", "Action: {Allow: {}}", "Action: {Count: {}}"),
    Spoiling("web ACL that is content with a part of the secret", "check_gate", "api",
             "PositionalConstraint: EXACTLY", "PositionalConstraint: CONTAINS"),
    Spoiling("web ACL with a second, wider rule", "check_gate", "api", "      Rules:\n        - Name: edge-secret\n", """\
      Rules:
        - Name: tests
          Priority: 1
          Action: {Allow: {}}
          VisibilityConfig: {CloudWatchMetricsEnabled: true, SampledRequestsEnabled: false, MetricName: tests}
          Statement: {GeoMatchStatement: {CountryCodes: [AU]}}
        - Name: edge-secret
"""),
    Spoiling("web ACL without metrics", "check_gate", "api", "CloudWatchMetricsEnabled: true", "CloudWatchMetricsEnabled: false"),
    Spoiling("web ACL that looks at another header", "check_gate", "api", "Name: x-origin-verify", "Name: user-agent"),
    Spoiling("CloudFront without its header", "check_gate", "edge", "HeaderName: X-Origin-Verify", "HeaderName: X-Verify"),
    Spoiling("service that lets everybody in", "check_gate_of_the_service", "settings",
             "    Default: required\n", "    Default: open\n"),
    Spoiling("web ACL of the edge that only counts", "check_edge_acl", "waf",
             "Action: {Block: {CustomResponse: {ResponseCode: 429}}}", "Action: {Count: {}}"),
]

SECRETS = [
    Spoiling("literal instead of the edge secret, canary", "check_secrets", "canary", EDGE_SECRET, "CloudFrontOrigin"),
    Spoiling("literal instead of the edge secret, CloudFront", "check_secrets", "edge", EDGE_SECRET, "hunter2hunter2hunter2"),
    Spoiling("literal password of the cache", "check_secrets", "cache",
             "!Sub '{{resolve:secretsmanager:image-origin/${Environment}:SecretString:SPRING_DATA_REDIS_PASSWORD::${SecretVersion}}}'",
             "correct-horse-battery-staple"),
    Spoiling("password in user data", "check_literals", "service", "#cloud-config",
             "#cloud-config SPRING_DATA_REDIS_PASSWORD=correct horse battery staple"),
    Spoiling("random characters in user data", "check_literals", "service", "#cloud-config",
             "#cloud-config 9f86d081884c7d659a2feaa0c55ad015"),
    Spoiling("private key in user data", "check_literals", "service", "#cloud-config",
             "#cloud-config -----BEGIN RSA PRIVATE KEY-----"),
    Spoiling("access key in a tag", "check_literals", "balancer", "Value: !Ref Environment}\n", "Value: AKIAIOSFODNN7EXAMPLE}\n"),
    Spoiling("password as a default", "check_literals", "cache", "    Default: '8.2'\n", "    Default: 'q7Zx0Lw9Vb3Kp5Tn1Rd8'\n"),
    Spoiling("parameter for a password", "check_literals", "cache", "  Shards:\n    Description",
             "  CachePassword:\n    Type: String\n    Default: ''\n  Shards:\n    Description"),
    Spoiling("random characters in a function", "check_literals", "edge-function", "        const FAILURES",
             "        const SIGNED_WITH = 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA==';\n        const FAILURES"),
    added("secret in Parameter Store", "check_parameter_store", "settings", """\
  EdgeSecrets:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Name: !Sub /image-origin/${Environment}/IMAGE_ORIGIN_ACCESS_EDGE_SECRETS
      Value: !Ref Audiences
"""),
]

STORAGE = [
    Spoiling("public bucket", "check_buckets", "bucket", "RestrictPublicBuckets: true", "RestrictPublicBuckets: false"),
    Spoiling("bucket that may be made public by a policy", "check_buckets", "bucket", "BlockPublicPolicy: true", "BlockPublicPolicy: false"),
    Spoiling("log bucket without TLS", "check_buckets", "logs", "aws:SecureTransport: 'false'", "aws:SecureTransport: 'true'"),
    Spoiling("bucket that is deleted with its stack", "check_buckets", "bucket",
             "    UpdateReplacePolicy: Retain\n", "    UpdateReplacePolicy: Delete\n"),
    Spoiling("bucket without versions", "check_buckets", "bucket", "{Status: Enabled}\n      Lifecycle", "{Status: Suspended}\n      Lifecycle"),
    Spoiling("bucket that is in the way of the second try", "check_buckets", "bucket", "DeletionPolicy: RetainExceptOnCreate", "DeletionPolicy: Retain"),
    Spoiling("images that expire", "check_buckets", "bucket", "            NoncurrentVersionExpiration",
             "            ExpirationInDays: 90\n            NoncurrentVersionExpiration"),
    Spoiling("deletions not replicated", "check_replication", "bucket",
             "DeleteMarkerReplication: {Status: Enabled}", "DeleteMarkerReplication: {Status: Disabled}"),
    Spoiling("replication off", "check_replication", "bucket", "              Status: Enabled\n              Priority", "              Status: Disabled\n              Priority"),
    Spoiling("part of the images replicated", "check_replication", "bucket", "Filter: {Prefix: ''}", "Filter: {Prefix: projects/}"),
    Spoiling("replication of what is not there", "check_replication", "bucket", "        - HasReplica\n        - Role", "        - HasName\n        - Role"),
    Spoiling("failed replication is silent", "check_replication", "bucket", "                Metrics: {Status: Enabled}\n", ""),
    Spoiling("replication that has to name the account", "check_replication", "bucket",
             "            Principal: {Service: s3.amazonaws.com}\n",
             "            Principal: {Service: s3.amazonaws.com}\n            Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}}\n"),
    Spoiling("cache replaced by more shards", "check_cache", "cache", "UseOnlineResharding: true", "UseOnlineResharding: false"),
    Spoiling("full cache that refuses writes", "check_cache", "cache", "maxmemory-policy: allkeys-lfu", "maxmemory-policy: noeviction"),
    Spoiling("parameter group of nobody", "check_cache", "cache",
             "CacheParameterGroupName: !Ref ParameterGroup", "CacheParameterGroupName: default.valkey8.cluster.on"),
    Spoiling("replicas in one zone", "check_cache", "cache", "MultiAZEnabled: !If [HasReplicas, true, false]", "MultiAZEnabled: false"),
    Spoiling("all rights in the cache", "check_rights_in_cache", "cache", "-@all +@read", "+@all"),
    Spoiling("all keys of the cache", "check_rights_in_cache", "cache", "~image-origin:*", "~*"),
]

API = [
    Spoiling("buffered", "check_stream", "api", "ResponseTransferMode: STREAM", "ResponseTransferMode: BUFFERED"),
    Spoiling("integration with the link", "check_stream", "api", "IntegrationTarget: !Ref BalancerArn", "IntegrationTarget: !Ref Link"),
    Spoiling("another stage in the rewrite", "check_stage", "balancer", "^/live(/.*)$", "^/prod(/.*)$"),
    Spoiling("changed API, old deployment", "check_deployment", "api", "TimeoutInMillis: 300000", "TimeoutInMillis: 200000"),
    Spoiling("failures of the API are kept", "check_own_answers", "api",
             "gatewayresponse.header.Cache-Control: \"'no-store'\"", "gatewayresponse.header.Cache-Control: \"'max-age=600'\""),
    Spoiling("refusals of the API say nothing of caching", "check_own_answers", "api",
             "        gatewayresponse.header.Cache-Control: \"'no-store'\"\n", ""),
    Spoiling("no answers of its own for 4xx", "check_own_answers", "api", "ResponseType: DEFAULT_4XX", "ResponseType: THROTTLED"),
    Spoiling("no limit of requests", "check_limits", "api", "          ThrottlingRateLimit: !Ref RateLimit\n", ""),
    Spoiling("bodies in the API's log", "check_limits", "api", "MetricsEnabled: true\n          Throttling",
             "MetricsEnabled: true\n          DataTraceEnabled: true\n          Throttling"),
    Spoiling("invalid headers pass the load balancer", "check_balancer", "balancer",
             "drop_invalid_header_fields.enabled, Value: 'true'", "drop_invalid_header_fields.enabled, Value: 'false'"),
    Spoiling("load balancer that refuses umlauts", "check_balancer", "balancer", "Value: defensive", "Value: strictest"),
    Spoiling("load balancer that anybody may delete", "check_balancer", "balancer", "    Default: 'true'\n", "    Default: 'false'\n"),
    Spoiling("connections kept for longer than the service does", "check_balancer", "balancer", "Value: '60'", "Value: '120'"),
]

SERVICE = [
    Spoiling("drain shorter than a stream", "check_drain", "balancer", "Value: '330'", "Value: '30'"),
    Spoiling("health asked at the images' port", "check_health", "balancer", "HealthCheckPort: '8081'", "HealthCheckPort: '8080'"),
    Spoiling("any answer is healthy", "check_health", "balancer", "Matcher: {HttpCode: '200'}", "Matcher: {HttpCode: 200-499}"),
    Spoiling("liveness instead of readiness", "check_health", "balancer", "health/readiness", "health/liveness"),
    Spoiling("the management port's paths pass", "check_health", "balancer", "Values: [!Sub '${ImagePath}/*']", "Values: [!Sub '/*']"),
    Spoiling("metadata of version 1", "check_instances", "service", "HttpTokens: required", "HttpTokens: optional"),
    Spoiling("metadata for containers", "check_instances", "service", "HttpPutResponseHopLimit: 1", "HttpPutResponseHopLimit: 2"),
    Spoiling("ssh key", "check_instances", "service", "        Monitoring: {Enabled: true}\n",
             "        Monitoring: {Enabled: true}\n        KeyName: operator\n"),
    Spoiling("always the newest version", "check_instances", "service",
             "Version: !Ref LaunchTemplateVersion", "Version: !GetAtt LaunchTemplate.LatestVersionNumber"),
    Spoiling("burstable by default", "check_instances", "service", "    Default: Graviton\n", "    Default: Burstable\n"),
    Spoiling("health by EC2 only", "check_instances", "service", "HealthCheckType: ELB", "HealthCheckType: EC2"),
    Spoiling("all instances spot", "check_capacity", "service", "OnDemandBaseCapacity: !Ref MinSize", "OnDemandBaseCapacity: 0"),
    Spoiling("one instance by default", "check_capacity", "service", "    Default: 2\n", "    Default: 1\n"),
    Spoiling("old ones go first", "check_capacity", "service", "MinHealthyPercentage: 100", "MinHealthyPercentage: 50"),
]

EDGE = [
    Spoiling("shield in the wrong region", "check_shields", "edge",
             "OriginShieldRegion: !Ref SecondRegion", "OriginShieldRegion: !Ref HomeRegion"),
    Spoiling("no shield", "check_shields", "edge", "OriginShield: {Enabled: true,", "OriginShield: {Enabled: false,"),
    Spoiling("both origins the same", "check_shields", "edge",
             "DomainName: !Ref SecondOriginDomainName", "DomainName: !Ref HomeOriginDomainName"),
    Spoiling("ten seconds until the other region", "check_shields", "edge", "ConnectionTimeout: 2", "ConnectionTimeout: 5"),
    Spoiling("absences fail over", "check_failover", "edge", "Items: [429, 500, 502, 503, 504]", "Items: [404, 500, 502, 503, 504]"),
    Spoiling("refusals are kept", "check_error_ttls", "edge",
             "{ErrorCode: 403, ErrorCachingMinTTL: 0}", "{ErrorCode: 403, ErrorCachingMinTTL: 300}"),
    Spoiling("absences are kept for ten minutes", "check_error_ttls", "edge",
             "{ErrorCode: 404, ErrorCachingMinTTL: 0}", "{ErrorCode: 404, ErrorCachingMinTTL: 600}"),
    Spoiling("failures are kept for ten minutes", "check_error_ttls", "edge",
             "{ErrorCode: 503, ErrorCachingMinTTL: 1}", "{ErrorCode: 503, ErrorCachingMinTTL: 600}"),
    Spoiling("an error code with CloudFront's default", "check_error_ttls", "edge",
             "          - {ErrorCode: 416, ErrorCachingMinTTL: 0}\n", ""),
    Spoiling("what says nothing of caching is kept for a day", "check_cache_key", "edge-policies", "DefaultTTL: 0", "DefaultTTL: 86400"),
    Spoiling("no-store is kept", "check_cache_key", "edge-policies", "MinTTL: 0", "MinTTL: 60"),
    Spoiling("token in the cache key", "check_cache_key", "edge-policies", "Headers: [Origin]", "Headers: [Authorization]"),
    Spoiling("cookies in the cache key", "check_cache_key", "edge-policies",
             "CookiesConfig: {CookieBehavior: none}", "CookiesConfig: {CookieBehavior: all}"),
    Spoiling("query in the cache key", "check_cache_key", "edge-policies",
             "QueryStringsConfig: {QueryStringBehavior: none}\n          HeadersConfig", "QueryStringsConfig: {QueryStringBehavior: all}\n          HeadersConfig"),
    Spoiling("token not passed on", "check_cache_key", "edge-policies", "              - Authorization\n", ""),
    Spoiling("VPC origin without the viewers' host", "check_cache_key", "edge-policies",
             "Assert: !Not [!Equals [!Ref ForwardedHeaders, AllExceptHost]]", "Assert: !Not [!Equals [!Ref ForwardedHeaders, Listed]]"),
    Spoiling("ids of projects for viewers", "check_response_headers", "edge-policies", "{Header: Cache-Tag}", "{Header: Server}"),
    Spoiling("no HSTS", "check_response_headers", "edge-policies", "    Default: 31536000\n", "    Default: 0\n"),
    Spoiling("cookies of everybody's scripts", "check_response_headers", "edge-policies",
             "          - IsForEverybody\n          - !Ref AWS::NoValue\n", "          - IsListed\n          - !Ref AWS::NoValue\n"),
    Spoiling("headers of responses as they come", "check_behaviour", "edge",
             "          ResponseHeadersPolicyId: !Ref ResponseHeadersPolicyId\n", ""),
    Spoiling("region without VPC links", "check_regions", "edge", "!Ref SecondRegion], me-central-1]]", "!Ref SecondRegion], eu-west-2]]"),
    Spoiling("HTTP/2 only", "check_behaviour", "edge", "HttpVersion: http2and3", "HttpVersion: http2"),
    Spoiling("cached images open by default", "check_behaviour", "edge", "Default: SignedCookies", "Default: Open"),
    Spoiling("no keys looked at", "check_behaviour", "edge",
             "          TrustedKeyGroups: !If [IsSigned, [!Ref KeyGroupId], !Ref AWS::NoValue]\n", ""),
    Spoiling("keys looked at when open", "check_behaviour", "edge",
             "IsSigned: !Equals [!Ref ViewerAccess, SignedCookies]", "IsSigned: !Equals [!Ref ViewerAccess, Open]"),
    Spoiling("behaviour beside the gate", "check_behaviour", "edge", "        DefaultCacheBehavior:\n",
             "        CacheBehaviors: [{PathPattern: /x, TargetOriginId: home, ViewerProtocolPolicy: https-only}]\n        DefaultCacheBehavior:\n"),
    Spoiling("viewers may write", "check_behaviour", "edge", "AllowedMethods: [GET, HEAD, OPTIONS]",
             "AllowedMethods: [GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE]"),
    Spoiling("cookies in the log", "check_behaviour", "logs", "        - sc-bytes\n", "        - sc-bytes\n        - cs(Cookie)\n"),
    Spoiling("web ACL not used", "check_web_acl", "edge",
             "        WebACLId: !If [HasWebAcl, !Ref WebAclArn, !Ref AWS::NoValue]\n", "        WebACLId: ''\n"),
]

ALARMS = [
    Spoiling("silence is taken for health", "check_alarms", "alarms", "TreatMissingData: breaching", "TreatMissingData: notBreaching"),
    Spoiling("alarm without an action", "check_alarms", "alarms", "      AlarmActions: [!Ref Topic]\n", ""),
    Spoiling("alarm with its actions off", "check_alarms", "alarms",
             "      AlarmName: !Sub image-origin-${Environment}-balancer-fails\n",
             "      AlarmName: !Sub image-origin-${Environment}-balancer-fails\n      ActionsEnabled: false\n"),
    Spoiling("nobody told that it is over", "check_alarms", "edge-alarms", "      OKActions: [!Ref Topic]\n", ""),
    Spoiling("another metric", "check_alarms", "alarms", "HTTPCode_Target_5XX_Count", "HTTPCode_Target_4XX_Count"),
    Spoiling("threshold out of reach", "check_alarms", "alarms", "      Threshold: 80\n", "      Threshold: 101\n"),
    Spoiling("turned round", "check_alarms", "edge-alarms", "LessThanThreshold", "GreaterThanThreshold"),
    Spoiling("after a day only", "check_alarms", "alarms", "EvaluationPeriods: 3\n", "EvaluationPeriods: 1440\n"),
    Spoiling("alarm that is not explained", "check_alarms_are_explained", "alarms", "-at-max-size", "-many-instances"),
    Spoiling("service metric by another dimension", "check_metrics_are_sent", "service-alarms", "{Name: backend, Value: redis}", "{Name: name, Value: redis}"),
    Spoiling("silence of the metrics is health", "check_alarms", "service-alarms", "TreatMissingData: breaching", "TreatMissingData: missing"),
    Spoiling("service alarm that tells nobody", "check_alarms", "service-alarms", "      AlarmActions: [!Ref TopicArn]\n", "      AlarmActions: []\n"),
    Spoiling("replication alarm by failures of 100", "check_alarms", "region-alarms",
             "Threshold: 0\n", "Threshold: 100\n"),
    Spoiling("certificate's alarm on its last day", "check_alarms", "edge-alarms", "Threshold: 30\n", "Threshold: 1\n"),
    Spoiling("known image without its alarm", "check_known_image", "service-alarms", "    Condition: HasCanary\n", "    Condition: HasKey\n"),
    Spoiling("known image asked for once a day", "check_known_image", "canary", "rate(${Minutes} minutes)", "rate(${Minutes} days)"),
    Spoiling("dashboard that is no JSON", "check_dashboard", "dashboard", '{"widgets": [', '{"widgets": [,'),
    Spoiling("dashboard without breakers", "check_dashboard", "dashboard", '"resilience4j_circuitbreaker_state"', '"circuitbreaker_state"'),
    Spoiling("a number among time series", "check_expressions", "alarms", "TIME_SERIES(100)", "100"),
    Spoiling("no mail", "check_told", "edge-alarms", "        - HasEmail\n", "        - HasMail\n"),
    Spoiling("metrics of the edge off", "check_metrics_of_the_edge", "edge-alarms",
             "RealtimeMetricsSubscriptionStatus: Enabled", "RealtimeMetricsSubscriptionStatus: Disabled"),
    Spoiling("canary once a year", "check_canary", "canary", "rate(1 day)", "rate(365 days)"),
    Spoiling("canary off", "check_canary", "canary", "State: ENABLED", "State: DISABLED"),
    Spoiling("canary past the stage", "check_canary", "canary", "/live${Path}", "${Path}"),
]

ALL = [*FORM, *NETWORK, *RIGHTS, *GATE, *SECRETS, *STORAGE, *API, *SERVICE, *EDGE, *ALARMS]

# Thirteen that once passed all checks together.
THIRTEEN = [
    "bucket policy that lets every account in", "what says nothing of caching is kept for a day", "random characters in user data",
    "web ACL lets through what no rule knows", "web ACL off by default", "failures of the API are kept",
    "role may read every secret", "role may read every parameter", "deletions not replicated", "full cache that refuses writes",
    "all instances spot", "canary once a year", "silence is taken for health",
]
