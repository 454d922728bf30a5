# shellcheck shell=bash
# New launch template versions get to the instances by an instance refresh. Only a refresh that names the configuration it
# leads to can be rolled back, so it, and not CloudFormation, moves the group to a version.

# group <region> [filter]: the Auto Scaling group as JSON, or what a filter of jq makes of it; nothing before the first deployment
group() {
  local name
  name=$(output_or_nothing "$1" service GroupName)
  [[ -z $name ]] || must "$1" autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    | jq -r ".AutoScalingGroups[0] | ${2:-.}"
}

running_version() {
  local version
  version=$(group "$1" .MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version)
  printf '%s\n' "${version:-1}"
}

# What a launch template version makes of an instance: version_content <region> <version>, as JSON with image, settings, secret
version_content() {
  must "$1" ec2 describe-launch-template-versions --versions "$2" --launch-template-id "$(output "$1" service LaunchTemplateId)" | jq '
    def content($name): . as $lines | map(endswith("path: /etc/image-origin/\($name)")) | index(true) as $at
      | [$lines[$at // length:][] | capture("^ *content: (?<value>.*)$").value][0] // "";
    .LaunchTemplateVersions[0].LaunchTemplateData | .ImageId as $image | .UserData | @base64d | split("\n")
    | {image: $image, secret: content("secret-version"), settings: (content("settings") | @base64d | sub("\n$"; ""))}'
}

# running <region>: the same of the version in use, or nothing before the first deployment
running() {
  [[ -z $(output_or_nothing "$1" service GroupName) ]] || version_content "$1" "$(running_version "$1")"
}

# What served in all regions at one time, the newest last, and where an unfinished roll-back leads. Recorded here, not inferred:
# {"good": [{region: version}...], "back": {region: version}}
rollouts_name() { printf '/image-origin/deployments/%s/rollouts\n' "$ENVIRONMENT"; }

rollouts() {
  maybe ParameterNotFound "$EDGE_REGION" ssm get-parameter --name "$(rollouts_name)" \
    | jq -c '.Parameter.Value | fromjson' | grep . || printf '{"good": [], "back": {}}\n'
}

# keep_rollouts <before> <after>
keep_rollouts() {
  alive
  [[ $1 == "$2" ]] || must "$EDGE_REGION" ssm put-parameter --name "$(rollouts_name)" --type String --overwrite --value "$2" > /dev/null
}

# versions_of <function of a region> <region...>: as {region: version}
versions_of() {
  local region version
  for region in "${@:2}"; do
    version=$("$1" "$region")
    alive
    printf '%s %s\n' "$region" "$version"
  done | jq -nRc '[inputs | split(" ") | {(.[0]): (.[1] | tonumber)}] | add // {}'
}

# A command has brought the instances to where they are to be: this serves from now on, and is what to come back to.
remember_good() {
  local before serving=() now
  mapfile -t serving < <(ONLY_REGION='' serving_regions)
  before=$(rollouts)
  now=$(versions_of running_version "${serving[@]}")
  alive
  keep_rollouts "$before" "$(jq -c --argjson now "$now" \
    '.back = {} | if .good[-1] == $now then . else .good = (.good + [$now])[-10:] end' <<< "$before")"
}

roll_out() {
  local latest running
  latest=$(output "$1" service LatestLaunchTemplateVersion)
  running=$(running_version "$1")
  alive
  if [[ $latest == "$running" ]]; then
    say "$1  instances: on version $running, as they were"
  else
    say "$1  instances: from version $running to $latest"
    refresh "$1" "$latest" "$(cautious_preferences "$1")"
  fi
}

# refresh <region> <version> <preferences>: replaces the instances and waits.
refresh() {
  local region=$1 version=$2 preferences=$3 now id
  alive
  now=$(group "$region")
  id=$(must "$region" autoscaling start-instance-refresh \
    --auto-scaling-group-name "$(jq -r .AutoScalingGroupName <<< "$now")" \
    --desired-configuration "$(jq -c --arg version "$version" '{MixedInstancesPolicy}
      | .MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification
        |= {LaunchTemplateId, Version: $version}' <<< "$now")" \
    --preferences "$preferences" | jq -r .InstanceRefreshId)
  alive
  await_refresh "$region" "$(jq -r .AutoScalingGroupName <<< "$now")" "$id" Successful
}

readonly PREFERENCES='{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150, "InstanceWarmup": 60, "SkipMatching": true}'

# Back by itself if the new instances fail or alarms go off; those look at five minutes.
cautious_preferences() {
  local alarms
  alarms=$(must "$1" cloudwatch describe-alarms --alarm-names \
    "image-origin-$ENVIRONMENT-service-5xx" "image-origin-$ENVIRONMENT-balancer-fails" \
    | jq -c '[.MetricAlarms[].AlarmName]')
  jq -c --argjson alarms "$alarms" '. + {BakeTime: 360, AutoRollback: true}
    + if $alarms == [] then {} else {AlarmSpecification: {Alarms: $alarms}} end' <<< "$PREFERENCES"
}

# await_refresh <region> <group> <id> <status that is wanted>
await_refresh() {
  local found
  found=$(end_of_refresh "$1" "$2" "$3")
  alive
  [[ $found == "$4 "* ]] || die "the instances in $1 were not replaced: $found"
}

# end_of_refresh <region> <group> <id>: what it has come to, once it is over
end_of_refresh() {
  local found before=
  while :; do
    found=$(must "$1" autoscaling describe-instance-refreshes --auto-scaling-group-name "$2" \
      --instance-refresh-ids "$3" | jq -r '.InstanceRefreshes[0] | "\(.Status) \(.PercentageComplete // 0) % \(.StatusReason // "")"')
    alive
    [[ $found == "$before" ]] || note "$found"
    before=$found
    case $found in
      Successful* | RollbackSuccessful* | RollbackFailed* | Failed* | Cancelled*) break ;;
    esac
    sleep "$POLL_SECONDS"
  done
  printf '%s\n' "$found"
}

# refresh_under_way <region>: the refresh that an earlier ./deploy has left to itself, "id status version", or nothing
refresh_under_way() {
  local group
  group=$(output_or_nothing "$1" service GroupName)
  [[ -z $group ]] || must "$1" autoscaling describe-instance-refreshes --auto-scaling-group-name "$group" \
    | jq -r '.InstanceRefreshes[0] // {}
      | select(.Status | IN("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress"))
      | "\(.InstanceRefreshId) \(.Status) \(.DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version)"'
}

# Nothing is changed while instances are being replaced.
await_rollout() {
  local id
  id=$(refresh_under_way "$1")
  id=${id%% *}
  alive
  [[ -n $id ]] || return 0
  say "$1  instances: a rollout is under way; waiting for it"
  is_dry || end_of_refresh "$1" "$(output "$1" service GroupName)" "$id" > /dev/null
}

# headed_to <region>: the version of a refresh under way, or else the one in use
headed_to() {
  local refresh
  refresh=$(refresh_under_way "$1")
  alive
  case $refresh in
    *' Pending '* | *' InProgress '* | *' Baking '*) printf '%s\n' "${refresh##* }" ;;
    *) running_version "$1" ;;
  esac
}

