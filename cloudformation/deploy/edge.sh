# shellcheck shell=bash
# The steps at the edge, all in its region.

step_edge() {
  local key=() value
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
  ! is_ours || apply_distribution
  if [[ $WITH_WAF == no && -n $(status "$EDGE_REGION" waf) ]]; then
    say "$EDGE_REGION  waf: taken away"
    is_dry || delete_stack "$EDGE_REGION" waf
  fi
  if [[ $VIEWER_ACCESS == SignedCookies ]] && ! is_dry; then
    value=$(secret "$(home)" "$(viewer_key_name)")
    publish_viewer_key "$value"
  fi
  ! is_ours || apply "$EDGE_REGION" logs "$(common)" "DistributionId=$(distribution_id)"
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
  case $WITH_WAF in
    yes) given+=("WebAclArn=$(output "$EDGE_REGION" waf WebAclArn)") ;;
    no) given+=("WebAclArn=") ;;
  esac
  [[ $VIEWER_ACCESS == Open ]] || given+=("KeyGroupId=$(output "$EDGE_REGION" edge-policies KeyGroupId)")
  apply "$EDGE_REGION" edge "$(common)" "DomainName=$DOMAIN" "FrontDoor=$FRONT_DOOR" "ViewerAccess=$VIEWER_ACCESS" \
    "CertificateArn=$(output "$EDGE_REGION" certificate CertificateArn)" \
    "EdgeSecretVersion=$(edge_version "$EDGE_REGION")" \
    "CachePolicyId=$(output "$EDGE_REGION" edge-policies CachePolicyId)" \
    "OriginRequestPolicyId=$(output "$EDGE_REGION" edge-policies OriginRequestPolicyId)" \
    "SessionRequestPolicyId=$(output "$EDGE_REGION" edge-policies SessionRequestPolicyId)" \
    "ResponseHeadersPolicyId=$(output "$EDGE_REGION" edge-policies ResponseHeadersPolicyId)" \
    "${given[@]}"
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
  ! is_ours || apply "$EDGE_REGION" edge-alarms "$(common)" "DistributionId=$(distribution_id)" \
    "CertificateArn=$(output "$EDGE_REGION" certificate CertificateArn)" ${mail[@]+"${mail[@]}"}
  apply "$EDGE_REGION" dashboard "$(common)" "DistributionId=$(distribution_id)" "${given[@]}"
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
    "QueueName=$(output "$region" events QueueName)" "DeadLettersName=$(output "$region" events DeadLettersName)" \
    "CertificateArn=$(output "$region" certificate CertificateArn)" ${replication[@]+"${replication[@]}"}
}

largest_group() {
  local size
  size=$(previous "$1" service MaxSize)
  printf '%s\n' "${size:-6}"
}
