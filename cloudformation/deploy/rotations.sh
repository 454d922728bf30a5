# shellcheck shell=bash
# Rotations. One that was interrupted is finished by the same command, and by nothing else before that.

# What the running instances of a region take from CloudFront: known_by_instances <region>
known_by_instances() {
  local version
  version=$(running "$1" | jq -r '.secret // empty')
  [[ -z $version ]] || secret "$1" "$(service_name)" --version-id "$version" | jq -r '.IMAGE_ORIGIN_ACCESS_EDGE_SECRETS | split(",")[]'
}

# And what its API lets through: known_by_api <region>
known_by_api() {
  local version
  version=$(previous "$1" api EdgeSecretVersion)
  [[ -z $version ]] || secret "$1" "$(edge_name)" --version-id "$version" | jq -r '.current, .next'
}

# has_line <line> <text>: without a process that would show the line among its arguments
has_line() { [[ $'\n'$2$'\n' == *$'\n'"$1"$'\n'* ]]; }

# The edge may only be given what every origin takes: every_region_knows <value>
every_region_knows() {
  local region
  for region in $(serving_regions); do
    # A group is on the version before until its refresh is over.
    await_rollout "$region"
    has_line "$1" "$(known_by_instances "$region")" \
      || die "the instances in $region do not know the next value of the edge secret, and would refuse every miss. Nothing was \
changed. First: ./deploy, which brings them up to date"
    [[ $FRONT_DOOR != ApiGateway ]] || has_line "$1" "$(known_by_api "$region")" \
      || die "the API in $region does not know the next value of the edge secret, and would refuse every miss. Nothing was \
changed. First: ./deploy, which brings it up to date"
  done
}

serving_regions() {
  local region
  for region in $(working_regions); do
    [[ -z $(previous "$region" service Environment) ]] || printf '%s\n' "$region"
  done
}

# Both values are known everywhere, so the edge can move on to the next one at once; after that the origins learn another.
rotate_edge_secret() {
  local value
  [[ -z $ONLY_REGION ]] || die 'all regions have to learn the edge secret; leave --region out'
  value=$(edge_secret)
  alive
  [[ -n $value ]] || die 'there is no edge secret yet; run ./deploy first'
  if edge_rotation_is_unfinished; then
    say 'A rotation of the edge secret was interrupted; it is finished now, and no other is begun.'
  else
    every_region_knows "$(jq -r .next <<< "$value")"
    printf '%s\n"%s"\n' "$value" "$(random)" | jq -sc '{current: .[0].next, next: .[1]}' | keep_edge "$EDGE_REGION" "$UNFINISHED"
  fi
  finish_edge_rotation
}

edge_rotation_is_unfinished() { [[ -n $(unfinished_version "$EDGE_REGION" "$(edge_name)") ]]; }

finish_edge_rotation() {
  local region value
  value=$(edge_secret)
  alive
  every_region_knows "$(jq -r .current <<< "$value")"
  tell_the_edge
  for region in $(serving_regions); do
    copy_edge_secret "$region" "$value"
    apply_api "$region"
    renew_secrets "$region"
  done
  is_dry && return
  remember_good
  finish "$EDGE_REGION" "$(edge_name)"
}