# Back to what served in all regions before, or to the version of --to. Where it leads is written down before the first change, so
# that the command may be repeated. Alarms that are on already must not stop the way back.
roll_back_everywhere() {
  local region before targets
  [[ -n $(serving_regions) ]] || die "no instances serve in ${REGIONS[*]}"
  before=$(rollouts)
  targets=$(targets_of_roll_back "$before")
  alive
  for region in $(serving_regions); do
    [[ $(running_version "$region") == "$(target "$targets" "$region")" ]] || check_way_back "$region" "$(target "$targets" "$region")"
  done
  alive
  is_dry || keep_rollouts "$before" "$(jq -c --argjson back "$targets" \
    '.back = $back | .good |= map(select(. as $set | all($back | to_entries[]; $set[.key] == null or $set[.key] <= .value)))' <<< "$before")"
  for region in $(serving_regions); do
    go_back "$region" "$(target "$targets" "$region")"
  done
  is_dry || remember_good
}

# target <targets> <region>: a region that is in none of the sets stays where it is
target() {
  local version
  version=$(jq -r --arg region "$2" '.[$region] // empty' <<< "$1")
  if [[ -n $version ]]; then printf '%s\n' "$version"; else running_version "$2"; fi
}

# targets_of_roll_back <what is recorded>: {region: version} of all regions that this run works on
targets_of_roll_back() {
  local serving=() now found
  mapfile -t serving < <(serving_regions)
  if [[ -n $TO_VERSION ]]; then
    jq -nc --arg version "$TO_VERSION" '[$ARGS.positional[] | {(.): ($version | tonumber)}] | add' --args "${serving[@]}"
    return
  fi
  found=$(jq -c '.back | select(. != {})' <<< "$1")
  if [[ -n $found ]]; then
    say 'A roll-back was interrupted; it is finished now.'
    printf '%s\n' "$found"
    return
  fi
  [[ $(jq '.good | length' <<< "$1") -gt 0 ]] || die "which version served before is not recorded ($(rollouts_name)); name one by --to"
  now=$(versions_of headed_to "${serving[@]}")
  alive
  found=$(jq -c --argjson now "$now" '[.good[] | with_entries(select($now[.key] != null))
    | select(any(to_entries[]; .value != $now[.key]))] | last // empty' <<< "$1")
  [[ -n $found ]] || die "$ENVIRONMENT runs on version $(jq -r '[to_entries[] | "\(.value) in \(.key)"] | join(" and ")' <<< "$now"), and none \
is recorded that served before it; name one by --to"
  printf '%s\n' "$found"
}

