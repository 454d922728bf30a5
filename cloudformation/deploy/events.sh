# shellcheck shell=bash
# The buckets' events. One of a bucket's notifications is ours, by its id; what others have put there stays as it is.

step_events() {
  local region=$1 name before
  name=$(bucket_of "$region")
  before=$(previous "$region" events BucketName)
  # As long as the stack names it; a repeated command would not know it any more.
  [[ -z $before || $before == "$name" ]] || unsubscribe "$region" "$before"
  apply "$region" events "$(common)" "BucketName=$name" "Source=$(events_source "$region" "$name")"
  subscribe "$region" "$name"
}

notification_id() { printf 'image-origin-%s\n' "$ENVIRONMENT"; }

# notifications <region> <bucket>: all of them, as JSON; nothing if the bucket is not there any more
notifications() {
  local found
  has_bucket "$1" "$2" || return 0
  found=$(must "$1" s3api get-bucket-notification-configuration --bucket "$2")
  jq 'del(.ResponseMetadata)' <<< "${found:-{\}}"
}

# The same without ours
notifications_of_others() {
  notifications "$@" | jq --arg id "$(notification_id)" '.QueueConfigurations = [(.QueueConfigurations // [])[] | select(.Id != $id)]
    | with_entries(select(.value != []))'
}

# events_source <region> <bucket>: S3 allows one receiver for each kind of event, EventBridge any number.
events_source() {
  local before
  before=$(previous "$1" events Source)
  if [[ -n $(bucket_account "$1") ]]; then
    printf 'Owner\n'
  elif [[ -n $before ]]; then
    printf '%s\n' "$before"
  elif notifications_of_others "$@" | jq -e '[.QueueConfigurations, .TopicConfigurations, .LambdaFunctionConfigurations]
    | any(.[]; any(.[]?; any(.Events[]; test("^s3:(ObjectCreated|ObjectRemoved|LifecycleExpiration):"))))' > /dev/null; then
    say "$1  bucket $2: it tells somebody else of its images already, so that EventBridge tells us"
    printf 'EventBridge\n'
  else
    printf 'Notification\n'
  fi
}

# Puts ours among them: subscribe <region> <bucket>
subscribe() {
  local ours={} arn
  case $(previous "$1" events Source) in
    '' | Owner) return 0 ;;
    EventBridge) ours='{"EventBridgeConfiguration": {}}' ;;
    *)
      arn=$(output "$1" events QueueArn)
      ours=$(jq -n --arg id "$(notification_id)" --arg arn "$arn" '{QueueConfigurations: [{Id: $id, QueueArn: $arn,
        Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"]}]}')
      ;;
  esac
  alive
  change_notifications "$1" "$2" "$(printf '%s\n%s\n' "$(notifications_of_others "$1" "$2")" "$ours" | jq -s '.[0] as $others | .[1] as $ours
    | $others + $ours + if $ours.QueueConfigurations then {QueueConfigurations: (($others.QueueConfigurations // []) + $ours.QueueConfigurations)}
      else {} end')"
}

# Takes ours out: unsubscribe <region> <bucket>
unsubscribe() {
  local others
  [[ $(previous "$1" events Source) != Owner ]] || return 0
  others=$(notifications_of_others "$1" "$2")
  alive
  [[ -z $others ]] || change_notifications "$1" "$2" "$others"
}

# A queue's policy, and a queue that was deleted, are noticed by S3 with a delay: change_notifications <region> <bucket> <all>
change_notifications() {
  local tries
  [[ $(notifications "$1" "$2" | in_order) != "$(in_order <<< "$3")" ]] || return 0
  if is_dry; then
    say "$1  bucket $2: its notifications would be changed" && return
  fi
  for tries in {6..0}; do
    cloud "$1" s3api put-bucket-notification-configuration --bucket "$2" --notification-configuration file:///dev/stdin <<< "$3" > /dev/null \
      && break
    [[ $tries -gt 0 && $(refusal) == *'Unable to validate'* ]] || die "s3api put-bucket-notification-configuration of $2 in $1: $(refusal)"
    sleep "$POLL_SECONDS"
  done
  say "$1  bucket $2: notifications changed, those of others kept"
}

in_order() { jq -S -c '(.[] | arrays) |= sort_by(.Id)'; }
