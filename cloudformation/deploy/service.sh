# shellcheck shell=bash
# The instances. A launch template version holds all that makes them: machine image, settings, version of the secret. So going
# back to a version brings back what served, and a machine that is replaced in between becomes what its neighbours are.

readonly ROLE_KEEPS='the role reads the former bucket as well, for the way back; when nobody wants that any more'

step_service() {
  local region=$1 replica=() other former
  await_rollout "$region"
  other=$(other_region "$region")
  [[ -z $other ]] || replica=("ReplicaBucketName=$(bucket_of "$other")")
  tell_session_keys "$region"
  apply_settings "$region" "$other" ${replica[@]+"${replica[@]}"}
  former=$(former_buckets "$region")
  apply "$region" role "$(common)" "BucketName=$(bucket_of "$region")" ${replica[@]+"${replica[@]}"} "FormerBucketNames=$former" \
    "DistributionId=$(distribution_id)" "PeerRegion=$other"
  release "$region" "$(image_of "$region")" "$(settings_text "$region")"
  [[ -z $former ]] || note "$ROLE_KEEPS: ./deploy --forget-former-buckets"
}

apply_settings() {
  local region=$1 other=$2 given=()
  shift 2
  [[ -z $other ]] || given=("ReplicaBucketRegion=$other" "PeerQueueUrl=$(output "$other" events QueueUrl)")
  if [[ $(either "$(previous "$region" settings AccessMode)" "$(previous "${other:-$region}" settings AccessMode)") == optional ]]; then
    say "$region  settings: AccessMode was optional, which let everybody past the edge without a token; it is required now"
    given+=('AccessMode=required')
  fi
  apply "$region" settings "$(common)" "BucketName=$(bucket_of "$region")" "BucketRegion=$region" "$@" ${given[@]+"${given[@]}"} \
    "CacheEndpoint=$(output "$region" cache Endpoint)" \
    "CacheUserName=$(output "$region" cache UserName)" \
    "DomainName=$DOMAIN" "ViewerAccess=$VIEWER_ACCESS" "EventsQueueUrl=$(output "$region" events QueueUrl)" \
    "DistributionId=$(distribution_id)"
}

# What --issuer and --public-key make of the settings: token_keys <region>. The service takes a key set before a public key before
# an issuer, so that whatever is replaced has to go. A set may belong to the issuer that is named once more.
token_keys() {
  if [[ -n $PUBLIC_KEY ]]; then
    printf 'PublicKey=base64:%s\nIssuerUri=%s\nJwkSetUri=\n' "$(openssl base64 -A < "$PUBLIC_KEY")" "$ISSUER"
  elif [[ -n $ISSUER ]]; then
    printf 'IssuerUri=%s\nPublicKey=\n' "$ISSUER"
    [[ $(previous "$1" settings IssuerUri) == "$ISSUER" ]] || printf 'JwkSetUri=\n'
  fi
}

