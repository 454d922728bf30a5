# shellcheck shell=bash
# Takes an environment down, in the opposite order of its making. It may be interrupted and repeated. Images stay, unless told
# otherwise; buckets that were there before, in any case.

destroy_everything() {
  local region
  confirm
  take_down_all "$EDGE_REGION" dashboard edge-alarms
  for region in "${REGIONS[@]}"; do
    take_down_all "$region" service-alarms region-alarms alarms service role settings
  done
  # What CloudFront no longer asks can go after that.
  take_down_all "$EDGE_REGION" logs edge edge-function edge-policies vpc-origins waf
  for region in "${REGIONS[@]}"; do
    take_down_all "$region" canary api
    unprotect_balancer "$region"
    [[ -z $(previous "$region" events BucketName) ]] || unsubscribe "$region" "$(previous "$region" events BucketName)"
    take_down_all "$region" balancer cache security-groups network events bucket
  done
  while read -r region; do
    take_down "$region" certificate
  done < <(printf '%s\n' "$EDGE_REGION" "${REGIONS[@]}" | sort -u)
  forget_everything
  say_what_remains
}

confirm() {
  local answer=$CONFIRMED
  say "This takes down environment $ENVIRONMENT of account $ACCOUNT in ${REGIONS[*]}: https://$DOMAIN$IMAGE_PATH answers no more."
  is_ours || say "First take the behaviours and origins of ./deploy behaviours out of distribution $DISTRIBUTION, which needs them until then."
  [[ $WITH_IMAGES == no ]] || say "With its images: ${BUCKETS[*]}, as far as ./deploy has made them."
  if is_dry; then
    return
  elif [[ -z $answer ]]; then
    read -r -p "Its name, if you mean it: " answer || true
  fi
  [[ $answer == "$ENVIRONMENT" ]] || die "that is not its name; nothing was changed"
}

take_down_all() {
  local region=$1 name
  shift
  for name in "$@"; do
    take_down "$region" "$name"
  done
}

take_down() {
  local now
  alive
  now=$(status "$1" "$2")
  case $now in
    '') return 0 ;;
    *_IN_PROGRESS) [[ $now == REVIEW_IN_PROGRESS ]] || is_dry || now=$(await_stack "$1" "$2") ;;
  esac
  say "$1  $2: taken down"
  [[ -z $now ]] || is_dry || delete_stack "$1" "$2"
}

unprotect_balancer() {
  [[ $(previous "$1" balancer DeletionProtection) == true ]] || return 0
  is_dry || apply "$1" balancer 'DeletionProtection=false'
}

forget_everything() {
  local region name
  is_dry && return
  while read -r region; do
    for name in "$(service_name)" "$(edge_name)" "$(viewer_key_name)" "image-origin/$ENVIRONMENT/canary-token"; do
      delete_secret "$region" "$name"
    done
    [[ $WITH_IMAGES == no ]] || delete_bucket "$region" "$(own_bucket "$region")"
  done < <(printf '%s\n' "$EDGE_REGION" "${REGIONS[@]}" | sort -u)
  [[ $WITH_LOGS == no ]] || delete_bucket "$EDGE_REGION" "$(logs_bucket)"
  alive
  delete_parameter "$EDGE_REGION" "$(rollouts_name)"
  delete_parameter "$EDGE_REGION" "$(intention_name)"
}

# A secret that is deleted is still there, for 30 days, and cannot be deleted again. A rotation of it that was interrupted is over:
# what brings the name back begins anew.
delete_secret() {
  local state
  state=$(maybe ResourceNotFound "$1" secretsmanager describe-secret --secret-id "$2" \
    | jq -r 'if .DeletedDate then "deleted" else "there" end')
  [[ $state == there ]] || return 0
  finish "$1" "$2"
  must "$1" secretsmanager delete-secret --secret-id "$2" > /dev/null
}

delete_parameter() {
  [[ -z $(maybe ParameterNotFound "$1" ssm get-parameter --name "$2") ]] || must "$1" ssm delete-parameter --name "$2" > /dev/null
}

logs_bucket() { printf 'image-origin-%s-logs-%s\n' "$ENVIRONMENT" "$ACCOUNT"; }

has_bucket() { cloud "$1" s3api head-bucket --bucket "$2" > /dev/null; }

delete_bucket() {
  local found
  has_bucket "$1" "$2" || return 0
  while :; do
    found=$(must "$1" s3api list-object-versions --bucket "$2" --max-items 500 \
      | jq -c '{Objects: [(.Versions // [])[], (.DeleteMarkers // [])[] | {Key, VersionId}], Quiet: true}')
    alive
    [[ $(jq '.Objects | length' <<< "$found") -gt 0 ]] || break
    must "$1" s3api delete-objects --bucket "$2" --delete file:///dev/stdin <<< "$found" > /dev/null
  done
  must "$1" s3api delete-bucket --bucket "$2" > /dev/null
  say "$1  bucket $2: deleted with all that was in it"
}

say_what_remains() {
  local region
  say 'What remains:'
  for region in "${REGIONS[@]}"; do
    ! has_bucket "$region" "$(bucket_of "$region")" || note "bucket $(bucket_of "$region") in $region, with its images"
    note "machine images of Packer and their snapshots in $region, and the parameter $IMAGE_PARAMETER that names the newest"
  done
  ! has_bucket "$EDGE_REGION" "$(logs_bucket)" || note "bucket $(logs_bucket), with the access log; --with-logs deletes it"
  note 'the secrets, for 30 days, in which ./deploy brings their names back'
  note "the CNAME that proved $DOMAIN, if you have set one"
}
