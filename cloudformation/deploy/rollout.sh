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
    refresh "$1" "$latest"
  fi
}

# refresh <region> <version>: replaces the instances and waits; back by itself if the new ones fail or alarms go off.
refresh() {
  local region=$1 version=$2 now id
  alive
  now=$(group "$region")
  id=$(must "$region" autoscaling start-instance-refresh \
    --auto-scaling-group-name "$(jq -r .AutoScalingGroupName <<< "$now")" \
    --desired-configuration "$(jq -c --arg version "$version" '{MixedInstancesPolicy}
      | .MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification
        |= {LaunchTemplateId, Version: $version}' <<< "$now")" \
    --preferences "$(refresh_preferences "$region")" | jq -r .InstanceRefreshId)
  await_refresh "$region" "$(jq -r .AutoScalingGroupName <<< "$now")" "$id"
}

refresh_preferences() {
  local alarms
  alarms=$(must "$1" cloudwatch describe-alarms --alarm-names \
    "image-origin-$ENVIRONMENT-service-fails" "image-origin-$ENVIRONMENT-balancer-fails" \
    | jq -c '[.MetricAlarms[].AlarmName]')
  jq -cn --argjson alarms "$alarms" '{
    MinHealthyPercentage: 100, MaxHealthyPercentage: 150, InstanceWarmup: 60, BakeTime: 120,
    SkipMatching: true, AutoRollback: true
  } + if $alarms == [] then {} else {AlarmSpecification: {Alarms: $alarms}} end'
}

await_refresh() {
  local region=$1 group=$2 id=$3 found before=
  while :; do
    found=$(must "$region" autoscaling describe-instance-refreshes --auto-scaling-group-name "$group" \
      --instance-refresh-ids "$id" | jq -r '.InstanceRefreshes[0] | "\(.Status) \(.PercentageComplete // 0) % \(.StatusReason // "")"')
    [[ $found == "$before" ]] || note "$found"
    before=$found
    case $found in
      Successful*) return 0 ;;
      Rollback* | Failed* | Cancelled*)
        [[ $found != RollbackInProgress* ]] || { sleep "$POLL_SECONDS" && continue; }
        die "the instances in $region were not replaced: $found"
        ;;
    esac
    sleep "$POLL_SECONDS"
  done
}

# Puts the version before the running one back to work, or the one of --parameter service:LaunchTemplateVersion=N.
roll_back_everywhere() {
  local region version given
  for region in $(second) "$(home)"; do
    version=$(running_version "$region")
    version=$((version - 1))
    for given in ${PARAMETERS[@]+"${PARAMETERS[@]}"}; do
      [[ $given != service:LaunchTemplateVersion=* ]] || version=${given#*=}
    done
    [[ $version -ge 1 ]] || die "$region runs on the first version; there is none before it"
    say "$region  instances: back to version $version"
    is_dry || refresh "$region" "$version"
  done
}
