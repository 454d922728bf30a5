# shellcheck shell=bash
# What can be known before anything is made: what is missing, what would be made, how long that takes, what it costs a month.

readonly CHECKS='tools rights zones quotas zone distribution keys image bucket leftovers'

check_everything() {
  run_checks
  say_plan
  [[ $FAILURES -eq 0 ]] || { printf '%d failed\n' "$FAILURES" && return 1; }
}

# The same before every deployment; single steps are for who knows what they do.
check_before_deploying() {
  [[ ${#ONLY[@]} -eq 0 ]] || return 0
  run_checks > "$WORK/report"
  if [[ $FAILURES -gt 0 ]]; then
    sed '/^ok /d' "$WORK/report" >&2
    die "nothing was changed; ./deploy check shows all, and --without-check NAME goes on in spite of one"
  fi
  if is_new; then
    say "$(sed '/^ok /d' "$WORK/report")"
    say "$(say_plan)"
  fi
}

is_new() { [[ -z $(previous "$(home)" service Environment) ]]; }

run_checks() {
  local check
  for check in $CHECKS; do
    if [[ " ${WITHOUT_CHECKS[*]} " == *" $check "* ]]; then
      skipped "$check: by --without-check"
    else
      "look_at_$check"
    fi
    alive
  done
}

# intended <template:Name>: what a parameter will be; nothing may be what is meant
intended() {
  local value
  value=$(given "$(home)" "${1%%:*}" | sed -n "s/^${1#*:}=/=/p" | tail -n 1)
  if [[ -n $value ]]; then value=${value#=}; else value=$(deployed "${1%%:*}" "${1#*:}"); fi
  either "$value" "$(jq -r --arg name "$1" '.standard.parameters[$name] // empty' "$TEMPLATES/sizes.json")"
}

say_plan() {
  local region new=()
  mapfile -t new < <(new_stacks)
  if [[ ${#new[@]} -eq 0 ]]; then
    printf 'to be made: nothing; what is there is brought up to date, which takes minutes, and half an hour if instances are replaced\n'
  else
    printf 'to be made: %d stacks, and secrets\n' "${#new[@]}"
    for region in "$EDGE_REGION" "${REGIONS[@]}"; do
      printf '            %s: %s\n' "$region" "$(printf '%s\n' "${new[@]}" | sed -n "s/^$region //p" | paste -sd ' ' -)"
    done | sort -u
    printf 'time:       %d to %d minutes, most of it for caches, CloudFront and instances\n' \
      "$((15 + 15 * ${#REGIONS[@]}))" "$((30 + 25 * ${#REGIONS[@]}))"
  fi
  say_price
}

# Stacks that are not there yet: region and name
new_stacks() {
  local region name
  {
    for region in "${REGIONS[@]}"; do
      for name in certificate events network security-groups cache balancer settings role service alarms service-alarms region-alarms; do
        printf '%s %s\n' "$region" "$name"
      done
      [[ $FRONT_DOOR != ApiGateway ]] || printf '%s api\n%s canary\n' "$region" "$region"
      [[ $(bucket_of "$region") != "$(own_bucket "$region")" ]] || printf '%s bucket\n' "$region"
    done
    for name in edge-policies dashboard; do
      printf '%s %s\n' "$EDGE_REGION" "$name"
    done
    ! is_ours || printf "$EDGE_REGION %s\n" certificate edge logs edge-alarms
    [[ $WITH_WAF != yes ]] || printf '%s waf\n' "$EDGE_REGION"
    [[ -z $(second) ]] || printf '%s edge-function\n' "$EDGE_REGION"
    [[ $FRONT_DOOR == ApiGateway ]] || printf '%s vpc-origins\n' "$EDGE_REGION"
  } | sort -u | while read -r region name; do
    [[ -n $(previous "$region" "$name" Environment) ]] || printf '%s %s\n' "$region" "$name"
  done
}

# By the model of docs/cost.md
say_price() {
  local name dollars given=("regions=${#REGIONS[@]}")
  for name in $(jq -r '.standard.parameters | keys[]' "$TEMPLATES/sizes.json"); do
    given+=("$name=$(intended "$name")")
  done
  if ! command -v python3 > /dev/null; then
    printf 'price:      python3 is not here; docs/cost.md has the prices\n'
  elif dollars=$(python3 "$ROOT/docs/cost.py" month "${given[@]}"); then
    printf 'price:      about $%s a month before the first view, by the assumptions in docs/cost.md\n' "$dollars"
  else
    printf 'price:      not known for these parameters; see docs/cost.md\n'
  fi
}
