# shellcheck shell=bash
# The single checks of ./deploy check, each with a line for everything that it has looked at.

look_at_tools() {
  ok "tools: bash $BASH_VERSION, $(aws --version 2>&1 | cut -d ' ' -f 1), $(jq --version), $(openssl version | cut -d ' ' -f 1-2)"
}

# The policy of cloudformation/deployer-policy.json, put to IAM statement by statement
look_at_rights() {
  local who denied statement
  who=$(caller)
  case $who in
    *:root) ok 'rights: those of the root user; a role with cloudformation/deployer-policy.json would do' && return ;;
    *:assumed-role/*)
      who=${who#*:assumed-role/}
      who=$(cloud "$EDGE_REGION" iam get-role --role-name "${who%%/*}" | jq -r .Role.Arn || true)
      ;;
  esac
  while read -r statement; do
    if ! simulate "$who" "$statement" > "$WORK/simulated"; then
      skipped "rights: IAM does not say ($(refusal | tr '\n' ' ' | head -c 120))"
      return
    fi
    denied+=" $(jq -r '[.EvaluationResults[] | select(.EvalDecision != "allowed") | .EvalActionName] | join(" ")' "$WORK/simulated")"
  done < <(deployer_statements)
  denied=$(tr -s ' ' '\n' <<< "${denied:-}" | sed '/^$/d' | sort -u | paste -sd ' ' -)
  if [[ -z $denied ]]; then
    ok "rights: $who may do what a deployment does"
  else
    failed "rights: $who lacks $denied; see cloudformation/deployer-policy.json"
  fi
}

# What CloudFormation does in the deployer's name, one action for each service
readonly MADE_BY_CLOUDFORMATION='acm:RequestCertificate apigateway:POST autoscaling:CreateAutoScalingGroup cloudfront:CreateDistribution
  cloudwatch:PutMetricAlarm ec2:CreateVpc elasticache:CreateReplicationGroup elasticloadbalancing:CreateLoadBalancer events:PutRule
  lambda:CreateFunction logs:CreateLogGroup route53:ChangeResourceRecordSets s3:CreateBucket sns:CreateTopic sqs:CreateQueue
  wafv2:CreateWebACL'

# One a line: actions, resources, and under which conditions
deployer_statements() {
  jq -c --arg account "$ACCOUNT" --arg actions "$MADE_BY_CLOUDFORMATION" '.Statement[]
    | {Action: (if any(.Action[]; endswith("*")) then [$actions | splits("\\s+")] else .Action end),
       Resource: [.Resource[] | gsub("ACCOUNT"; $account)],
       context: [.Condition // {} | to_entries[] | (if .key | startswith("ForAnyValue:") then "stringList" else "string" end) as $type
         | .value | to_entries[] | "ContextKeyName=\(.key),ContextKeyValues=\(.value[0]),ContextKeyType=\($type)"]}' \
    "$TEMPLATES/deployer-policy.json"
}

# Without a refusal becoming the end of the script
simulate() {
  local resources actions context=()
  mapfile -t resources < <(jq -r '.Resource[]' <<< "$2")
  mapfile -t actions < <(jq -r '.Action[]' <<< "$2")
  mapfile -t context < <(jq -r '.context[]' <<< "$2")
  [[ ${#context[@]} -eq 0 ]] || context=(--context-entries "${context[@]}")
  aws --region "$EDGE_REGION" --output json iam simulate-principal-policy --policy-source-arn "$1" \
    --action-names "${actions[@]}" --resource-arns "${resources[@]}" ${context[@]+"${context[@]}"} 2> "$WORK/refusal"
}

look_at_zones() {
  local region count wanted
  wanted=$(intended network:ZoneCount)
  for region in "${REGIONS[@]}"; do
    count=$(must "$region" ec2 describe-availability-zones --filters Name=zone-type,Values=availability-zone Name=state,Values=available \
      | jq '.AvailabilityZones | length')
    if [[ $count -ge $wanted ]]; then
      ok "zones: $count in $region"
    else
      failed "zones: $count in $region instead of $wanted; --parameter network:ZoneCount=2"
    fi
  done
}

# quota <region> <service> <code>: a number, or nothing where Service Quotas does not say
quota() {
  { aws --region "$1" --output json service-quotas get-service-quota --service-code "$2" --quota-code "$3" 2> /dev/null || true; } \
    | jq -r '.Quota.Value // empty | floor'
}

# within <what> <region> <used> <wanted> <quota>
within() {
  if [[ -z $5 ]]; then
    skipped "quotas: $1 in $2: Service Quotas does not say"
  elif [[ $(($3 + $4)) -le $5 ]]; then
    ok "quotas: $1 in $2: $3 used, $4 wanted, $5 allowed"
  else
    failed "quotas: $1 in $2: $3 used, $4 wanted, $5 allowed; ask for more in Service Quotas"
  fi
}

look_at_quotas() {
  local region nat vcpus
  nat=$(intended network:NatGateways)
  case $nat in PerZone) nat=$(intended network:ZoneCount) ;; One) nat=1 ;; *) nat=0 ;; esac
  case $(intended service:InstanceSize) in medium) vcpus=1 ;; xlarge) vcpus=4 ;; 2xlarge) vcpus=8 ;; 4xlarge) vcpus=16 ;; *) vcpus=2 ;; esac
  # Half as many again stand beside the old ones during a rollout.
  vcpus=$((vcpus * (($(intended service:MinSize) * 3 + 1) / 2)))
  for region in "${REGIONS[@]}"; do
    [[ -z $(previous "$region" service Environment) ]] || continue
    within 'Elastic IP addresses' "$region" "$(must "$region" ec2 describe-addresses | jq '.Addresses | length')" "$nat" \
      "$(quota "$region" ec2 L-0263D0A3)"
    within 'networks (VPC)' "$region" "$(must "$region" ec2 describe-vpcs | jq '.Vpcs | length')" 1 "$(quota "$region" vpc L-F678F1CE)"
    within 'vCPUs' "$region" "$(must "$region" ec2 describe-instances --filters Name=instance-state-name,Values=running \
      | jq '[.Reservations[].Instances[].CpuOptions | (.CoreCount // 1) * (.ThreadsPerCore // 1)] | add // 0')" "$vcpus" \
      "$(quota "$region" ec2 L-1216C47A)"
    [[ $(must "$region" ec2 describe-vpcs --filters Name=is-default,Values=true | jq '.Vpcs | length') -gt 0 ]] \
      || skipped "quotas: $region has no default VPC; Packer needs a subnet there (-var subnet_id=...), ./deploy does not"
  done
}

look_at_zone() {
  local zone name
  if [[ -z $HOSTED_ZONE ]]; then
    skipped "zone: without --hosted-zone you set two CNAMEs yourself; ./deploy prints them"
    return
  fi
  if ! zone=$(cloud "$EDGE_REGION" route53 get-hosted-zone --id "$HOSTED_ZONE"); then
    failed "zone: $HOSTED_ZONE: $(refusal)"
    return
  fi
  name=$(jq -r '.HostedZone.Name | rtrimstr(".")' <<< "$zone")
  if [[ $(jq -r .HostedZone.Config.PrivateZone <<< "$zone") == true ]]; then
    failed "zone: $HOSTED_ZONE ($name) is private; certificates are proven in a public one"
  elif [[ $DOMAIN != "$name" && $DOMAIN != *".$name" ]]; then
    failed "zone: $HOSTED_ZONE is the zone of $name, and $DOMAIN is not below that"
  elif is_ours && is_new && is_taken; then
    failed "zone: $DOMAIN has an address in $HOSTED_ZONE already; delete that record, or take another --domain"
  else
    ok "zone: $HOSTED_ZONE is the zone of $name"
  fi
}

# One that is somebody else's has to be there, and for the domain.
look_at_distribution() {
  local found
  if is_ours; then
    ok 'distribution: one of its own'
  elif ! found=$(cloud "$EDGE_REGION" cloudfront get-distribution --id "$DISTRIBUTION"); then
    failed "distribution: $DISTRIBUTION: $(refusal)"
  elif jq -e --arg domain "$DOMAIN" '.Distribution.DistributionConfig.Aliases.Items // [] | index($domain)' <<< "$found" > /dev/null; then
    ok "distribution: $DISTRIBUTION serves $DOMAIN"
  else
    failed "distribution: $DOMAIN is none of the aliases of $DISTRIBUTION"
  fi
}

is_taken() {
  [[ -z $(previous "$EDGE_REGION" edge HostedZoneId) ]] \
    && must "$EDGE_REGION" route53 list-resource-record-sets --hosted-zone-id "$HOSTED_ZONE" --start-record-name "$DOMAIN" --max-items 5 \
    | jq -e --arg name "$DOMAIN." 'any(.ResourceRecordSets[]; .Name == $name and (.Type | IN("A", "AAAA", "CNAME")))' > /dev/null
}

# How tokens will be verified, in the order in which the service looks
look_at_keys() {
  local issuer set key mode name=settings:PublicKey
  issuer=$(intended settings:IssuerUri)
  set=$(intended settings:JwkSetUri)
  key=$(intended settings:PublicKey)
  mode=$(intended settings:AccessMode)
  if [[ $mode == open && $VIEWER_ACCESS == SignedCookies ]]; then
    failed 'keys: AccessMode=open knows no tokens, and SignedCookies gives cookies for one; --viewer-access Open, or AccessMode=required'
  elif [[ -n $set ]]; then
    check_key_set "$set"
  elif [[ -n $key ]]; then
    [[ -z $PUBLIC_KEY ]] || name="--public-key $PUBLIC_KEY"
    check_public_key "$name" < <(openssl base64 -d -A <<< "${key#base64:}")
  elif [[ -n $issuer ]]; then
    check_issuer "$issuer"
  elif [[ $mode == open ]]; then
    ok 'keys: none are needed, tokens are not looked at'
  else
    failed 'keys: tokens cannot be verified: give --issuer or --public-key, or, for images that everybody may see, --viewer-access Open and --parameter settings:AccessMode=open'
  fi
}

check_public_key() {
  local bits
  bits=$(openssl rsa -pubin -noout -text 2> /dev/null | sed -n 's/.*Public-Key: (\([0-9]*\) bit).*/\1/p' || true)
  if [[ ${bits:-0} -ge 2048 ]]; then
    ok "keys: $1 is an RSA key of $bits bits"
  else
    failed "keys: $1 is no public RSA key of 2048 bits or more in PEM (-----BEGIN PUBLIC KEY-----)"
  fi
}

