# shellcheck shell=bash
# Stacks by change sets. What is not given keeps its value.

stack_name() { printf 'image-origin-%s-%s\n' "$ENVIRONMENT" "$1"; }

# facts <region> <name>: file with what is known of a stack, "status", "output.KEY", "parameter.KEY" and the value in each line;
# empty if there is none. Asked once for each change. A stack whose creation failed has no parameters.
facts() {
  local answer kept=$WORK/$1-$ENVIRONMENT-$2.facts
  if [[ ! -f $kept ]] && ! is_listed "$1" "$2"; then
    : > "$kept"
  elif [[ ! -f $kept ]]; then
    answer=$(maybe 'does not exist' "$1" cloudformation describe-stacks --stack-name "$(stack_name "$2")")
    alive
    jq -r '.Stacks[0] | [["status", .StackStatus],
      ((.Outputs // [])[] | ["output." + .OutputKey, .OutputValue]),
      (select(.StackStatus | IN("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE") | not)
        | (.Parameters // [])[] | ["parameter." + .ParameterKey, .ParameterValue])][]
      | "\(.[0]) \(.[1] // "" | gsub("\\\\"; "\\\\") | gsub("\n"; "\\n"))"' <<< "$answer" > "$kept"
  fi
  printf '%s\n' "$kept"
}

# One call tells of all stacks that are not there.
is_listed() {
  local names=$WORK/$1.stacks
  if [[ ! -f $names ]]; then
    must "$1" cloudformation list-stacks --stack-status-filter REVIEW_IN_PROGRESS \
      {CREATE,ROLLBACK,DELETE,UPDATE,UPDATE_ROLLBACK}_{IN_PROGRESS,FAILED} {CREATE,ROLLBACK,UPDATE,UPDATE_ROLLBACK}_COMPLETE \
      UPDATE{,_ROLLBACK}_COMPLETE_CLEANUP_IN_PROGRESS IMPORT_{IN_PROGRESS,COMPLETE} IMPORT_ROLLBACK_{IN_PROGRESS,FAILED,COMPLETE} \
      | jq -r '.StackSummaries[].StackName' > "$names"
    alive
  fi
  grep -qxF "$(stack_name "$2")" "$names"
}

look_again() {
  rm -f "$WORK/$1-$ENVIRONMENT-$2.facts"
  stack_name "$2" >> "$WORK/$1.stacks"
}

# fact <region> <name> status | output.KEY | parameter.KEY: one value of a stack, or nothing
fact() {
  local file key value
  file=$(facts "$1" "$2")
  alive
  while read -r key value; do
    [[ $key != "$3" ]] || printf '%b\n' "$value"
  done < "$file"
}

# status <region> <name>: CloudFormation's word, or nothing
status() { fact "$1" "$2" status; }

# output <region> <name> <key>: what a stack gives to others. Before a first deployment, a dry run gets a word that says so.
output() {
  local value
  value=$(output_or_nothing "$@")
  if [[ -n $value ]]; then
    printf '%s\n' "$value"
  elif is_dry; then
    printf '(%s of %s)\n' "$3" "$2"
  else
    die "stack $(stack_name "$2") in $1 has no output $3; run ./deploy --only for its step first"
  fi
}

output_or_nothing() { fact "$1" "$2" "output.$3"; }

# previous <region> <name> <parameter>: as it is deployed, or nothing
previous() { fact "$1" "$2" "parameter.$3"; }

# deployed <template> <parameter>: as it is deployed at home, or in the other region while home is being made
deployed() {
  local region
  region=$(home)
  [[ -n $(previous "$region" "$1" Environment) || -z $(second) ]] || region=$(second)
  previous "$region" "$1" "$2"
}

# twin <region> <template>: the other region, if it has a stack of that template
twin() {
  local other=
  [[ " ${REGIONS[*]} " != *" $1 "* ]] || other=$(other_region "$1")
  [[ -z $other || -z $(previous "$other" "$2" Environment) ]] || printf '%s\n' "$other"
}

# What one region has of its own, whatever the other one has
readonly OF_ONE_REGION='Zones BucketAccount Source'

# inherited <region> <template>: what a stack that is new in this region takes over from the other one, as Name=Value lines
inherited() {
  local other name value
  other=$(twin "$1" "$2")
  [[ -n $other ]] || return 0
  while read -r name value; do
    [[ $name != parameter.* || " $OF_ONE_REGION " == *" ${name#parameter.} "* ]] || printf '%b\n' "${name#parameter.}=$value"
  done < "$(facts "$other" "$2")"
}

# Parameters of several templates that have to agree, for those that have them.
shared() {
  printf 'Environment=%s\nImagePath=%s\nAllowedOrigins=%s\n' "$ENVIRONMENT" "$IMAGE_PATH" "$ALLOWED_ORIGINS"
}

# given <region> <template>: parameters of one template by the size and by what is typed, those that win last
given() {
  size_parameters "$1" "$2"
  [[ $2 != settings ]] || token_keys "$1"
  printf '%s\n' ${PARAMETERS[@]+"${PARAMETERS[@]}"} | sed -n "s/^$2://p"
}

# What a stack is told: parameters <region> <template> <names of those that it was told before> [Name=Value...]
parameters() {
  local region=$1 template=$2 before=$3 known all=()
  shift 3
  known=$(sed -n '/^Parameters:/,/^[A-Z]/s/^  \([A-Za-z]*\):$/\1/p' "$TEMPLATES/$template.yaml")
  [[ -n $before ]] || mapfile -t all < <(inherited "$region" "$template" | grep -E "^($(paste -sd '|' - <<< "$known"))=" || true)
  mapfile -t -O "${#all[@]}" all < <(shared)
  all+=("$@")
  mapfile -t -O "${#all[@]}" all < <(given "$region" "$template")
  jq -n --arg known "$known" --arg before "$before" --args '
    ($known | split("\n")) as $known
    | ([$ARGS.positional[] | capture("^(?<key>[^=]+)=(?<value>(.|\n)*)$")] | from_entries) as $given
    | ($before | split("\n")) as $before
    | [$known[] | select($given[.] == null and IN($before[])) | {ParameterKey: ., UsePreviousValue: true}]
      + [$given | to_entries[] | select((.key | IN("Environment", "ImagePath", "AllowedOrigins") | not) or (.key | IN($known[])))
        | {ParameterKey: .key, ParameterValue: .value}]' -- "${all[@]}"
}

# Brings one stack up to date: apply <region> <template> [Name=Value...]
apply() {
  local region=$1 template=$2 before='' type=UPDATE verb=made
  alive
  shift 2
  make_ready "$region" "$template"
  case $(status "$region" "$template") in
    '' | REVIEW_IN_PROGRESS | ROLLBACK_COMPLETE) type=CREATE ;;
    *) before=$(sed -n 's/^parameter\.\([A-Za-z0-9]*\) .*/\1/p' "$(facts "$region" "$template")") ;;
  esac
  if is_dry && [[ "$*" =~ =\(([A-Za-z]+\ of\ [a-z-]+)\) ]]; then
    [[ $type == CREATE ]] || verb=changed
    say "$region  $template: would be $verb; its change set needs ${BASH_REMATCH[1]}"
    validate "$region" "$template"
    return
  fi
  change "$region" "$template" "$type" "$(parameters "$region" "$template" "$before" "$@")"
}

# An earlier ./deploy may have ended in the middle: what it began is waited for, what it could not make is cleared away.
make_ready() {
  local region=$1 template=$2 stack now
  stack=$(stack_name "$template")
  now=$(status "$region" "$template")
  case $now in
    REVIEW_IN_PROGRESS) ;;
    *_IN_PROGRESS)
      say "$region  $template: $now, from before; waiting for it"
      now=$(await_stack "$region" "$template")
      ;;
  esac
  case $now in
    ROLLBACK_COMPLETE)
      is_dry && return
      say "$region  $template: could not be made before, and is cleared away"
      delete_stack "$region" "$template"
      ;;
    UPDATE_ROLLBACK_FAILED)
      die "$stack in $region is $now: look at its events, then aws --region $region cloudformation continue-update-rollback \
--stack-name $stack, and run again"
      ;;
    *_FAILED) die "$stack in $region is $now: look at its events, delete the stack, and run again" ;;
  esac
}

