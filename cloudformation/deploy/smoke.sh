# shellcheck shell=bash
# Checks a deployed stack from outside, as a viewer sees it, and what only a real account can tell.

SMOKE_KEY=
SMOKE_LARGE_KEY=
SMOKE_URL=
SMOKE_BUCKET=
SMOKE_COOKIES=

smoke_usage() {
  cat << 'EOF'
Usage: ./deploy smoke --key KEY [--large-key KEY] [--write-check BUCKET] [--environment NAME]
       ./deploy smoke --key KEY --url https://images.example.com/proxy-image     without AWS credentials

  --key KEY         an image of a few MiB at most that nobody has asked for lately: a miss is wanted
  --write-check BUCKET   puts five images with odd keys below smoke/ into this bucket, reads them back, and deletes them
  --large-key KEY   one of about 100 MB; what is beyond 10 MB shows API Gateway's 2 MB/s

IMAGE_ORIGIN_TOKEN        bearer token that may read the images; without it, checks that need one are skipped
IMAGE_ORIGIN_ADMIN_TOKEN  token with the scope images:admin, for the purge; it also needs the session-manager-plugin
IMAGE_ORIGIN_COOKIES      signed cookies of a viewer, if there are no AWS credentials to sign some with

In brackets: which open question of the design is answered.
EOF
}

