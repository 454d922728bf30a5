# shellcheck shell=bash
# What is deployed decides. What is typed may only say the same, unless a --change-... says that it is meant.

# The intention of a first deployment, for as long as no stack says so yet; ./deploy may have been interrupted.
intention_name() { printf '/image-origin/deployments/%s/intention\n' "$ENVIRONMENT"; }

# intention <member>: its value, or each of its values in a line
intention() {
  local kept=$WORK/intention key value
  [[ -f $kept ]] || must_know_intention
  while IFS=$'\t' read -r key value; do
    [[ $key != "$1" || -z $value ]] || printf '%s\n' "$value"
  done < "$kept"
}

# Read once, with one line for each value; the line "all" is what is written there.
must_know_intention() {
  maybe ParameterNotFound "$EDGE_REGION" ssm get-parameter --name "$(intention_name)" | jq -r '.Parameter.Value
    | "all\t\(.)", (fromjson | to_entries[] | .key as $key | .value | if type == "array" then .[] else . end | "\($key)\t\(.)")' > "$WORK/intention"
}

write_intention() {
  local value before
  value=$(jq -nc --arg domain "$DOMAIN" --arg zone "$HOSTED_ZONE" --arg path "$IMAGE_PATH" --arg origins "$ALLOWED_ORIGINS" \
    --arg distribution "$DISTRIBUTION" --arg door "$FRONT_DOOR" --arg access "$VIEWER_ACCESS" --arg size "$SIZE" \
    --arg regions "${DEPLOYED_REGIONS[*]}" --arg buckets "${BUCKETS[*]}" \
    '{regions: ($regions | split(" ")), buckets: ($buckets | split(" ")), $domain, $distribution, $zone, $path, $origins, $door, $access, $size}')
  before=$(intention all)
  [[ $before == "$value" ]] || must "$EDGE_REGION" ssm put-parameter --name "$(intention_name)" --type String --overwrite \
    --value "$value" > /dev/null
  rm -f "$WORK/intention"
}

is_change() { [[ " ${CHANGES[*]} " == *" $1 "* ]]; }

# settle <variable> <flag> <deployed>: the variable becomes what is deployed, or stays as typed where that is allowed.
settle() {
  # Not the name of any variable that is settled: this one would hide it.
  local given_here=${!1}
  if [[ -z $3 || $given_here == "$3" ]]; then
    return
  elif [[ -z $given_here ]]; then
    printf -v "$1" '%s' "$3"
  elif is_change "$2"; then
    say "--change-$2: from $3 to $given_here"
  else
    die "$ENVIRONMENT is deployed with $3, not with $given_here. Leave --$2 out, or add --change-$2 if you mean it"
  fi
}

# either <a> <b>: the first that is not empty
either() { printf '%s\n' "${1:-$2}"; }

# What is not given is as it is deployed, or else the default.
settle_choices() {
  settle_regions
  settle DOMAIN domain "$(either "$(previous "$EDGE_REGION" certificate DomainName)" \
    "$(either "$(deployed certificate DomainName)" "$(intention domain)")")"
  [[ -n $DOMAIN ]] || die 'the --domain is missing'
  settle HOSTED_ZONE hosted-zone "$(either "$(previous "$EDGE_REGION" certificate HostedZoneId)" "$(intention zone)")"
  settle_distribution
  settle_buckets
  settle IMAGE_PATH image-path "$(either "$(deployed balancer ImagePath)" "$(intention path)")"
  settle ALLOWED_ORIGINS allowed-origins "$(either "$(deployed settings AllowedOrigins)" "$(intention origins)")"
  settle_access
  SIZE=${SIZE:-$(intention size)}
  alive
}