# Once for each template, whatever the region.
validate() {
  [[ ! -f $WORK/$2.valid ]] || return 0
  must "$1" cloudformation validate-template --template-body "file://$TEMPLATES/$2.yaml" > "$WORK/$2.valid"
}

change() {
  local region=$1 template=$2 type=$3 values=$4 stack set made
  alive
  stack=$(stack_name "$template")
  set=deploy-$(date +%s)-$$
  made=$(maybe 'No updates are to be performed' "$region" cloudformation create-change-set --stack-name "$stack" \
    --change-set-name "$set" --change-set-type "$type" --template-body "file://$TEMPLATES/$template.yaml" \
    --parameters "$values" --capabilities CAPABILITY_IAM --tags "Key=image-origin,Value=$ENVIRONMENT")
  alive
  if [[ -z $made ]]; then
    say "$region  $template: as it is"
  elif show_changes "$region" "$template" "$set" && ! is_dry; then
    execute "$region" "$template" "$set"
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
  alive
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
  local region=$1 template=$2 stack now
  stack=$(stack_name "$template")
  must "$region" cloudformation execute-change-set --stack-name "$stack" --change-set-name "$3" > /dev/null
  [[ $template != certificate ]] || show_proof "$region"
  now=$(await_stack "$region" "$template")
  case $now in
    CREATE_COMPLETE | UPDATE_COMPLETE | IMPORT_COMPLETE) ;;
    *) explain_stack "$region" "$template" && die "$stack in $region is $now" ;;
  esac
}

# await_stack <region> <name>: its status once that is final; nothing when it is gone
await_stack() {
  local now
  while :; do
    look_again "$1" "$2"
    now=$(status "$1" "$2")
    case $now in
      UPDATE_COMPLETE_CLEANUP_IN_PROGRESS | UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS) now=${now%_CLEANUP_IN_PROGRESS} && break ;;
      *_IN_PROGRESS) sleep "$POLL_SECONDS" ;;
      *) break ;;
    esac
  done
  printf '%s\n' "$now"
}

explain_stack() {
  cloud "$1" cloudformation describe-stack-events --stack-name "$(stack_name "$2")" \
    | jq -r '[.StackEvents[] | select((.ResourceStatus // "") | endswith("FAILED"))] | reverse[:5][]
      | "         \(.LogicalResourceId): \(.ResourceStatusReason)"' >&2 || true
}

delete_stack() {
  local now
  must "$1" cloudformation delete-stack --stack-name "$(stack_name "$2")" > /dev/null
  now=$(await_stack "$1" "$2")
  [[ -z $now || $now == DELETE_COMPLETE ]] || { explain_stack "$1" "$2" && die "$(stack_name "$2") in $1 is $now"; }
  look_again "$1" "$2"
}
