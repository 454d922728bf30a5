# shellcheck shell=bash
# Secrets are made here and live in Secrets Manager. Their values pass through pipes, never through arguments or files.
#
#   image-origin/{environment}             each origin region: what becomes the service's environment
#   image-origin/{environment}/edge        the edge's region and each origin region: {"current": ..., "next": ...}
#   image-origin/{environment}/viewer-key  home region: the private key for viewers' cookies

random() { openssl rand -hex 24; }

# secret <region> <name>: its value, or nothing
secret() {
  maybe ResourceNotFound "$1" secretsmanager get-secret-value --secret-id "$2" | jq -r .SecretString
}

secret_version() {
  local version
  version=$(maybe ResourceNotFound "$1" secretsmanager get-secret-value --secret-id "$2" | jq -r .VersionId)
  if [[ -n $version ]]; then
    printf '%s\n' "$version"
  elif is_dry; then
    printf '(version of secret)\n'
  else
    die "secret $2 is not in $1; run ./deploy --only secrets first"
  fi
}

# Makes or changes a secret to what comes in: keep <region> <name> <description>
keep() {
  local value before
  value=$(cat)
  alive
  before=$(secret "$1" "$2")
  if [[ $before == "$value" ]]; then
    say "$1  secret $2: as it is"
  elif is_dry; then
    say "$1  secret $2: would be written"
  elif [[ -n $before ]]; then
    must "$1" secretsmanager put-secret-value --secret-id "$2" --secret-string file:///dev/stdin <<< "$value" > /dev/null
    say "$1  secret $2: changed"
  else
    must "$1" secretsmanager create-secret --name "$2" --description "$3" --secret-string file:///dev/stdin <<< "$value" > /dev/null
    say "$1  secret $2: made"
  fi
}

keep_edge() { keep "$1" "image-origin/$ENVIRONMENT/edge" 'What CloudFront says to the origins of image-origin'; }
edge_secret() { secret "$EDGE_REGION" "image-origin/$ENVIRONMENT/edge"; }
edge_version() { secret_version "$1" "image-origin/$ENVIRONMENT/edge"; }
service_version() { secret_version "$1" "image-origin/$ENVIRONMENT"; }

# The edge's own copy is the master; it changes by rotation only.
step_secrets() {
  local value region
  value=$(edge_secret)
  if [[ -z $value ]]; then
    value=$(printf '%s %s' "$(random)" "$(random)" | jq -Rc 'split(" ") | {current: .[0], next: .[1]}')
    keep_edge "$EDGE_REGION" <<< "$value"
  fi
  for region in "${REGIONS[@]}"; do
    copy_edge_secret "$region" "$value"
  done
  [[ $VIEWER_ACCESS == Open ]] || make_viewer_key
}

# Tells one origin region what the edge says: the API's web ACL, and the service at its next boot.
copy_edge_secret() {
  local region=$1 value=$2 service
  [[ $region == "$EDGE_REGION" ]] || keep_edge "$region" <<< "$value"
  service=$(secret "$region" "image-origin/$ENVIRONMENT")
  # Each region has a cache, and each cache a password, of its own.
  [[ -n $service ]] || service=$(random | jq -Rc '{SPRING_DATA_REDIS_PASSWORD: .}')
  printf '%s\n%s\n' "$value" "$service" \
    | jq -sc '.[1] + {IMAGE_ORIGIN_ACCESS_EDGE_SECRETS: "\(.[0].current),\(.[0].next)"}' \
    | keep "$region" "image-origin/$ENVIRONMENT" 'Secret settings of image-origin, named after environment variables'
}

viewer_key_name() { printf 'image-origin/%s/viewer-key\n' "$ENVIRONMENT"; }

new_viewer_key() {
  # RSA, because not every SDK signs cookies with elliptic curves yet.
  openssl genrsa 2048 2> /dev/null | jq -Rsc '{private_key: .}'
}

make_viewer_key() {
  if [[ -n $(secret "$(home)" "$(viewer_key_name)") ]]; then
    say "$(home)  secret $(viewer_key_name): as it is"
  else
    new_viewer_key | keep "$(home)" "$(viewer_key_name)" 'Signs the cookies of viewers; for the application, not for image-origin'
  fi
}

viewer_public_key() {
  local value
  value=$(secret "$(home)" "$(viewer_key_name)")
  if [[ -n $value ]]; then
    jq -r .private_key <<< "$value" | openssl rsa -pubout 2> /dev/null
  elif is_dry; then
    printf '(key of secrets)\n'
  fi
}

# Both values are known everywhere, so the edge can move on to the next one at once; after that the origins learn another.
rotate_edge_secret() {
  local value region
  value=$(edge_secret)
  [[ -n $value ]] || die 'there is no edge secret yet; run ./deploy first'
  value=$(printf '%s\n"%s"\n' "$value" "$(random)" | jq -sc '{current: .[0].next, next: .[1]}')
  keep_edge "$EDGE_REGION" <<< "$value"
  apply_distribution
  for region in "${REGIONS[@]}"; do
    copy_edge_secret "$region" "$value"
    apply_api "$region"
    step_service "$region"
  done
}

# The place of a viewers' key that is in use, or free: viewer_key_place used|free
viewer_key_place() {
  local a b current
  a=$(previous "$EDGE_REGION" edge-policies ViewerKeyA)
  b=$(previous "$EDGE_REGION" edge-policies ViewerKeyB)
  current=$(viewer_public_key)
  case $1 in
    free) if [[ -z $a ]]; then echo A; elif [[ -z $b ]]; then echo B; fi ;;
    used) if [[ -n $a && $a == "$current" ]]; then echo A; elif [[ -n $b && $b == "$current" ]]; then echo B; fi ;;
  esac
}

rotate_viewer_key() {
  local place
  place=$(viewer_key_place free)
  [[ -n $place ]] || die 'both places for keys are taken; run ./deploy retire-viewer-key first'
  new_viewer_key | keep "$(home)" "$(viewer_key_name)" ''
  is_dry || apply "$EDGE_REGION" edge-policies "ViewerKey$place=$(viewer_public_key)"
  say "The key id for cookies is now: $(output "$EDGE_REGION" edge-policies "Key${place}Id")"
  say 'When no cookie of the old key is valid any more: ./deploy retire-viewer-key'
}

retire_viewer_key() {
  case $(viewer_key_place used) in
    A) apply "$EDGE_REGION" edge-policies ViewerKeyB= ;;
    B) apply "$EDGE_REGION" edge-policies ViewerKeyA= ;;
    *) die "the key of secret $(viewer_key_name) is in neither place; nothing was retired" ;;
  esac
}