settle_regions() {
  local deployed=() region
  mapfile -t deployed < <(printf '%s\n%s\n' "$(previous "$EDGE_REGION" edge HomeRegion)" \
    "$(previous "$EDGE_REGION" edge SecondRegion)" | sed '/^$/d')
  [[ ${#deployed[@]} -gt 0 ]] || mapfile -t deployed < <(intention regions)
  alive
  [[ ${#REGIONS[@]} -gt 0 ]] || REGIONS=("${deployed[@]}")
  if [[ ${#REGIONS[@]} -eq 0 && $COMMAND == destroy ]]; then
    say "There is no environment $ENVIRONMENT that ./deploy knows of; where one is left half, name its --region and --domain."
    exit 0
  fi
  [[ ${#REGIONS[@]} -gt 0 ]] || die 'a --region is missing, the home region'
  DEPLOYED_REGIONS=("${deployed[@]}")
  if [[ ${#deployed[@]} -eq 0 || "${REGIONS[*]}" == "${deployed[*]}" ]]; then
    DEPLOYED_REGIONS=("${REGIONS[@]}")
  elif is_change regions; then
    [[ ${#REGIONS[@]} -ge ${#deployed[@]} ]] || die "a region is not taken away in place; see docs/operations.md"
    say "--change-regions: from ${deployed[*]} to ${REGIONS[*]}"
    DEPLOYED_REGIONS=("${REGIONS[@]}")
  elif [[ ${#REGIONS[@]} -eq 1 && ${#ONLY[@]} -gt 0 && " ${deployed[*]} " == *" ${REGIONS[0]} "* ]]; then
    ONLY_REGION=${REGIONS[0]}
    REGIONS=("${deployed[@]}")
  else
    die "$ENVIRONMENT is deployed in ${deployed[*]} (home first), not in ${REGIONS[*]}. Leave --region out; one of them \
alone goes with --only; --change-regions adds one or makes the other one home"
  fi
}

# The regions that this run works on, home last: the replica comes first, and where something new goes wrong, it shall be
# away from home.
working_regions() {
  local region
  for region in $(second) "$(home)"; do
    [[ -n $ONLY_REGION && $ONLY_REGION != "$region" ]] || printf '%s\n' "$region"
  done
}

settle_buckets() {
  local i deployed typed
  [[ ${#BUCKETS[@]} -eq 0 || ${#BUCKETS[@]} -eq ${#REGIONS[@]} ]] || die 'a --bucket is needed for each region, or none'
  for i in "${!REGIONS[@]}"; do
    deployed=$(either "$(previous "${REGIONS[i]}" settings BucketName)" "$(previous "${REGIONS[i]}" bucket BucketName)")
    deployed=$(either "$deployed" "$(intention buckets | sed -n "$((i + 1))p")")
    typed=${BUCKETS[i]:-}
    settle typed bucket "$deployed"
    BUCKETS[i]=${typed:-$(own_bucket "${REGIONS[i]}")}
  done
}

# bucket_of <region>
bucket_of() {
  local i
  for i in "${!REGIONS[@]}"; do
    [[ ${REGIONS[i]} != "$1" ]] || printf '%s\n' "${BUCKETS[i]}"
  done
}

settle_access() {
  local before
  before=$(either "$(deployed security-groups FrontDoor)" "$(intention door)")
  FRONT_DOOR=${FRONT_DOOR:-${before:-ApiGateway}}
  [[ -z $before || $before == "$FRONT_DOOR" ]] || die "the front door of $ENVIRONMENT is $before, and changing it in place \
would fail every miss for the time that it takes. Deploy another --environment with --front-door $FRONT_DOOR and the same \
--bucket, then move the domain"
  # A distribution of others tells nothing; the service is told the same.
  before=$(either "$(previous "$EDGE_REGION" edge ViewerAccess)" "$(either "$(deployed settings ViewerAccess)" "$(intention access)")")
  VIEWER_ACCESS=${VIEWER_ACCESS:-${before:-SignedCookies}}
  IMAGE_PATH=${IMAGE_PATH:-/proxy-image}
  ALLOWED_ORIGINS=${ALLOWED_ORIGINS:-*}
  [[ -n $WITH_WAF ]] || settle_waf
}

# One that is there and not in use was about to be attached, or to be deleted.
settle_waf() {
  [[ -n $(status "$EDGE_REGION" waf) ]] || return 0
  if [[ -z $(previous "$EDGE_REGION" edge Environment) || -n $(previous "$EDGE_REGION" edge WebAclArn) ]]; then
    WITH_WAF=yes
  elif [[ $COMMAND == deploy ]]; then
    die "a web ACL is there, and the distribution does not use it: --waf or --no-waf was interrupted. Say which of them you mean"
  fi
}

# What --size stands for, as Name=Value lines of one template: size_parameters <region> <template>. A stack that is there keeps
# what it has, and a new one is as that of the other region, unless the size is typed now.
size_parameters() {
  [[ $SIZE_IS_TYPED == yes || -z $(previous "$1" "$2" Environment)$(twin "$1" "$2") ]] || return 0
  jq -r --arg size "${SIZE:-standard}" --arg template "$2:" '.[$size].parameters | to_entries[]
    | select(.key | startswith($template)) | "\(.key | ltrimstr($template))=\(.value)"' "$TEMPLATES/sizes.json"
}