# Buckets that instances may still read though no setting names them any more: running ones do until they are replaced, and
# a roll-back brings them back. None is forgotten while instances are told of it.
former_buckets() {
  local wanted before each
  wanted=" ${BUCKETS[*]} "
  before=$(running "$1" | jq -r '.settings // empty' | sed -n 's/^IMAGE_ORIGIN_STORE_BUCKETS_[0-9]*_NAME=//p' | paste -sd, -)
  alive
  [[ $FORGET_FORMER_BUCKETS == yes ]] || before+=$(printf ',%s,%s,%s' "$(previous "$1" role BucketName)" \
    "$(previous "$1" role ReplicaBucketName)" "$(previous "$1" role FormerBucketNames)")
  for each in ${before//,/ }; do
    [[ $wanted == *" $each "* ]] || printf '%s\n' "$each"
  done | sort -u | paste -sd, -
}

# What the service is told, NAME=value: the parameters that the settings stack has made, and any beside them.
settings_text() {
  local found
  found=$(must "$1" ssm get-parameters-by-path --path "/image-origin/$ENVIRONMENT" \
    | jq -r '.Parameters | sort_by(.Name)[] | "\(.Name | split("/")[-1])=\(.Value)"')
  alive
  if [[ -n $found ]]; then
    [[ ${#found} -lt 4000 ]] || die "the settings of $1 are ${#found} characters; a launch template takes less than 4,000"
    printf '%s\n' "$found"
  elif is_dry; then
    printf '(settings of service)\n'
  fi
}

# The image of an environment is the one that serves, until another is promoted: image_of <region>
image_of() {
  local i found
  for i in "${!REGIONS[@]}"; do
    [[ ${REGIONS[i]} != "$1" || -z ${IMAGES[i]:-} ]] || found=${IMAGES[i]}
  done
  if [[ -n ${found:-} ]]; then
    printf '%s\n' "$found"
    return
  fi
  found=$(running "$1" | jq -r '.image // empty')
  printf '%s\n' "${found:-$(newest_image "$1")}"
}

# What Packer built last, or nothing
built_image() { maybe ParameterNotFound "$1" ssm get-parameter --name "$IMAGE_PARAMETER" | jq -r .Parameter.Value; }

newest_image() {
  local found
  found=$(built_image "$1")
  [[ -n $found ]] || die "no machine image in $1: the parameter $IMAGE_PARAMETER is not there. Run packer build first; see packer/"
  printf '%s\n' "$found"
}

# Brings another image into an environment: the newest, those of --image, or those that serve in the environment of --from.
promote() {
  local i region found here=$ENVIRONMENT
  [[ ${#IMAGES[@]} -eq 0 || ${#IMAGES[@]} -eq ${#REGIONS[@]} ]] || die 'an --image is needed for each region, or none'
  for i in "${!REGIONS[@]}"; do
    region=${REGIONS[i]}
    [[ -z ${IMAGES[i]:-} ]] || continue
    if [[ -n $FROM ]]; then
      ENVIRONMENT=$FROM
      found=$(running "$region" | jq -r '.image // empty')
      ENVIRONMENT=$here
      [[ -n $found ]] || die "nothing serves in environment $FROM in $region"
    else
      found=$(newest_image "$region")
    fi
    IMAGES[i]=$found
  done
  alive
  for region in $(working_regions); do
    say "$region  image: from $(running "$region" | jq -r '.image // "none"') to $(image_of "$region")"
    check_image "$region" "$(image_of "$region")"
    await_rollout "$region"
    release "$region" "$(image_of "$region")" "$(running_settings "$region")"
  done
  is_dry || remember_good
}

# check_image <region> <id>: instances can be made of it
check_image() {
  local found
  found=$(maybe InvalidAMIID "$1" ec2 describe-images --image-ids "$2" | jq -r '.Images[0] | "\(.State) \(.Architecture)"')
  alive
  [[ $found == 'available '* ]] || die "image $2 is not there in $1: ${found:-no such image}"
}

# The same image and settings as before, and the newest version of the secret: for rotations.
renew_secrets() {
  await_rollout "$1"
  release "$1" "$(image_of "$1")" "$(running_settings "$1")"
}

running_settings() {
  local found
  found=$(running "$1" | jq -r '.settings // empty')
  alive
  if [[ -n $found ]]; then printf '%s\n' "$found"; else settings_text "$1"; fi
}

# Makes a launch template version and brings the instances to it: release <region> <image> <settings>
release() {
  local region=$1 version
  alive
  version=$(service_version "$region")
  alive
  is_dry || pin "$region" "$(service_name)" "$version"
  apply "$region" service "$(common)" "ImageId=$2" "Settings=$3" "SecretVersion=$version" \
    "LaunchTemplateVersion=$(running_version "$region")" \
    "SubnetIds=$(output "$region" network PrivateSubnetIds)" \
    "ServiceSecurityGroupId=$(output "$region" security-groups ServiceSecurityGroupId)" \
    "TargetGroupArn=$(output "$region" balancer TargetGroupArn)" \
    "ProfileArn=$(output "$region" role ProfileArn)"
  is_dry && return
  roll_out "$region"
  await_healthy "$region"
}

# A group is made whether its instances work or not.
await_healthy() {
  local target tries
  target=$(output "$1" balancer TargetGroupArn)
  for tries in {60..0}; do
    must "$1" elbv2 describe-target-health --target-group-arn "$target" \
      | jq -e 'any(.TargetHealthDescriptions[]; .TargetHealth.State == "healthy")' > /dev/null && return
    alive
    [[ $tries -eq 0 ]] || sleep "$POLL_SECONDS"
  done
  die "no instance of $1 is healthy; the log group /image-origin/$ENVIRONMENT in $1 says why"
}
