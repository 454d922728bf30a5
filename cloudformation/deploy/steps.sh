# shellcheck shell=bash
# The steps of a deployment, in order. The edge comes before the instances, because they purge in its distribution.

readonly STEPS='secrets certificate bucket network cache balancer api edge service alarms'

# What is not given is as it is deployed, or else the default.
settle_choices() {
  local before
  before=$(previous "$(home)" security-groups FrontDoor)
  FRONT_DOOR=${FRONT_DOOR:-${before:-ApiGateway}}
  [[ -z $before || $before == "$FRONT_DOOR" ]] || die "the front door of $ENVIRONMENT is $before, and changing it in place \
would fail every miss for the time that it takes. Deploy another --environment with --front-door $FRONT_DOOR and the same \
--bucket, then move the domain"
  if [[ -z $VIEWER_ACCESS ]]; then
    VIEWER_ACCESS=$(previous "$EDGE_REGION" edge ViewerAccess)
    VIEWER_ACCESS=${VIEWER_ACCESS:-SignedCookies}
  fi
}

is_wanted() { [[ ${#ONLY[@]} -eq 0 || " ${ONLY[*]} " == *" $1 "* ]]; }

deploy_everything() {
  local step region
  for region in "${REGIONS[@]}"; do
    check_image "$region"
  done
  for step in $STEPS; do
    is_wanted "$step" || continue
    say "== $step"
    case $step in
      secrets | certificate | edge | alarms) "step_$step" ;;
      # The replica first; and where something new goes wrong, it shall be away from home.
      *) for region in $(second) "$(home)"; do "step_$step" "$region"; done ;;
    esac
  done
  is_dry || say "Images are at https://$DOMAIN$(image_path). Now: ./deploy smoke --help"
}

image_path() {
  local path
  path=$(previous "$(home)" balancer ImagePath)
  printf '%s\n' "${path:-/proxy-image}"
}

# Our own parameters of every template, and what was given for all of them.
common() { printf 'Environment=%s\n' "$ENVIRONMENT"; }

step_certificate() {
  local region given=()
  [[ -z $HOSTED_ZONE ]] || given=("HostedZoneId=$HOSTED_ZONE")
  [[ -n $HOSTED_ZONE ]] || note "without --hosted-zone: set the CNAME that Certificate Manager shows for $DOMAIN; this waits for it"
  while read -r region; do
    apply "$region" certificate "$(common)" "DomainName=$DOMAIN" ${given[@]+"${given[@]}"}
  done < <(printf '%s\n' "$EDGE_REGION" "${REGIONS[@]}" | sort -u)
}

# bucket_of <region>: nothing is asked of AWS for names that follow from the account.
bucket_of() {
  local i
  for i in "${!REGIONS[@]}"; do
    if [[ ${REGIONS[i]} == "$1" ]]; then
      printf '%s\n' "${BUCKETS[i]:-image-origin-$ENVIRONMENT-$ACCOUNT-$1}"
    fi
  done
}

other_region() {
  local region
  for region in "${REGIONS[@]}"; do
    [[ $region == "$1" ]] || printf '%s\n' "$region"
  done
}

step_bucket() {
  local region=$1 given=()
  if [[ ${#BUCKETS[@]} -gt 0 ]]; then
    cloud "$region" s3api head-bucket --bucket "$(bucket_of "$region")" > /dev/null \
      || die "--bucket $(bucket_of "$region"): it is not there, or not ours: $(refusal)"
    say "$region  bucket: $(bucket_of "$region") is there"
    return
  fi
  if [[ $region == "$(home)" && -n $(second) ]]; then
    given=("ReplicaBucketName=$(bucket_of "$(second)")")
  fi
  apply "$region" bucket "$(common)" "BucketName=$(bucket_of "$region")" ${given[@]+"${given[@]}"}
}

step_network() {
  local region=$1 list=
  apply "$region" network "$(common)"
  if [[ $FRONT_DOOR == VpcOrigin ]]; then
    list=$(must "$region" ec2 describe-managed-prefix-lists \
      --filters Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing \
      | jq -r '.PrefixLists[0].PrefixListId // empty')
    [[ -n $list ]] || die "no prefix list of CloudFront in $region"
  fi
  apply "$region" security-groups "$(common)" "VpcId=$(output "$region" network VpcId)" "FrontDoor=$FRONT_DOOR" \
    "CloudFrontPrefixListId=$list"
}

step_cache() {
  apply "$1" cache "$(common)" \
    "SubnetIds=$(output "$1" network PrivateSubnetIds)" \
    "CacheSecurityGroupId=$(output "$1" security-groups CacheSecurityGroupId)" \
    "SecretVersion=$(service_version "$1")"
}

step_balancer() {
  apply "$1" balancer "$(common)" \
    "VpcId=$(output "$1" network VpcId)" \
    "SubnetIds=$(output "$1" network PrivateSubnetIds)" \
    "BalancerSecurityGroupId=$(output "$1" security-groups BalancerSecurityGroupId)" \
    "CertificateArn=$(output "$1" certificate CertificateArn)"
}

step_api() {
  [[ $FRONT_DOOR == ApiGateway ]] || return 0
  apply_api "$1"
}

apply_api() {
  [[ $FRONT_DOOR == ApiGateway ]] || return 0
  apply "$1" api "$(common)" "DomainName=$DOMAIN" \
    "BalancerArn=$(output "$1" balancer BalancerArn)" \
    "SubnetIds=$(output "$1" network PrivateSubnetIds)" \
    "LinkSecurityGroupId=$(output "$1" security-groups LinkSecurityGroupId)" \
    "EdgeSecretVersion=$(edge_version "$1")"
  apply "$1" canary "$(common)" \
    "ApiDomainName=$(output "$1" api DomainName)" \
    "EdgeSecretVersion=$(edge_version "$1")"
}

step_edge() {
  local key=()
  if [[ $WITH_WAF == yes ]]; then
    apply "$EDGE_REGION" waf "$(common)"
  fi
  if [[ $VIEWER_ACCESS == SignedCookies ]] \
    && [[ -z $(previous "$EDGE_REGION" edge-policies ViewerKeyA)$(previous "$EDGE_REGION" edge-policies ViewerKeyB) ]]; then
    key=("ViewerKeyA=$(viewer_public_key)")
  fi
  apply "$EDGE_REGION" edge-policies "$(common)" "FrontDoor=$FRONT_DOOR" ${key[@]+"${key[@]}"}
  if [[ -n $(second) ]]; then
    apply "$EDGE_REGION" edge-function "$(common)" "HomeRegion=$(home)" "SecondRegion=$(second)"
  fi
  [[ $FRONT_DOOR == ApiGateway ]] || apply_vpc_origins
  apply_distribution
  apply "$EDGE_REGION" logs "$(common)" "DistributionId=$(output "$EDGE_REGION" edge DistributionId)"
}

apply_vpc_origins() {
  local given=()
  [[ -z $(second) ]] || given=("SecondBalancerArn=$(output "$(second)" balancer BalancerArn)")
  apply "$EDGE_REGION" vpc-origins "$(common)" "HomeBalancerArn=$(output "$(home)" balancer BalancerArn)" ${given[@]+"${given[@]}"}
}

# What CloudFront has to know of one origin: origin_parameters Home|Second <region>
origin_parameters() {
  printf '%sRegion=%s\n' "$1" "$2"
  if [[ $FRONT_DOOR == ApiGateway ]]; then
    printf '%sOriginDomainName=%s\n' "$1" "$(output "$2" api DomainName)"
  else
    printf '%sOriginDomainName=%s\n' "$1" "$(output "$2" balancer BalancerDnsName)"
    printf '%sVpcOriginId=%s\n' "$1" "$(output "$EDGE_REGION" vpc-origins "$1VpcOriginId")"
  fi
}

apply_distribution() {
  local given=() origin=()
  mapfile -t given < <(origin_parameters Home "$(home)")
  if [[ -n $(second) ]]; then
    mapfile -t origin < <(origin_parameters Second "$(second)")
    given+=("${origin[@]}" "FunctionArn=$(output "$EDGE_REGION" edge-function FunctionArn)")
  fi
  [[ -z $HOSTED_ZONE ]] || given+=("HostedZoneId=$HOSTED_ZONE")
  [[ $WITH_WAF == no ]] || given+=("WebAclArn=$(output "$EDGE_REGION" waf WebAclArn)")
  [[ $VIEWER_ACCESS == Open ]] || given+=("KeyGroupId=$(output "$EDGE_REGION" edge-policies KeyGroupId)")
  apply "$EDGE_REGION" edge "$(common)" "DomainName=$DOMAIN" "FrontDoor=$FRONT_DOOR" "ViewerAccess=$VIEWER_ACCESS" \
    "CertificateArn=$(output "$EDGE_REGION" certificate CertificateArn)" \
    "EdgeSecretVersion=$(edge_version "$EDGE_REGION")" \
    "CachePolicyId=$(output "$EDGE_REGION" edge-policies CachePolicyId)" \
    "OriginRequestPolicyId=$(output "$EDGE_REGION" edge-policies OriginRequestPolicyId)" \
    "ResponseHeadersPolicyId=$(output "$EDGE_REGION" edge-policies ResponseHeadersPolicyId)" \
    "${given[@]}"
}

step_service() {
  local region=$1 other given=() replica=()
  other=$(other_region "$region")
  [[ -z $other ]] || replica=("ReplicaBucketName=$(bucket_of "$other")")
  [[ -z $other ]] || given=("ReplicaBucketRegion=$other")
  [[ -z $ISSUER ]] || given+=("IssuerUri=$ISSUER")
  apply "$region" settings "$(common)" \
    "BucketName=$(bucket_of "$region")" "BucketRegion=$region" ${replica[@]+"${replica[@]}"} ${given[@]+"${given[@]}"} \
    "CacheEndpoint=$(output "$region" cache Endpoint)" \
    "CacheUserName=$(output "$region" cache UserName)" \
    "DistributionId=$(output "$EDGE_REGION" edge DistributionId)"
  apply "$region" role "$(common)" "BucketName=$(bucket_of "$region")" ${replica[@]+"${replica[@]}"} \
    "DistributionId=$(output "$EDGE_REGION" edge DistributionId)"
  apply "$region" service "$(common)" "SettingsDigest=$(settings_digest "$region")" \
    "LaunchTemplateVersion=$(running_version "$region")" \
    "SubnetIds=$(output "$region" network PrivateSubnetIds)" \
    "ServiceSecurityGroupId=$(output "$region" security-groups ServiceSecurityGroupId)" \
    "TargetGroupArn=$(output "$region" balancer TargetGroupArn)" \
    "ProfileArn=$(output "$region" role ProfileArn)"
  is_dry || { roll_out "$region" && await_healthy "$region"; }
}

# A group is made whether its instances work or not.
await_healthy() {
  local target tries
  target=$(output "$1" balancer TargetGroupArn)
  for tries in {60..0}; do
    must "$1" elbv2 describe-target-health --target-group-arn "$target" \
      | jq -e 'any(.TargetHealthDescriptions[]; .TargetHealth.State == "healthy")' > /dev/null && return
    [[ $tries -eq 0 ]] || sleep "$POLL_SECONDS"
  done
  die "no instance of $1 is healthy; the log group /image-origin/$ENVIRONMENT in $1 says why"
}

# Changes when an instance would read something else at boot.
settings_digest() {
  {
    cloud "$1" ssm get-parameters-by-path --path "/image-origin/$ENVIRONMENT" \
      | jq -r '.Parameters | sort_by(.Name)[] | "\(.Name)=\(.Value)"'
    service_version "$1"
  } | openssl dgst -sha256 -r | cut -c 1-16
}

step_alarms() {
  local region mail=() name=Home given=()
  [[ -z $EMAIL ]] || mail=("Email=$EMAIL")
  for region in "${REGIONS[@]}"; do
    step_alarms_of "$region" ${mail[@]+"${mail[@]}"}
    given+=("${name}Region=$region"
      "${name}BalancerFullName=$(output "$region" balancer BalancerFullName)"
      "${name}TargetGroupFullName=$(output "$region" balancer TargetGroupFullName)"
      "${name}GroupName=$(output "$region" service GroupName)"
      "${name}ReplicationGroupId=$(output "$region" cache ReplicationGroupId)")
    name=Second
  done
  apply "$EDGE_REGION" edge-alarms "$(common)" "DistributionId=$(output "$EDGE_REGION" edge DistributionId)" \
    "CertificateArn=$(output "$EDGE_REGION" certificate CertificateArn)" ${mail[@]+"${mail[@]}"}
  apply "$EDGE_REGION" dashboard "$(common)" "DistributionId=$(output "$EDGE_REGION" edge DistributionId)" "${given[@]}"
}

step_alarms_of() {
  local region=$1 api=() replica replication=()
  shift
  [[ $FRONT_DOOR != ApiGateway ]] || api=("ApiName=$(output "$region" api ApiName)")
  # Both regions look at the same replication: one counts failures, the other delays.
  replica=$(previous "$(home)" bucket ReplicaBucketName)
  [[ -z $replica ]] || replication=("SourceBucketName=$(output "$(home)" bucket BucketName)" "ReplicaBucketName=$replica")
  apply "$region" alarms "$(common)" "$@" ${api[@]+"${api[@]}"} \
    "BalancerFullName=$(output "$region" balancer BalancerFullName)" \
    "TargetGroupFullName=$(output "$region" balancer TargetGroupFullName)" \
    "GroupName=$(output "$region" service GroupName)" \
    "MaxSize=$(largest_group "$region")" \
    "ReplicationGroupId=$(output "$region" cache ReplicationGroupId)"
  apply "$region" service-alarms "$(common)" "TopicArn=$(output "$region" alarms TopicArn)" \
    "CanaryKey=$(previous "$region" canary Key)"
  apply "$region" region-alarms "$(common)" "TopicArn=$(output "$region" alarms TopicArn)" ${api[@]+"${api[@]}"} \
    "CertificateArn=$(output "$region" certificate CertificateArn)" ${replication[@]+"${replication[@]}"}
}

largest_group() {
  local size
  size=$(previous "$1" service MaxSize)
  printf '%s\n' "${size:-6}"
}
