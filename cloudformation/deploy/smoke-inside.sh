# shellcheck shell=bash
# The part of ./deploy smoke that needs AWS credentials: the management port, events, the API itself, the access log.

readonly SMOKE_PATIENCE=${IMAGE_ORIGIN_SMOKE_PATIENCE:-30}

# The management port is private; Session Manager forwards it.
can_manage() {
  if [[ -z ${IMAGE_ORIGIN_ADMIN_TOKEN:-} ]]; then
    skipped "$1: no IMAGE_ORIGIN_ADMIN_TOKEN" && return 1
  elif ! command -v session-manager-plugin > /dev/null || [[ ${#REGIONS[@]} -eq 0 ]]; then
    skipped "$1: it needs the session-manager-plugin, and --region instead of --url" && return 1
  fi
}

# forward <region>: sets PORT, and FORWARD, the process to end
forward() {
  local instance tries
  instance=$(group "$1" | jq -r '.Instances[0].InstanceId')
  alive
  PORT=$((20000 + RANDOM % 20000))
  aws --region "$1" ssm start-session --target "$instance" --document-name AWS-StartPortForwardingSession \
    --parameters "portNumber=8081,localPortNumber=$PORT" > "$WORK/forward.log" 2>&1 &
  FORWARD=$!
  for tries in {20..0}; do
    [[ $(send alive "http://localhost:$PORT/actuator/health/liveness") != 200 ]] || return 0
    [[ $tries -eq 0 ]] || sleep 1
  done
  failed "management port of $1: $(tail -n 1 "$WORK/forward.log")"
}

end_forward() { kill "$FORWARD" 2> /dev/null || true; }

# manage <name> <key> [curl options]
manage() {
  send "$1" "http://localhost:$PORT/actuator/images?key=$(jq -rn --arg key "$2" '$key | @uri')" --header "@$WORK/admin" "${@:3}"
}

check_purge() {
  can_manage purge && may_read purge || return 0
  forward "$(home)"
  expect 'purge: status' 200 "$(manage purge "$SMOKE_KEY" --request DELETE)"
  end_forward
  sleep "$SMOKE_PATIENCE"
  ask purged "$SMOKE_KEY" > /dev/null
  expect_like 'purge: the edge has forgotten it' '^(Miss|RefreshHit)' "$(header purged x-cache)"
}

# An upload gets warm in every region before anybody asks for it, and a purge in one takes it out of all.
check_events() {
  local key region
  [[ -n $SMOKE_BUCKET ]] || { skipped 'events: no --write-check' && return; }
  can_manage events || return 0
  key=$SMOKE_PREFIX/event-$(date +%s)-$RANDOM.png
  printf '%s' "$SMOKE_IMAGE" | openssl base64 -d -A > "$WORK/written"
  must "$(home)" s3api put-object --bucket "$SMOKE_BUCKET" --key "$key" --body "$WORK/written" --content-type image/png > /dev/null
  expect_everywhere 'events: nobody has asked for it, and it is' warm "$key"
  forward "$(home)"
  expect 'events: purge' 200 "$(manage purge "$key" --request DELETE)"
  end_forward
  for region in $(second); do
    expect "events: the purge was told to $region" told "$(jq -r --arg region "$region" '.regions[$region] // empty' "$WORK/purge.body" 2> /dev/null || true)"
  done
  expect_everywhere 'events: purged at home, it is' gone "$key"
  must "$(home)" s3api delete-object --bucket "$SMOKE_BUCKET" --key "$key" > /dev/null
}

# expect_everywhere <what> warm|gone <key>
expect_everywhere() {
  local region
  for region in "${REGIONS[@]}"; do
    forward "$region"
    expect "$1 $2 in $region" "$2" "$(becomes "$2" "$3")"
    end_forward
  done
}

# becomes warm|gone <key>: what it is in the end; S3 may take a minute or more to tell
becomes() {
  local tries now=
  for ((tries = 2 * SMOKE_PATIENCE; tries >= 0; tries--)); do
    manage held "$2" > /dev/null
    now=$(jq -r 'if .memory or .redis then "warm" else "gone" end' "$WORK/held.body" 2> /dev/null || true)
    [[ $now != "$1" && $tries -gt 0 ]] || break
    sleep "$((SMOKE_PATIENCE / 10))"
  done
  printf '%s\n' "$now"
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
    expect "API of $region for who says himself that cookies were checked" 403 "$(send api "$url" --header 'X-Viewer-Access: signed-cookies')"
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

# Lines of this very run come only minutes later; what is there already tells whether any do.
check_access_log() {
  local newest
  [[ ${#REGIONS[@]} -gt 0 ]] || { skipped 'access log [16] and OriginShieldHit [5]: no --region was given' && return; }
  is_ours || { skipped "access log [16]: that of $DISTRIBUTION is its owner's" && return; }
  newest=$(must "$EDGE_REGION" s3api list-objects-v2 --bucket "$(logs_bucket)" --max-items 20000 \
    | jq -r '(.Contents // []) | max_by(.LastModified).Key // empty')
  alive
  [[ -n $newest ]] || { failed "access log: nothing is in the bucket $(logs_bucket); the first lines take some minutes [16]" && return; }
  must "$EDGE_REGION" s3api get-object --bucket "$(logs_bucket)" --key "$newest" "$WORK/log" > /dev/null
  { gzip -dc "$WORK/log" 2> /dev/null || cat "$WORK/log"; } > "$WORK/lines"
  expect_like 'access log: lines say what the edge did [16]; OriginShieldHit among them means that the shield works [5]' '^[0-9]+ [A-Z]' \
    "$(jq -sr 'group_by(.["x-edge-detailed-result-type"]) | map("\(length) \(.[0]["x-edge-detailed-result-type"])") | join(", ")' "$WORK/lines" \
      2> /dev/null || true)"
  expect 'access log: no cookies and no tokens' 0 "$(grep -ciE 'CloudFront-(Policy|Signature)|bearer' "$WORK/lines" || true)"
}
