# shellcheck shell=bash
# Checks a deployed stack from outside, as a viewer sees it, and what only a real account can tell.

SMOKE_KEY=
SMOKE_LARGE_KEY=
SMOKE_URL=
SMOKE_BUCKET=
SMOKE_COOKIES=
# The project that the key is in, and where smoke may write what its session may read
SMOKE_PROJECT=
SMOKE_PREFIX=smoke

smoke_usage() {
  cat << 'EOF'
Usage: ./deploy smoke --key KEY [--large-key KEY] [--write-check BUCKET] [--environment NAME]
       ./deploy smoke --key KEY --url https://images.example.com/proxy-image     without AWS credentials

  --key KEY         an image of a few MiB at most that nobody has asked for lately: a miss is wanted
  --write-check BUCKET   puts five images with odd keys below smoke/ of the key's project into this bucket, reads them back and
                    deletes them; with an admin token another one, which has to get warm in each region by itself, and to go by one purge
  --large-key KEY   one of about 100 MB; what is beyond 10 MB shows API Gateway's 2 MB/s

IMAGE_ORIGIN_TOKEN        bearer token that may read the images; smoke trades it for cookies, as a page does
IMAGE_ORIGIN_ADMIN_TOKEN  token with the scope images:admin, for purges; they also need the session-manager-plugin
IMAGE_ORIGIN_COOKIES      cookies of a session that was made elsewhere

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
  if [[ $SMOKE_KEY =~ ^projects/([A-Za-z0-9._-]+)/ ]]; then
    SMOKE_PROJECT=${BASH_REMATCH[1]}
    SMOKE_PREFIX=projects/$SMOKE_PROJECT/smoke
  fi
  # Tokens and cookies go by files that only we can read, not by arguments that everybody on the machine can.
  printf 'Authorization: Bearer %s\n' "${IMAGE_ORIGIN_TOKEN:-}" > "$WORK/token"
  printf 'Authorization: Bearer %s\n' "${IMAGE_ORIGIN_ADMIN_TOKEN:-}" > "$WORK/admin"
  [[ -z $SMOKE_URL ]] || return 0
  read_options "$@"
  check_options
  check_tools
  check_account
  settle_choices
  SMOKE_URL=https://$DOMAIN$IMAGE_PATH
}

run_smoke() {
  check_session
  check_refusals
  check_miss_and_hit
  check_other_cookies
  check_framing
  check_conditions
  check_keys
  check_written_keys
  check_cors
  check_preflight
  check_large
  check_purge
  check_events
  check_api_from_outside
  check_access_log
  check_the_rest
}

# One request as a viewer makes it, with cookies or else with the token: ask <name> <url path> [curl options]. Leaves {name}.head
# and {name}.body and prints the status.
ask() {
  local name=$1 path=$2 who=cookies
  shift 2
  [[ -n $SMOKE_COOKIES ]] || who=token
  send "$name" "$SMOKE_URL/$path" --header "@$WORK/$who" "$@"
}

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

may_read() {
  [[ -n $SMOKE_COOKIES${IMAGE_ORIGIN_TOKEN:-} ]] && return
  skipped "$1: no IMAGE_ORIGIN_TOKEN, and no cookies"
  return 1
}

check_miss_and_hit() {
  may_read 'miss and hit' || return 0
  expect "miss: status, so the service takes the edge's word for the cookies, and the stage is not in the way [2]" 200 "$(ask miss "$SMOKE_KEY")"
  expect_like 'miss: X-Cache' '^(Miss|RefreshHit)' "$(header miss x-cache)"
  expect_like 'miss: type' '^image/' "$(header miss content-type)"
  expect_like 'miss: the origin says by Cache-Status where the image was' 'image-origin-' "$(header miss cache-status)"
  expect 'miss: viewers do not learn what the edge says to origins' '' "$(grep -iE '^(x-origin-|x-viewer-)' "$WORK/miss.head" || true)"
  expect 'hit: status' 200 "$(ask hit "$SMOKE_KEY")"
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
  may_read 'ranges' || return 0
  expect 'miss: Content-Length is the length [1]' "$(wc -c < "$WORK/miss.body" | tr -d ' ')" "$(header miss content-length)"
  expect 'range: status [1]' 206 "$(ask range "$SMOKE_KEY" --range 0-99)"
  expect 'range: bytes' 100 "$(wc -c < "$WORK/range.body" | tr -d ' ')"
  expect_like 'range: Content-Range' '^bytes 0-99/[0-9]+$' "$(header range content-range)"
}

