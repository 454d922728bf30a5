# shellcheck shell=bash
# The steps of a deployment, in order. The edge comes before the instances, because they purge in its distribution.

readonly STEPS='secrets certificate bucket events network cache balancer api edge service alarms'

is_wanted() { [[ ${#ONLY[@]} -eq 0 || " ${ONLY[*]} " == *" $1 "* ]]; }

deploy_everything() {
  local step region
  finish_what_was_interrupted
  is_dry || [[ ${#ONLY[@]} -gt 0 ]] || write_intention
  for step in $STEPS; do
    is_wanted "$step" || continue
    say "== $step"
    case $step in
      secrets | certificate | edge | alarms) "step_$step" ;;
      *) for region in $(working_regions); do "step_$step" "$region"; done ;;
    esac
    [[ $step != service ]] || is_dry || remember_good
  done
  is_dry || [[ ${#ONLY[@]} -gt 0 ]] || say_where_images_are
}

say_where_images_are() {
  local edge
  say_newer_images
  if ! is_ours; then
    say "Nothing was changed in distribution $DISTRIBUTION. What it has to get, if it has not: ./deploy behaviours"
    say "With it, images are at https://$DOMAIN$IMAGE_PATH. Then: ./deploy smoke --help"
    return
  fi
  edge=$(output "$EDGE_REGION" edge DistributionDomainName)
  if [[ -n $HOSTED_ZONE ]]; then
    say "Images are at https://$DOMAIN$IMAGE_PATH. Now: ./deploy smoke --help"
  else
    say "Without --hosted-zone one thing is left to you: a CNAME from $DOMAIN to $edge."
    say "With it, images are at https://$DOMAIN$IMAGE_PATH. Then: ./deploy smoke --help"
  fi
}

# A deployment keeps the machine image that serves; what Packer has built since waits for its promotion.
say_newer_images() {
  local region newest
  for region in $(working_regions); do
    newest=$(built_image "$region")
    [[ -z $newest || $newest == "$(running "$region" | jq -r .image)" ]] || say "$region  image: Packer has built $newest; ./deploy promote brings it in"
  done
}

# Our own parameters of every template.
common() { printf 'Environment=%s\n' "$ENVIRONMENT"; }

step_certificate() {
  local region given=()
  [[ -z $HOSTED_ZONE ]] || given=("HostedZoneId=$HOSTED_ZONE")
  [[ -n $HOSTED_ZONE ]] || note "without --hosted-zone, a CNAME has to prove $DOMAIN; it is the same for all regions, and this waits for it"
  while read -r region; do
    apply "$region" certificate "$(common)" "DomainName=$DOMAIN" ${given[@]+"${given[@]}"}
  done < <({ ! is_ours || printf '%s\n' "$EDGE_REGION"; } | cat - <(printf '%s\n' "${REGIONS[@]}") | sort -u)
}

# The CNAME that proves the domain, while the stack waits for it: show_proof <region>
show_proof() {
  local certificate proof
  [[ -z $HOSTED_ZONE ]] || return 0
  while [[ $(look_again "$1" certificate && status "$1" certificate) == *_IN_PROGRESS ]]; do
    certificate=$(must "$1" cloudformation describe-stack-resources --stack-name "$(stack_name certificate)" \
      | jq -r '.StackResources[] | select(.LogicalResourceId == "Certificate") | .PhysicalResourceId // empty')
    alive
    [[ $certificate != arn:* ]] || proof=$(must "$1" acm describe-certificate --certificate-arn "$certificate" \
      | jq -r '.Certificate.DomainValidationOptions[0].ResourceRecord | select(. != null) | "\(.Name)  CNAME  \(.Value)"')
    alive
    [[ -z ${proof:-} ]] || { note "to be set: $proof" && return; }
    sleep "$POLL_SECONDS"
  done
}

other_region() {
  local region
  for region in "${REGIONS[@]}"; do
    [[ $region == "$1" ]] || printf '%s\n' "$region"
  done
}

own_bucket() { printf 'image-origin-%s-%s-%s\n' "$ENVIRONMENT" "$ACCOUNT" "$1"; }

# bucket_account <region>: of the bucket, if that is another one than ours. Only the instances may read such a bucket, the
# deployer may not even look whether it is there.
bucket_account() {
  local typed
  [[ $(bucket_of "$1") != "$(own_bucket "$1")" ]] || return 0
  typed=$(given "$1" events | sed -n 's/^BucketAccount=/=/p' | tail -n 1)
  if [[ -n $typed ]]; then printf '%s\n' "${typed#=}"; else previous "$1" events BucketAccount; fi
}

# Ours are made here; one that is somebody else's is only looked at.
step_bucket() {
  local region=$1 name owner replica=
  name=$(bucket_of "$region")
  owner=$(bucket_account "$region")
  if [[ -n $owner ]]; then
    say "$region  bucket: $name is of account $owner, whose owner lets the instances read it"
    return
  elif [[ $name != "$(own_bucket "$region")" ]]; then
    has_bucket "$region" "$name" || die "--bucket $name: it is not there, or not ours: $(refusal)"
    say "$region  bucket: $name is there"
    return
  fi
  if [[ $(previous "$region" bucket BucketName) != "$name" ]] && has_bucket "$region" "$name"; then
    adopt_bucket "$region" "$name"
    is_dry && return
  fi
  [[ $region != "$(home)" || -z $(second) ]] || replica=$(bucket_of "$(second)")
  apply "$region" bucket "$(common)" "BucketName=$name" "ReplicaBucketName=$replica"
}

# A bucket of ours that was left by an environment of before comes into a stack again, at first with nothing but its name. What the
# template says of it is an update after that: it would replicate by a role that is gone.
adopt_bucket() {
  local region=$1 name=$2 set
  say "$region  bucket: $name is left from before, and comes into a stack again"
  is_dry && return
  set=import-$(date +%s)-$$
  must "$region" cloudformation create-change-set --stack-name "$(stack_name bucket)" --change-set-name "$set" --change-set-type IMPORT \
    --resources-to-import "$(jq -n --arg name "$name" \
      '[{ResourceType: "AWS::S3::Bucket", LogicalResourceId: "Bucket", ResourceIdentifier: {BucketName: $name}}]')" \
    --template-body "$(jq -n '{Parameters: {Environment: {Type: "String"}, BucketName: {Type: "String"}},
      Resources: {Bucket: {Type: "AWS::S3::Bucket", DeletionPolicy: "Retain", Properties: {BucketName: {Ref: "BucketName"}}}}}')" \
    --parameters "ParameterKey=Environment,ParameterValue=$ENVIRONMENT" "ParameterKey=BucketName,ParameterValue=$name" > /dev/null
  show_changes "$region" bucket "$set"
  execute "$region" bucket "$set"
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
    "SecretVersion=$(cache_version "$1")"
}

step_balancer() {
  apply "$1" balancer "$(common)" \
    "VpcId=$(output "$1" network VpcId)" \
    "SubnetIds=$(output "$1" network PrivateSubnetIds)" \
    "BalancerSecurityGroupId=$(output "$1" security-groups BalancerSecurityGroupId)" \
    "CertificateArn=$(output "$1" certificate CertificateArn)"
}

step_api() { apply_api "$1"; }

apply_api() {
  [[ $FRONT_DOOR == ApiGateway ]] || return 0
  apply "$1" api "$(common)" "DomainName=$DOMAIN" \
    "BalancerArn=$(output "$1" balancer BalancerArn)" \
    "SubnetIds=$(output "$1" network PrivateSubnetIds)" \
    "LinkSecurityGroupId=$(output "$1" security-groups LinkSecurityGroupId)" \
    "EdgeSecretVersion=$(edge_version "$1")"
  is_dry || bring_stage_up_to_date "$1"
  apply "$1" canary "$(common)" \
    "ApiDomainName=$(output "$1" api DomainName)" "Path=$IMAGE_PATH/canary.png" "BucketName=$(bucket_of "$1")" \
    "EdgeSecretVersion=$(edge_version "$1")"
}

# A stage serves a snapshot of its API, and CloudFormation takes no other when only values change. The description of a
# deployment says which values it was made of: bring_stage_up_to_date <region>
bring_stage_up_to_date() {
  local api wanted deployed found
  api=$(output "$1" api ApiId)
  wanted="image-origin $(printf '%s\n' "$DOMAIN" "$(output "$1" balancer BalancerArn)" "$(output "$1" api LinkId)" \
    "$(sed -n 's/.*Digest: \([0-9a-f]*\).*/\1/p' "$TEMPLATES/api.yaml")" | openssl dgst -sha256 -r | cut -c 1-16)"
  deployed=$(maybe NotFound "$1" apigateway get-stage --rest-api-id "$api" --stage-name live | jq -r '.deploymentId // empty')
  [[ -z $deployed ]] || found=$(must "$1" apigateway get-deployment --rest-api-id "$api" --deployment-id "$deployed" \
    | jq -r '.description // empty')
  alive
  [[ ${found:-} != "$wanted" ]] || return 0
  must "$1" apigateway create-deployment --rest-api-id "$api" --stage-name live --description "$wanted" > /dev/null
  say "$1  api: the stage serves the values of now"
}