fetch() { curl --silent --show-error --fail --location --max-time 10 "$1" 2> "$WORK/fetch"; }

check_issuer() {
  local found
  if ! found=$(fetch "${1%/}/.well-known/openid-configuration"); then
    failed "keys: the issuer $1 does not say where its keys are: $(cat "$WORK/fetch"). One that only instances reach: --without-check keys"
  elif [[ $(jq -r '.issuer // empty' <<< "$found" 2> /dev/null) != "$1" ]]; then
    failed "keys: the issuer at $1 calls itself $(jq -r '.issuer // "nothing"' <<< "$found" 2> /dev/null || echo 'no JSON'); tokens name that"
  else
    check_key_set "$(jq -r .jwks_uri <<< "$found")"
  fi
}

check_key_set() {
  local count
  count=$(fetch "$1" | jq '.keys | length' 2> /dev/null || true)
  if [[ ${count:-0} -gt 0 ]]; then ok "keys: $count at $1"; else failed "keys: there are none at $1"; fi
}

look_at_image() {
  local region id found
  for region in "${REGIONS[@]}"; do
    id=$(running "$region" | jq -r '.image // empty')
    [[ -n $id ]] || id=$(built_image "$region")
    if [[ -z $id ]]; then
      failed "image: none in $region: the parameter $IMAGE_PARAMETER is not there. Run packer build first; see packer/"
      continue
    fi
    found=$(maybe InvalidAMIID "$region" ec2 describe-images --image-ids "$id" | jq -r '.Images[0].State // empty')
    if [[ $found == available ]]; then ok "image: $id in $region"; else failed "image: $id in $region is ${found:-not there any more}"; fi
  done
}

