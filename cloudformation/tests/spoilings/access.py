"""Who gets in, what they may do, what is written down."""

from spoilings.spoiling import Spoiling, added

EDGE_SECRET = "!Sub '{{resolve:secretsmanager:image-origin/${Environment}/edge:SecretString:current::${EdgeSecretVersion}}}'"

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
             "Action: secretsmanager:GetSecretValue", "Action: [secretsmanager:GetSecretValue, 'ssm:GetParametersByPath']"),
    Spoiling("role may take every queue's messages", "check_role", "role",
             ":sqs:${AWS::Region}:${AWS::AccountId}:image-origin-${Environment}-events", ":sqs:${AWS::Region}:${AWS::AccountId}:*"),
    Spoiling("role may write events of its own region", "check_role", "role", "sqs:${PeerRegion}:", "sqs:${AWS::Region}:"),
    Spoiling("every bucket may write events", "check_principals", "events", "s3:::${BucketName}'}", "s3:::*'}"),
    Spoiling("buckets of every account may write events", "check_principals", "events",
             "              StringEquals: {aws:SourceAccount: !If [HasBucketAccount, !Ref BucketAccount, !Ref AWS::AccountId]}\n", ""),
    Spoiling("everybody may write events", "check_principals", "events", "Principal: {Service: events.amazonaws.com}", "Principal: '*'"),
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
             "              - !Sub arn:${AWS::Partition}:s3:::al2023-repos-${AWS::Region}-de612dc2/*\n", ""),
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
    Spoiling("secret in pieces", "check_literals", "balancer", "Value: !Ref Environment}\n",
             "Value: !Join ['', [q7Zx0Lw9, Vb3Kp5Tn, 1Rd8Yc2M]]}\n"),
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
