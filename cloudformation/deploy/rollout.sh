# shellcheck shell=bash
# New launch template versions get to the instances by an instance refresh. Only a refresh that names the configuration it
# leads to can be rolled back, so it, and not CloudFormation, moves the group to a version.

# group <region>: the Auto Scaling group as JSON, or nothing before the first deployment
group() {
  local stack name
  stack=$(describe "$1" service)
  name=$(jq -r '(.Outputs // [])[] | select(.OutputKey == "GroupName") | .OutputValue' <<< "${stack:-null}")
  [[ -z $name ]] || must "$1" autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" | jq '.AutoScalingGroups[0]'
}

running_version() {
  local version
  version=$(group "$1" | jq -r '.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version')
  printf '%s\n' "${version:-1}"
}

roll_out() {
  local latest running
  latest=$(output "$1" service LatestLaunchTemplateVersion)
  running=$(running_version "$1")
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
  local region=$1 group=$2 id=$3 wanted=$4 found before=
  while :; do
    found=$(must "$region" autoscaling describe-instance-refreshes --auto-scaling-group-name "$group" \
      --instance-refresh-ids "$id" | jq -r '.InstanceRefreshes[0] | "\(.Status) \(.PercentageComplete // 0) % \(.StatusReason // "")"')
    [[ $found == "$before" ]] || note "$found"
    before=$found
    case $found in
      "$wanted "*) return 0 ;;
      Successful* | Rollback* | Failed* | Cancelled*)
        [[ $found != RollbackInProgress* ]] || { sleep "$POLL_SECONDS" && continue; }
        die "the instances in $region were not replaced: $found"
        ;;
    esac
    sleep "$POLL_SECONDS"
  done
}

# Back from a rollout under way; otherwise to the version that served before the running one, or to the one of
# --parameter service:LaunchTemplateVersion=N. Alarms that are on already must not stop the way back.
roll_back_everywhere() {
  local region refreshes version given
  for region in $(second) "$(home)"; do
    refreshes=$(must "$region" autoscaling describe-instance-refreshes \
      --auto-scaling-group-name "$(group "$region" | jq -r .AutoScalingGroupName)")
    if jq -e '.InstanceRefreshes[0].Status | IN("Pending", "InProgress", "Baking")' <<< "$refreshes" > /dev/null; then
      call_off "$region" "$(jq -r '.InstanceRefreshes[0].InstanceRefreshId' <<< "$refreshes")"
      continue
    fi
    version=$(version_before "$(running_version "$region")" "$refreshes")
    for given in ${PARAMETERS[@]+"${PARAMETERS[@]}"}; do
      [[ $given != service:LaunchTemplateVersion=* ]] || version=${given#*=}
    done
    [[ -n $version ]] || die "$region runs on the first version; there is none before it"
    say "$region  instances: back to version $version"
    is_dry || refresh "$region" "$version" "$PREFERENCES"
  done
}

call_off() {
  local group
  group=$(group "$1" | jq -r .AutoScalingGroupName)
  say "$1  instances: back from the rollout under way"
  is_dry && return
  must "$1" autoscaling rollback-instance-refresh --auto-scaling-group-name "$group" > /dev/null
  await_refresh "$1" "$group" "$2" RollbackSuccessful
}

# version_before <version> <refreshes>: the last one that all instances were replaced with; the first had no refresh.
version_before() {
  jq -r --argjson running "$1" '[.InstanceRefreshes[] | select(.Status == "Successful")
      | .DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version // empty
      | tonumber? | select(. < $running)] | max // (if $running > 1 then 1 else empty end)' <<< "$2"
}
