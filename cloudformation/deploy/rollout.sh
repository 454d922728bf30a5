# shellcheck shell=bash
# New launch template versions get to the instances by an instance refresh. Only a refresh that names the configuration it
# leads to can be rolled back, so it, and not CloudFormation, moves the group to a version.

# group <region>: the Auto Scaling group as JSON, or nothing before the first deployment
group() {
  local name
  name=$(output_or_nothing "$1" service GroupName)
  [[ -z $name ]] || must "$1" autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" | jq '.AutoScalingGroups[0]'
}

running_version() {
  local version
  version=$(group "$1" | jq -r '.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version')
  printf '%s\n' "${version:-1}"
}

# What a launch template version makes of an instance: version_content <region> <version>, as JSON with image, settings, secret
version_content() {
  local data user
  data=$(must "$1" ec2 describe-launch-template-versions --versions "$2" \
    --launch-template-id "$(output "$1" service LaunchTemplateId)" | jq '.LaunchTemplateVersions[0].LaunchTemplateData')
  user=$(jq -r '.UserData | @base64d' <<< "$data")
  jq --arg secret "$(content_of secret-version <<< "$user")" --arg settings "$(content_of settings <<< "$user")" \
    '{image: .ImageId, $secret, settings: ($settings | @base64d | sub("\n$"; ""))}' <<< "$data"
}

content_of() { sed -n "/path: .etc.image-origin.$1\$/,/content:/s/^ *content: //p"; }

# running <region>: the same of the version in use, or nothing before the first deployment
running() {
  [[ -z $(output_or_nothing "$1" service GroupName) ]] || version_content "$1" "$(running_version "$1")"
}

# Versions that served, the newest last; what is recorded here is what roll-back goes back to.
good_name() { printf '/image-origin/deployments/%s/good-versions\n' "$ENVIRONMENT"; }

good_versions() {
  maybe ParameterNotFound "$1" ssm get-parameter --name "$(good_name)" | jq -r '.Parameter.Value'
}

# remember_good <region> <version>: those after it were left behind by a roll-back, and are no good
remember_good() {
  local before after
  before=$(good_versions "$1")
  alive
  after=$(jq -nr --argjson version "$2" --arg before "$before" \
    '[$before | split(" ")[] | tonumber | select(. < $version)] + [$version] | .[-10:] | join(" ")')
  [[ $after == "$before" ]] || must "$1" ssm put-parameter --name "$(good_name)" --type String --overwrite \
    --value "$after" > /dev/null
}

# good_version_before <version> <good versions>
good_version_before() {
  jq -nr --argjson version "$1" --arg good "$2" '[$good | split(" ")[] | tonumber | select(. < $version)] | max // empty'
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

# refresh_under_way <region>: id of the refresh that an earlier ./deploy has left to itself, or nothing
refresh_under_way() {
  local group
  group=$(output_or_nothing "$1" service GroupName)
  [[ -z $group ]] || must "$1" autoscaling describe-instance-refreshes --auto-scaling-group-name "$group" \
    | jq -r '.InstanceRefreshes[0] // {}
      | select(.Status | IN("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress")) | .InstanceRefreshId'
}

# Nothing is changed while instances are being replaced.
await_rollout() {
  local id
  id=$(refresh_under_way "$1")
  alive
  [[ -n $id ]] || return 0
  say "$1  instances: a rollout is under way; waiting for it"
  is_dry || end_of_refresh "$1" "$(output "$1" service GroupName)" "$id" > /dev/null
}

# Back from a rollout under way; otherwise to the last version that served before the running one, or to that of --to.
# Alarms that are on already must not stop the way back.
roll_back_everywhere() {
  local region version id
  for region in $(working_regions); do
    id=$(refresh_under_way "$region")
    alive
    if [[ -n $id ]]; then
      call_off "$region" "$id"
      continue
    fi
    version=${TO_VERSION:-$(version_to_go_back_to "$region")}
    alive
    check_way_back "$region" "$version"
    say "$region  instances: back to version $version"
    is_dry && continue
    refresh "$region" "$version" "$PREFERENCES"
    await_healthy "$region"
    remember_good "$region" "$version"
  done
}

version_to_go_back_to() {
  local good running version
  good=$(good_versions "$1")
  [[ -n $good ]] || die "which version served before is not recorded in $1 ($(good_name)); name one by --to"
  running=$(running_version "$1")
  version=$(good_version_before "$running" "$good")
  [[ -n $version ]] || die "$1 runs on version $running, and none is recorded that served before it; name one by --to"
  printf '%s\n' "$version"
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
