# shellcheck shell=bash
# Stacks by change sets. What is not given keeps its value.

stack_name() { printf 'image-origin-%s-%s\n' "$ENVIRONMENT" "$1"; }

# describe <region> <name>: the stack as JSON, or nothing. Asked once for each change.
describe() {
  local answer kept=$WORK/$1-$2.json
  if [[ ! -f $kept ]]; then
    answer=$(maybe 'does not exist' "$1" cloudformation describe-stacks --stack-name "$(stack_name "$2")")
    jq '.Stacks[0]' <<< "$answer" > "$kept"
  fi
  cat "$kept"
}

# output <region> <name> <key>: what a stack gives to others. Before a first deployment, a dry run gets a word that says so.
output() {
  local value
  value=$(describe "$1" "$2" | jq -r --arg key "$3" '(.Outputs // [])[] | select(.OutputKey == $key) | .OutputValue')
  if [[ -n $value ]]; then
    printf '%s\n' "$value"
  elif is_dry; then
    printf '(%s of %s)\n' "$3" "$2"
  else
    die "stack $(stack_name "$2") in $1 has no output $3; run ./deploy --only for its step first"
  fi
}

# previous <region> <name> <parameter>: as it is deployed, or nothing
previous() {
  describe "$1" "$2" | jq -r --arg key "$3" '(.Parameters // [])[] | select(.ParameterKey == $key) | .ParameterValue'
}

# Name=Value lines as CloudFormation wants them, what the stack has already included: parameters <template> <stack> [Name=Value...]
parameters() {
  local template=$1 stack=$2 known given
  shift 2
  known=$(sed -n '/^Parameters:/,/^[A-Z]/s/^  \([A-Za-z]*\):$/\1/p' "$TEMPLATES/$template.yaml" | jq -R . | jq -s .)
  for given in ${PARAMETERS[@]+"${PARAMETERS[@]}"}; do
    [[ ${given%%:*} != "$template" ]] || set -- "$@" "${given#*:}"
  done
  jq -n --argjson known "$known" --argjson stack "${stack:-null}" --args '
    ([$ARGS.positional[] | capture("^(?<key>[^=]+)=(?<value>(.|\n)*)$")] | from_entries) as $given
    | [(($stack // {}).Parameters // [])[].ParameterKey] as $before
    | [$known[] | select($given[.] == null and IN($before[])) | {ParameterKey: ., UsePreviousValue: true}]
      + [$given | to_entries[] | {ParameterKey: .key, ParameterValue: .value}]' -- "$@"
}

# Brings one stack up to date: apply <region> <template> [Name=Value...]
apply() {
  local region=$1 template=$2 stack status type=UPDATE verb=made
  alive
  shift 2
  stack=$(describe "$region" "$template")
  status=$(jq -r '.StackStatus // empty' <<< "${stack:-null}")
  case $status in
    '' | REVIEW_IN_PROGRESS) type=CREATE && stack= ;;
    ROLLBACK_COMPLETE | *_FAILED)
      die "$(stack_name "$template") in $region is $status: look at its events, delete the stack, and run again"
      ;;
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS) ;;
    *_IN_PROGRESS) die "$(stack_name "$template") in $region is $status: wait until it is done" ;;
  esac
  if is_dry && [[ "$*" =~ =\(([A-Za-z]+\ of\ [a-z-]+)\) ]]; then
    [[ $type == CREATE ]] || verb=changed
    say "$region  $template: would be $verb; its change set needs ${BASH_REMATCH[1]}"
    validate "$region" "$template"
    return
  fi
  change "$region" "$template" "$type" "$(parameters "$template" "$stack" "$@")"
}

# Once for each template, whatever the region.
validate() {
  [[ ! -f $WORK/$2.valid ]] || return 0
  must "$1" cloudformation validate-template --template-body "file://$TEMPLATES/$2.yaml" > "$WORK/$2.valid"
}

change() {
  local region=$1 template=$2 type=$3 values=$4 stack set made
  stack=$(stack_name "$template")
  set=deploy-$(date +%s)
  made=$(maybe 'No updates are to be performed' "$region" cloudformation create-change-set --stack-name "$stack" \
    --change-set-name "$set" --change-set-type "$type" --template-body "file://$TEMPLATES/$template.yaml" \
    --parameters "$values" --capabilities CAPABILITY_IAM --tags "Key=image-origin,Value=$ENVIRONMENT")
  if [[ -z $made ]]; then
    say "$region  $template: as it is"
  elif show_changes "$region" "$template" "$set" && ! is_dry; then
    execute "$region" "$stack" "$set"
  else
    cloud "$region" cloudformation delete-change-set --stack-name "$stack" --change-set-name "$set" > /dev/null || true
    [[ $type == UPDATE ]] || cloud "$region" cloudformation delete-stack --stack-name "$stack" || true
  fi
}

# The change set once it is made. The command line's own wait would look only every 30 s.
await_change_set() {
  local found
  while :; do
    found=$(must "$1" cloudformation describe-change-set --stack-name "$2" --change-set-name "$3")
    case $(jq -r .Status <<< "$found") in
      CREATE_PENDING | CREATE_IN_PROGRESS) sleep 3 ;;
      *) break ;;
    esac
  done
  printf '%s\n' "$found"
}

# Prints what a change set holds; fails if that is nothing.
show_changes() {
  local region=$1 template=$2 found reason
  found=$(await_change_set "$region" "$(stack_name "$template")" "$3")
  reason=$(jq -r 'select(.Status == "FAILED") | .StatusReason // "no reason given"' <<< "$found")
  case $reason in
    '') ;;
    *"didn't contain changes"* | *'No updates are to be performed'*)
      say "$region  $template: as it is"
      return 1
      ;;
    *) die "$template in $region: $reason" ;;
  esac
  say "$region  $template: $(jq -r '[.Changes[].ResourceChange.Action] | group_by(.) | map("\(length) \(.[0])") | join(", ")
    | if . == "" then "other values only" else . end' <<< "$found")"
  jq -r '.Changes[].ResourceChange
    | select(.Action != "Add" or .Replacement == "True")
    | "         \(.Action) \(.LogicalResourceId) (\(.ResourceType))\(if .Replacement == "True" then ", replaced" else "" end)"' \
    <<< "$found" >&2
}

execute() {
  local region=$1 stack=$2 set=$3 name=${2#"image-origin-$ENVIRONMENT-"} status
  must "$region" cloudformation execute-change-set --stack-name "$stack" --change-set-name "$set" > /dev/null
  while :; do
    rm -f "$WORK/$region-$name.json"
    status=$(describe "$region" "$name" | jq -r .StackStatus)
    case $status in
      CREATE_COMPLETE | UPDATE_COMPLETE | UPDATE_COMPLETE_CLEANUP_IN_PROGRESS) return ;;
      *_IN_PROGRESS) sleep "$POLL_SECONDS" ;;
      *) break ;;
    esac
  done
  cloud "$region" cloudformation describe-stack-events --stack-name "$stack" \
    | jq -r '[.StackEvents[] | select(.ResourceStatus | endswith("FAILED"))] | reverse[:5][]
      | "         \(.LogicalResourceId): \(.ResourceStatusReason)"' >&2 || true
  die "$stack in $region is $status"
}