# go_back <region> <version>
go_back() {
  local region=$1 version=$2 refresh
  refresh=$(refresh_under_way "$region")
  alive
  if [[ -n $refresh ]]; then
    stop_or_await "$region" "$version" "$refresh"
  fi
  if serves_only "$region" "$version"; then
    say "$region  instances: on version $version"
    return
  fi
  say "$region  instances: back to version $version"
  is_dry && return
  refresh "$region" "$version" "$PREFERENCES"
  await_healthy "$region"
}

# stop_or_await <region> <version that is wanted> <refresh under way>: one that leads there was begun by an earlier roll-back
stop_or_await() {
  case $3 in
    *" Cancelling "* | *" RollbackInProgress "*) say "$1  instances: a rollout is being called off; waiting for it" ;;
    *" $2") say "$1  instances: on the way to version $2 already; waiting for it" ;;
    *)
      call_off "$1" "${3%% *}"
      return
      ;;
  esac
  is_dry || end_of_refresh "$1" "$(output "$1" service GroupName)" "${3%% *}" > /dev/null
}

# After a refresh that failed or was cancelled, some instances are of its version: serves_only <region> <version>
serves_only() {
  local now
  now=$(group "$1")
  alive
  jq -e --arg version "$2" '[.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version,
    (.Instances[] | select(.LifecycleState == "InService").LaunchTemplate.Version // empty)] | all(.[]; . == $version)' <<< "$now" > /dev/null
}

# Instances of a version need its image, and have to know what CloudFront says by now and to sign with a key that it takes.
check_way_back() {
  local content known current key
  content=$(version_content "$1" "$2")
  alive
  check_image "$1" "$(jq -r .image <<< "$content")"
  current=$(edge_secret | jq -r .current)
  known=$(secret "$1" "$(service_name)" --version-id "$(jq -r .secret <<< "$content")" | jq -r .IMAGE_ORIGIN_ACCESS_EDGE_SECRETS)
  alive
  [[ ",$known," == *",$current,"* ]] || die "version $2 in $1 does not know what CloudFront says since the last rotations, and \
would refuse every miss. Nothing was changed"
  [[ $VIEWER_ACCESS == SignedCookies ]] || return 0
  key=$(signed_with "$1" "$(jq -r .secret <<< "$content")")
  alive
  [[ -z $key || $key == "$(output_or_nothing "$EDGE_REGION" edge-policies KeyAId)" \
    || $key == "$(output_or_nothing "$EDGE_REGION" edge-policies KeyBId)" ]] || die "version $2 in $1 signs sessions with the key $key, \
which was retired, and CloudFront would refuse them. Nothing was changed"
}

call_off() {
  local group
  group=$(output "$1" service GroupName)
  say "$1  instances: back from the rollout under way"
  is_dry && return
  must "$1" autoscaling rollback-instance-refresh --auto-scaling-group-name "$group" > /dev/null
  await_refresh "$1" "$group" "$2" RollbackSuccessful
}
