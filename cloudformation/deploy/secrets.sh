# shellcheck shell=bash
# Secrets are made here and live in Secrets Manager. Their values pass through pipes, never through arguments or files.
#
#   image-origin/{environment}             each origin region: what becomes the service's environment, copies of the others included
#   image-origin/{environment}/edge        the edge's region and each origin region: {"current": ..., "next": ...}
#   image-origin/{environment}/viewer-key  each origin region: {"key_id": ..., "private_key": ...} of viewers' cookies
#
# The staging label "unfinished" on a version of a secret says that a rotation to it was begun and not ended.

readonly UNFINISHED=unfinished

random() { openssl rand -hex 24; }

# secret_as_json <region> <name> [--version-id ID | --version-stage LABEL]: the response, or nothing. A secret that was deleted
# is there for some days, and gives nothing.
secret_as_json() {
  local region=$1 name=$2
  shift 2
  cloud "$region" secretsmanager get-secret-value --secret-id "$name" "$@" && return
  case $(refusal) in
    *ResourceNotFound* | *'for deletion'* | *'marked deleted'*) ;;
    *) die "secretsmanager get-secret-value in $region: $(refusal)" ;;
  esac
}

# The same, its value only
secret() { secret_as_json "$@" | jq -r .SecretString; }

secret_version() {
  local version
  version=$(secret_as_json "$@" | jq -r .VersionId)
  if [[ -n $version ]]; then
    printf '%s\n' "$version"
  elif is_dry; then
    printf '(version of secret)\n'
  else
    die "secret $2 is not in $1; run ./deploy --only secrets first"
  fi
}

# unfinished_version <region> <name>: the version that a rotation is under way to, or nothing
unfinished_version() {
  maybe ResourceNotFound "$1" secretsmanager describe-secret --secret-id "$2" \
    | jq -r --arg stage "$UNFINISHED" '(.VersionIdsToStages // {}) | to_entries[] | select(.value | index($stage)) | .key'
}

# A rotation is done: finish <region> <name>
finish() {
  local version
  version=$(unfinished_version "$1" "$2")
  alive
  [[ -z $version ]] || must "$1" secretsmanager update-secret-version-stage --secret-id "$2" --version-stage "$UNFINISHED" \
    --remove-from-version-id "$version" > /dev/null
}

# Makes or changes a secret to what comes in: keep <region> <name> <description> [label...]
keep() {
  local region=$1 name=$2 description=$3 value before
  shift 3
  value=$(cat)
  alive
  [[ -n $value ]] || die "secret $name: there is nothing to write"
  before=$(secret "$region" "$name")
  alive
  if [[ $before == "$value" ]]; then
    say "$region  secret $name: as it is"
  elif is_dry; then
    say "$region  secret $name: would be written"
  elif [[ -n $before ]]; then
    put "$region" "$name" AWSCURRENT "$@" <<< "$value"
    say "$region  secret $name: changed"
  else
    create "$region" "$name" "$description" <<< "$value"
    say "$region  secret $name: made"
  fi
}

# put <region> <name> <label...>: a further version, with these labels
put() {
  local region=$1 name=$2
  shift 2
  must "$region" secretsmanager put-secret-value --secret-id "$name" --secret-string file:///dev/stdin --version-stages "$@" > /dev/null
}

# A secret that was deleted keeps its name for the days in which it can be brought back; it gets a new value.
create() {
  local value
  value=$(cat)
  if ! cloud "$1" secretsmanager create-secret --name "$2" --description "$3" --secret-string file:///dev/stdin <<< "$value" > /dev/null; then
    [[ $(refusal) == *'scheduled for deletion'* || $(refusal) == *ResourceExists* ]] \
      || die "secretsmanager create-secret in $1: $(refusal)"
    must "$1" secretsmanager restore-secret --secret-id "$2" > /dev/null
    put "$1" "$2" AWSCURRENT <<< "$value"
  fi
}

# Secrets Manager may remove versions without a label, and a launch template version names the one that it needs:
# pin <region> <name> <version>. There is room for twenty labels.
pin() {
  local region=$1 name=$2 version=$3 stages old
  stages=$(must "$region" secretsmanager describe-secret --secret-id "$name" | jq -c '.VersionIdsToStages')
  alive
  [[ $(jq -r --arg version "$version" '.[$version] // [] | any(startswith("pin-"))' <<< "$stages") != true ]] || return 0
  old=$(jq -r '[to_entries[] | .key as $version | .value[] | select(startswith("pin-")) | [., $version]] | sort
    | if length >= 12 then .[0] | join(" ") else empty end' <<< "$stages")
  [[ -z $old ]] || must "$region" secretsmanager update-secret-version-stage --secret-id "$name" \
    --version-stage "${old% *}" --remove-from-version-id "${old#* }" > /dev/null
  must "$region" secretsmanager update-secret-version-stage --secret-id "$name" --version-stage "pin-$(date +%s)-$$" \
    --move-to-version-id "$version" > /dev/null
}

edge_name() { printf 'image-origin/%s/edge\n' "$ENVIRONMENT"; }
service_name() { printf 'image-origin/%s\n' "$ENVIRONMENT"; }
edge_secret() { secret "$EDGE_REGION" "$(edge_name)"; }
edge_version() { secret_version "$1" "$(edge_name)"; }
service_version() { secret_version "$1" "$(service_name)"; }

keep_edge() {
  local region=$1
  shift
  keep "$region" "$(edge_name)" 'What CloudFront says to the origins of image-origin' "$@"
}

# The edge's own copy is the master; it changes by rotation only.
step_secrets() {
  local value region
  value=$(edge_secret)
  alive
  if [[ -z $value ]]; then
    value=$(printf '%s %s' "$(random)" "$(random)" | jq -Rc 'split(" ") | {current: .[0], next: .[1]}')
    keep_edge "$EDGE_REGION" <<< "$value"
  fi
  for region in $(working_regions); do
    copy_edge_secret "$region" "$value"
  done
  [[ $VIEWER_ACCESS == Open ]] || make_viewer_key
}

# Tells one origin region what the edge says: the API's web ACL, and the service by its next launch template version.
copy_edge_secret() {
  local region=$1 value=$2 service
  [[ $region == "$EDGE_REGION" ]] || keep_edge "$region" <<< "$value"
  service=$(secret "$region" "$(service_name)")
  alive
  # Each region has a cache, and each cache a password, of its own.
  [[ -n $service ]] || service=$(random | jq -Rc '{SPRING_DATA_REDIS_PASSWORD: .}')
  printf '%s\n%s\n' "$value" "$service" \
    | jq -sc '.[1] + {IMAGE_ORIGIN_ACCESS_EDGE_SECRETS: "\(.[0].current),\(.[0].next)"}' | keep_service "$region"
}

keep_service() { keep "$1" "$(service_name)" 'Secret settings of image-origin, named after environment variables'; }

# The version that the cache's user takes its password from; another one only for another password.
cache_version() {
  local before password
  before=$(previous "$1" cache SecretVersion)
  if [[ -n $before ]]; then
    password=$(secret "$1" "$(service_name)" --version-id "$before" | jq -r .SPRING_DATA_REDIS_PASSWORD)
    if [[ -n $password && $password == "$(secret "$1" "$(service_name)" | jq -r .SPRING_DATA_REDIS_PASSWORD)" ]]; then
      printf '%s\n' "$before"
      return
    fi
  fi
  service_version "$1"
}