check_conditions() {
  may_read 'conditions' || return 0
  expect '304 at the edge' 304 "$(ask same "$SMOKE_KEY" --header "If-None-Match: $(header hit etag)")"
  expect '304 has no type of API Gateway, whose own is JSON [7]' '' "$(header same content-type | grep -i json || true)"
}

# API Gateway decodes paths; the key must come through all the same, so an absent one is 404 and not 400 or 403.
check_keys() {
  local path
  may_read 'odd keys' || return 0
  for path in a%20b.png a+b.png a%2Fb.png %C3%A4.png /a.png; do
    expect "absent key smoke/$path" 404 "$(ask absent "$SMOKE_PREFIX/$path")"
  done
  expect_like 'absent: kept for seconds only' 'max-age=[0-9]{1,2}$' "$(header absent cache-control)"
}

# What is absent under a wrong key is absent under the right one, too. So: keys that are there, and their own bytes.
check_written_keys() {
  local key path region
  [[ -n $SMOKE_BUCKET ]] || { skipped 'odd keys, written and read: no --write-check' && return; }
  may_read 'odd keys, written and read' || return 0
  region=$(home)
  while IFS='|' read -r key path; do
    {
      printf '%s' "$SMOKE_IMAGE" | openssl base64 -d -A
      printf '%s' "$key"
    } > "$WORK/written"
    must "${region:-$EDGE_REGION}" s3api put-object --bucket "$SMOKE_BUCKET" --key "$SMOKE_PREFIX/$key" --body "$WORK/written" \
      --content-type image/png > /dev/null
    expect "key '$key': status" 200 "$(ask read "$SMOKE_PREFIX/$path")"
    if cmp -s "$WORK/written" "$WORK/read.body"; then ok "key '$key': its bytes"; else failed "key '$key': other bytes"; fi
    must "${region:-$EDGE_REGION}" s3api delete-object --bucket "$SMOKE_BUCKET" --key "$SMOKE_PREFIX/$key" > /dev/null
  done <<< "$SMOKE_KEYS"
}

# A PNG of one pixel, and keys beside what a URL makes of them
readonly SMOKE_IMAGE=iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
readonly SMOKE_KEYS='a b.png|a%20b.png
a+b.png|a%2Bb.png
a%2Fb.png|a%252Fb.png
ä.png|%C3%A4.png
a&b=c?.png|a%26b%3Dc%3F.png'

check_preflight() {
  expect_like 'preflight, which carries no cookies [8]' '^20[04]$' "$(send preflight "$SMOKE_URL/$SMOKE_KEY" --request OPTIONS \
    --header 'Origin: https://smoke.invalid' --header 'Access-Control-Request-Method: GET' \
    --header 'Access-Control-Request-Headers: authorization')"
}

check_large() {
  local start seconds bytes
  [[ -n $SMOKE_LARGE_KEY ]] || { skipped '100 MB object [6]: no --large-key' && return; }
  may_read '100 MB object [6]' || return 0
  expect '100 MB object: a range far behind, before the edge has it' 206 \
    "$(ask far "$SMOKE_LARGE_KEY" --range 60000000-60000099)"
  expect '100 MB object: the range has its length' 100 "$(wc -c < "$WORK/far.body" | tr -d ' ')"
  start=$(date +%s)
  expect '100 MB object: status' 200 "$(ask large "$SMOKE_LARGE_KEY")"
  seconds=$(($(date +%s) - start))
  bytes=$(wc -c < "$WORK/large.body" | tr -d ' ')
  expect '100 MB object: all of it' "$(header large content-length)" "$bytes"
  printf '         %d MB in %d s, %s [6]: with API Gateway a miss takes about %d s\n' "$((bytes / 1000000))" "$seconds" \
    "$(header large x-cache)" "$((bytes > 10000000 ? (bytes - 10000000) / 2000000 : 0))"
}

check_the_rest() {
  skipped 'function before or after the cookies [12]: compare FunctionInvocations with the refused requests in CloudWatch'
  skipped 'origin mTLS [4]: these templates do not use it'
  skipped 'warm pool with mixed instances [9]: these templates have none'
  skipped 'prices of the two regions [10]: put them into docs/cost.py'
}