# A deployment would tell the origins of values that the edge has not moved away from yet.
finish_what_was_interrupted() {
  edge_rotation_is_unfinished || return 0
  [[ ${#ONLY[@]} -eq 0 ]] || die 'a rotation of the edge secret was interrupted; first: ./deploy rotate-edge-secret'
  say 'A rotation of the edge secret was interrupted; it is finished first.'
  finish_edge_rotation
}

viewer_key_name() { printf 'image-origin/%s/viewer-key\n' "$ENVIRONMENT"; }
keep_viewer_key() { keep "$1" "$(viewer_key_name)" 'Signs the cookies of viewers; instances have a copy in their own secret'; }

new_viewer_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2> /dev/null | jq -Rsc '{private_key: .}'; }

# Without its id until CloudFront has it; nobody can sign with it before. A home that is new takes the key of the other region.
make_viewer_key() {
  local value=
  if [[ -n $(secret "$(home)" "$(viewer_key_name)") ]]; then
    say "$(home)  secret $(viewer_key_name): as it is"
    return
  fi
  [[ -z $(second) ]] || value=$(secret "$(second)" "$(viewer_key_name)")
  alive
  [[ -n $value ]] || value=$(new_viewer_key)
  keep_viewer_key "$(home)" <<< "$value"
}

public_key_of() { jq -r .private_key | openssl pkey -pubout 2> /dev/null; }

viewer_public_key() {
  local value
  value=$(secret "$(home)" "$(viewer_key_name)")
  if [[ -n $value ]]; then
    public_key_of <<< "$value"
  elif is_dry; then
    printf '(key of secrets)\n'
  fi
}

# viewer_key_place <public key>: A or B, where CloudFront has it; viewer_key_place '': the place that is free
viewer_key_place() {
  local place
  for place in A B; do
    if [[ $(previous "$EDGE_REGION" edge-policies "ViewerKey$place") == "$1" ]]; then
      printf '%s\n' "$place"
      return
    fi
  done
}

# Key and id are one version of the secret, in each region, once CloudFront takes cookies of that key:
# publish_viewer_key <value with private_key>
publish_viewer_key() {
  local value place region
  place=$(viewer_key_place "$(public_key_of <<< "$1")")
  [[ -n $place ]] || die "CloudFront does not have the key of secret $(viewer_key_name)"
  value=$(jq -c --arg id "$(output "$EDGE_REGION" edge-policies "Key${place}Id")" '{key_id: $id, private_key}' <<< "$1")
  alive
  for region in "${REGIONS[@]}"; do
    keep_viewer_key "$region" <<< "$value"
  done
}

# The service's properties, as members of its secret: the first key signs, and cookies of all that CloudFront takes are good.
session_keys() {
  local value place other=A
  [[ $VIEWER_ACCESS == SignedCookies ]] || { printf '{}\n' && return; }
  value=$(secret "$(home)" "$(viewer_key_name)")
  place=$(viewer_key_place "$(public_key_of <<< "$value")")
  alive
  [[ -n $place && -n $(jq -r '.key_id // empty' <<< "$value") ]] \
    || die "CloudFront does not have the key of secret $(viewer_key_name) yet; run ./deploy --only edge first"
  [[ $place != A ]] || other=B
  jq -c --arg former "$(previous "$EDGE_REGION" edge-policies "ViewerKey$other")" \
    --arg id "$(output_or_nothing "$EDGE_REGION" edge-policies "Key${other}Id")" '
    {IMAGE_ORIGIN_SESSION_KEYS_0_ID: .key_id, IMAGE_ORIGIN_SESSION_KEYS_0_PRIVATE_KEY_LOCATION: "base64:\(.private_key | @base64)"}
    + if $former == "" then {} else {IMAGE_ORIGIN_SESSION_KEYS_1_ID: $id,
      IMAGE_ORIGIN_SESSION_KEYS_1_PUBLIC_KEY_LOCATION: "base64:\("\($former)\n" | @base64)"} end' <<< "$value"
}

# Instances get the keys with their next launch template version: tell_session_keys <region>
tell_session_keys() {
  local service keys
  service=$(secret "$1" "$(service_name)")
  alive
  if is_dry && [[ -z $service || -z $(secret "$(home)" "$(viewer_key_name)") ]]; then return; fi
  keys=$(session_keys)
  alive
  printf '%s\n%s\n' "$service" "$keys" \
    | jq -sc '(.[0] | with_entries(select(.key | startswith("IMAGE_ORIGIN_SESSION_KEYS_") | not))) + .[1]' | keep_service "$1"
}

# signed_with <region> <version of the secret>: id of the key that instances of it sign with
signed_with() { secret "$1" "$(service_name)" --version-id "$2" | jq -r '.IMAGE_ORIGIN_SESSION_KEYS_0_ID // empty'; }

renew_session_keys() {
  local region
  for region in $(serving_regions); do
    await_rollout "$region"
    tell_session_keys "$region"
    renew_secrets "$region"
  done
  is_dry || remember_good
}

await_distribution() {
  local id now
  id=$(distribution_id)
  while :; do
    now=$(must "$EDGE_REGION" cloudfront get-distribution --id "$id" | jq -r .Distribution.Status)
    alive
    [[ $now != Deployed ]] || return 0
    sleep "$POLL_SECONDS"
  done
}

# The key is in the secret before CloudFront has it, under a label that nobody reads. CloudFront takes cookies of both keys
# before the first instance signs with the new one.
rotate_viewer_key() {
  local value place
  [[ -z $ONLY_REGION ]] || die "all regions have to sign with the viewers' key; leave --region out"
  [[ $VIEWER_ACCESS == SignedCookies ]] || die 'with --viewer-access Open nobody signs cookies'
  value=$(secret "$(home)" "$(viewer_key_name)" --version-stage "$UNFINISHED")
  alive
  if [[ -n $value ]]; then
    say "A rotation of the viewers' key was interrupted; it is finished now, and no other is begun."
  else
    [[ -n $(viewer_key_place '') ]] || die 'both places for keys are taken; run ./deploy retire-viewer-key first'
    is_dry && say 'a new key would be made, published, and put into the secret' && return
    value=$(new_viewer_key)
    put "$(home)" "$(viewer_key_name)" "$UNFINISHED" <<< "$value"
  fi
  place=$(viewer_key_place "$(public_key_of <<< "$value")")
  place=${place:-$(viewer_key_place '')}
  [[ -n $place ]] || die 'both places for keys are taken; run ./deploy retire-viewer-key first'
  apply "$EDGE_REGION" edge-policies "ViewerKey$place=$(public_key_of <<< "$value")"
  is_dry && return
  await_distribution
  publish_viewer_key "$value"
  renew_session_keys
  finish "$(home)" "$(viewer_key_name)"
  say "Sessions are signed with the new key, $(output "$EDGE_REGION" edge-policies "Key${place}Id"); it is in the secret $(viewer_key_name)."
  say 'When no cookie of the old key is valid any more, in an hour by default: ./deploy retire-viewer-key'
}

retire_viewer_key() {
  local key region id
  [[ -z $ONLY_REGION ]] || die "all regions have to forget the viewers' old key; leave --region out"
  [[ -z $(unfinished_version "$(home)" "$(viewer_key_name)") ]] \
    || die "a rotation of the viewers' key was interrupted; first: ./deploy rotate-viewer-key"
  key=$(viewer_public_key)
  [[ -n $key ]] || die "there is no secret $(viewer_key_name)"
  id=$(secret "$(home)" "$(viewer_key_name)" | jq -r .key_id)
  for region in $(serving_regions); do
    await_rollout "$region"
    [[ $(signed_with "$region" "$(running "$region" | jq -r .secret)") == "$id" ]] \
      || die "the instances in $region do not sign with the key of secret $(viewer_key_name); nothing was retired. First: ./deploy"
  done
  alive
  case $(viewer_key_place "$key") in
    A) apply "$EDGE_REGION" edge-policies ViewerKeyB= ;;
    B) apply "$EDGE_REGION" edge-policies ViewerKeyA= ;;
    *) die "the key of secret $(viewer_key_name) is in neither place; nothing was retired" ;;
  esac
  is_dry || renew_session_keys
}