look_at_bucket() {
  local region name where owner
  for region in "${REGIONS[@]}"; do
    name=$(bucket_of "$region")
    owner=$(bucket_account "$region")
    if [[ -n $owner ]]; then
      skipped "bucket: $name is of account $owner, whose owner has to let the instances read it"
    elif cloud "$region" s3api head-bucket --bucket "$name" > /dev/null; then
      where=$(cloud "$region" s3api get-bucket-location --bucket "$name" | jq -r '.LocationConstraint // "us-east-1"' || true)
      if [[ -z $where || $where == "$region" ]]; then
        ok "bucket: $name in $region"
      else
        failed "bucket: $name is in $where and not in $region"
      fi
    elif [[ $name == "$(own_bucket "$region")" ]]; then
      ok "bucket: $name will be made"
    else
      failed "bucket: $name in $region is not there, or not ours: $(refusal)"
    fi
  done
}

# What an earlier environment of this name has left, and a new stack could not make again
look_at_leftovers() {
  local logs=image-origin-$ENVIRONMENT-logs-$ACCOUNT
  if is_ours && [[ -z $(previous "$EDGE_REGION" logs Environment) ]] && cloud "$EDGE_REGION" s3api head-bucket --bucket "$logs" > /dev/null; then
    failed "leftovers: the bucket $logs is left from before; ./deploy destroy --with-logs deletes it"
  else
    ok 'leftovers: none'
  fi
}