smoke() {
  local rest=()
  [[ $# -gt 0 ]] || { smoke_usage && return 0; }
  while [[ $# -gt 0 ]]; do
    case $1 in
      --help | -h) smoke_usage && return 0 ;;
      --key) SMOKE_KEY=${2:-} ;;
      --large-key) SMOKE_LARGE_KEY=${2:-} ;;
      --url) SMOKE_URL=${2:-} ;;
      --write-check) SMOKE_BUCKET=${2:-} ;;
      *) rest+=("$1" "${2:-}") ;;
    esac
    shift $(($# > 1 ? 2 : 1))
  done
  [[ -n $SMOKE_KEY ]] || die 'smoke: a --key is missing'
  prepare_smoke ${rest[@]+"${rest[@]}"}
  run_smoke
  [[ $FAILURES -eq 0 ]] || { printf '%d failed\n' "$FAILURES" && return 1; }
}

prepare_smoke() {
  SMOKE_COOKIES=${IMAGE_ORIGIN_COOKIES:-}
  [[ -z $SMOKE_URL ]] || return 0
  read_options "$@"
  check_options
  check_tools
  check_account
  settle_choices
  SMOKE_URL=https://$DOMAIN$IMAGE_PATH
  if [[ -z $SMOKE_COOKIES && $VIEWER_ACCESS == SignedCookies ]]; then
    SMOKE_COOKIES=$(sign_cookies "https://$DOMAIN/*")
  fi
}

# Tokens and cookies go by files that only we can read, not by arguments that everybody on the machine can.
write_headers() {
  printf 'Cookie: %s\n' "$SMOKE_COOKIES" > "$WORK/cookies"
  printf 'Authorization: Bearer %s\n' "${IMAGE_ORIGIN_TOKEN:-}" > "$WORK/token"
  printf 'Authorization: Bearer %s\n' "${IMAGE_ORIGIN_ADMIN_TOKEN:-}" > "$WORK/admin"
}

run_smoke() {
  write_headers
  check_refusals
  check_miss_and_hit
  check_framing
  check_conditions
  check_keys
  check_written_keys
  check_preflight
  check_large
  check_purge
  check_api_from_outside
  check_the_rest
}

# Cookies for an hour, as the application makes them: sign_cookies <resource>
sign_cookies() {
  local policy key id value
  policy=$(jq -cn --arg resource "$1" --argjson until "$(($(date +%s) + 3600))" \
    '{Statement: [{Resource: $resource, Condition: {DateLessThan: {"AWS:EpochTime": $until}}}]}')
  value=$(secret "$(home)" "$(viewer_key_name)")
  id=$(jq -r .key_id <<< "$value")
  key=$(jq -r .private_key <<< "$value")
  printf 'CloudFront-Policy=%s; CloudFront-Signature=%s; CloudFront-Key-Pair-Id=%s\n' \
    "$(printf %s "$policy" | cloudfront_base64)" \
    "$(printf %s "$policy" | openssl dgst -sha1 -sign <(printf '%s\n' "$key") | cloudfront_base64)" "$id"
}

cloudfront_base64() { openssl base64 -A | tr '+=/' '-_~'; }

# One request: ask <name> <url path> [curl options]. Leaves {name}.head and {name}.body and prints the status.
ask() {
  local name=$1 path=$2
  shift 2
  [[ -z $SMOKE_COOKIES ]] || set -- --header "@$WORK/cookies" "$@"
  send "$name" "$SMOKE_URL/$path" "$@"
}

ask_with_token() { ask "$@" --header "@$WORK/token"; }

send() {
  local name=$1 url=$2
  shift 2
  curl --silent --show-error --max-time 320 --dump-header "$WORK/$name.head" --output "$WORK/$name.body" \
    --write-out '%{http_code}' "$@" "$url" 2> "$WORK/$name.error" || true
}

# header <name> <field>: its value, without the end of the line
header() {
  awk -v field="$2:" 'tolower($1) == tolower(field) { sub(/^[^:]*:[ \t]*/, ""); value = $0 } END { print value }' \
    "$WORK/$1.head" | tr -d '\r'
}

# expect <what> <wanted> <found>
expect() { if [[ $3 == "$2" ]]; then ok "$1: $3"; else failed "$1: ${3:-nothing} instead of $2"; fi; }
expect_like() { if [[ $3 =~ $2 ]]; then ok "$1: $3"; else failed "$1: ${3:-nothing} instead of $2"; fi; }

has_token() {
  [[ -n ${IMAGE_ORIGIN_TOKEN:-} ]] && return
  skipped "$1: no IMAGE_ORIGIN_TOKEN"
  return 1
}

# Before anything is cached: who has nothing gets nothing, and a refusal is not kept for those who may.
check_refusals() {
  if [[ -n $SMOKE_COOKIES ]]; then
    expect 'without cookies' 403 "$(send bare "$SMOKE_URL/$SMOKE_KEY")"
    check_cookies_of_others
  else
    skipped 'without cookies: the edge asks for none, or none were given'
  fi
  if has_token 'without a token'; then
    expect 'without a token' 401 "$(ask untold "$SMOKE_KEY")"
    expect 'with a wrong token' 401 "$(ask wrong "$SMOKE_KEY" --header 'Authorization: Bearer wrong')"
  fi
}

# Cookies that are good for something else are good for nothing here.
check_cookies_of_others() {
  [[ ${#REGIONS[@]} -gt 0 && -z ${IMAGE_ORIGIN_COOKIES:-} ]] || { skipped 'cookies of another project: they are signed with AWS credentials only' && return; }
  printf 'Cookie: %s\n' "$(sign_cookies "$SMOKE_URL/projects/none-of-these/*")" > "$WORK/others"
  expect 'with cookies of another project' 403 "$(send others "$SMOKE_URL/$SMOKE_KEY" --header "@$WORK/others")"
}

check_miss_and_hit() {
  has_token 'miss and hit' || return 0
  expect 'miss: status, so the token was passed on [3], and the stage is not in the way [2]' 200 \
    "$(ask_with_token miss "$SMOKE_KEY")"
  expect_like 'miss: X-Cache' '^(Miss|RefreshHit)' "$(header miss x-cache)"
  expect_like 'miss: type' '^image/' "$(header miss content-type)"
  expect_like 'miss: the origin says by Cache-Status where the image was' 'image-origin-' "$(header miss cache-status)"
  expect 'hit: status' 200 "$(ask_with_token hit "$SMOKE_KEY")"
  expect_like 'hit: X-Cache' '^Hit' "$(header hit x-cache)"
  expect_like 'hit: Age' '^[0-9]+$' "$(header hit age)"
  if cmp -s "$WORK/miss.body" "$WORK/hit.body"; then
    ok "hit: the same $(wc -c < "$WORK/hit.body") bytes"
  else
    failed 'hit: other bytes than the miss'
  fi
  expect_like 'HTTP/3 is offered' 'h3=' "$(header hit alt-svc)"
}

# Whether API Gateway keeps Content-Length: without it CloudFront answers ranges with the whole image.
check_framing() {
  has_token 'ranges' || return 0
  expect 'miss: Content-Length is the length [1]' "$(wc -c < "$WORK/miss.body" | tr -d ' ')" "$(header miss content-length)"
  expect 'range: status [1]' 206 "$(ask_with_token range "$SMOKE_KEY" --range 0-99)"
  expect 'range: bytes' 100 "$(wc -c < "$WORK/range.body" | tr -d ' ')"
  expect_like 'range: Content-Range' '^bytes 0-99/[0-9]+$' "$(header range content-range)"
}

check_conditions() {
  has_token 'conditions' || return 0
  expect '304 at the edge' 304 "$(ask_with_token same "$SMOKE_KEY" --header "If-None-Match: $(header hit etag)")"
  expect '304 has no type of API Gateway, whose own is JSON [7]' '' "$(header same content-type | grep -i json || true)"
}

# API Gateway decodes paths; the key must come through all the same, so an absent one is 404 and not 400 or 403.
check_keys() {
  local path
  has_token 'odd keys' || return 0
  for path in 'smoke/a%20b.png' 'smoke/a+b.png' 'smoke/a%2Fb.png' 'smoke/%C3%A4.png' 'smoke//a.png'; do
    expect "absent key $path" 404 "$(ask_with_token absent "$path")"
  done
  expect_like 'absent: kept for seconds only' 'max-age=[0-9]{1,2}$' "$(header absent cache-control)"
}

# What is absent under a wrong key is absent under the right one, too. So: keys that are there, and their own bytes.
check_written_keys() {
  local key path region
  [[ -n $SMOKE_BUCKET ]] || { skipped 'odd keys, written and read: no --write-check' && return; }
  has_token 'odd keys, written and read' || return 0
  region=$(home)
  while IFS='|' read -r key path; do
    {
      printf '%s' "$SMOKE_IMAGE" | openssl base64 -d -A
      printf '%s' "$key"
    } > "$WORK/written"
    must "${region:-$EDGE_REGION}" s3api put-object --bucket "$SMOKE_BUCKET" --key "$key" --body "$WORK/written" --content-type image/png > /dev/null
    expect "key '$key': status" 200 "$(ask_with_token read "$path")"
    if cmp -s "$WORK/written" "$WORK/read.body"; then ok "key '$key': its bytes"; else failed "key '$key': other bytes"; fi
    must "${region:-$EDGE_REGION}" s3api delete-object --bucket "$SMOKE_BUCKET" --key "$key" > /dev/null
  done <<< "$SMOKE_KEYS"
}

# A PNG of one pixel, and keys beside what a URL makes of them
readonly SMOKE_IMAGE=iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
readonly SMOKE_KEYS='smoke/a b.png|smoke/a%20b.png
smoke/a+b.png|smoke/a%2Bb.png
smoke/a%2Fb.png|smoke/a%252Fb.png
smoke/ä.png|smoke/%C3%A4.png
smoke/a&b=c?.png|smoke/a%26b%3Dc%3F.png'

check_preflight() {
  expect_like 'preflight, which carries no cookies [8]' '^20[04]$' "$(send preflight "$SMOKE_URL/$SMOKE_KEY" --request OPTIONS \
    --header 'Origin: https://smoke.invalid' --header 'Access-Control-Request-Method: GET' \
    --header 'Access-Control-Request-Headers: authorization')"
}

check_large() {
  local start seconds bytes
  [[ -n $SMOKE_LARGE_KEY ]] || { skipped '100 MB object [6]: no --large-key' && return; }
  has_token '100 MB object [6]' || return 0
  expect '100 MB object: a range far behind, before the edge has it' 206 \
    "$(ask_with_token far "$SMOKE_LARGE_KEY" --range 60000000-60000099)"
  expect '100 MB object: the range has its length' 100 "$(wc -c < "$WORK/far.body" | tr -d ' ')"
  start=$(date +%s)
  expect '100 MB object: status' 200 "$(ask_with_token large "$SMOKE_LARGE_KEY")"
  seconds=$(($(date +%s) - start))
  bytes=$(wc -c < "$WORK/large.body" | tr -d ' ')
  expect '100 MB object: all of it' "$(header large content-length)" "$bytes"
  printf '         %d MB in %d s, %s [6]: with API Gateway a miss takes about %d s\n' "$((bytes / 1000000))" "$seconds" \
    "$(header large x-cache)" "$((bytes > 10000000 ? (bytes - 10000000) / 2000000 : 0))"
}

# The management port is private; Session Manager forwards it.
check_purge() {
  local instance port=18081 forward
  has_token 'purge' || return 0
  if [[ -z ${IMAGE_ORIGIN_ADMIN_TOKEN:-} ]]; then
    skipped 'purge: no IMAGE_ORIGIN_ADMIN_TOKEN' && return
  elif ! command -v session-manager-plugin > /dev/null || [[ ${#REGIONS[@]} -eq 0 ]]; then
    skipped 'purge: it needs the session-manager-plugin, and --region instead of --url' && return
  fi
  instance=$(group "$(home)" | jq -r '.Instances[0].InstanceId')
  aws --region "$(home)" ssm start-session --target "$instance" --document-name AWS-StartPortForwardingSession \
    --parameters "portNumber=8081,localPortNumber=$port" > "$WORK/forward.log" 2>&1 &
  forward=$!
  sleep 5
  expect 'purge: status' 200 "$(send purge "http://localhost:$port/actuator/images?key=${SMOKE_KEY//+/%2B}" --request DELETE \
    --header "@$WORK/admin")"
  kill "$forward" 2> /dev/null || true
  sleep 30
  ask_with_token purged "$SMOKE_KEY" > /dev/null
  expect_like 'purge: the edge has forgotten it' '^(Miss|RefreshHit)' "$(header purged x-cache)"
}

check_api_from_outside() {
  if [[ ${#REGIONS[@]} -eq 0 || $FRONT_DOOR != ApiGateway ]]; then
    skipped 'API from outside: no --region was given, or there is no API' && return
  fi
  local region url
  edge_secret | jq -r '"X-Origin-Verify: \(.current)"' > "$WORK/verify"
  for region in "${REGIONS[@]}"; do
    url=https://$(output "$region" api DomainName)/live$IMAGE_PATH/$SMOKE_KEY
    expect "API of $region without the edge secret" 403 "$(send api "$url")"
    check_api_itself "$region" "$url"
  done
}

# What CloudFront's cache would hide: how API Gateway frames a range and a 304.
check_api_itself() {
  has_token "API of $1 itself" || return 0
  expect "API of $1: range [1]" 206 "$(send direct "$2" --header "@$WORK/verify" --header "@$WORK/token" --range 0-99)"
  expect "API of $1: length of the range [1]" 100 "$(header direct content-length)"
  if cmp -s "$WORK/direct.body" "$WORK/range.body"; then ok "API of $1: bytes of the range"; else failed "API of $1: other bytes than the edge"; fi
  expect "API of $1: 304" 304 "$(send direct "$2" --header "@$WORK/verify" --header "@$WORK/token" \
    --header "If-None-Match: $(header direct etag)")"
  expect "API of $1: 304 has no type of API Gateway, whose own is JSON [7]" '' \
    "$(header direct content-type | grep -i json || true)"
}

check_the_rest() {
  skipped 'origin mTLS [4]: these templates do not use it'
  skipped 'Origin Shield with a VPC origin [5]: not to be seen from outside; count OriginShieldHit in the access log'
  skipped 'warm pool with mixed instances [9]: these templates have none'
  skipped 'prices of the two regions [10]: put them into docs/cost.py'
}
