# shellcheck shell=bash
# The part of ./deploy smoke about who may see what: a token becomes cookies, as a page does it before it shows images.

# Cookies as the service makes them: sign_cookies <resource> <seconds from now>
sign_cookies() {
  local policy value
  policy=$(jq -cn --arg resource "$1" --argjson until "$(($(date +%s) + $2))" \
    '{Statement: [{Resource: $resource, Condition: {DateLessThan: {"AWS:EpochTime": $until}}}]}')
  value=$(secret "$(home)" "$(viewer_key_name)")
  printf 'CloudFront-Policy=%s; CloudFront-Signature=%s; CloudFront-Key-Pair-Id=%s; CloudFront-Hash-Algorithm=SHA256\n' \
    "$(printf %s "$policy" | cloudfront_base64)" \
    "$(printf %s "$policy" | openssl dgst -sha256 -sign <(jq -r .private_key <<< "$value") | cloudfront_base64)" \
    "$(jq -r .key_id <<< "$value")"
}

cloudfront_base64() { openssl base64 -A | tr '+=/' '-_~'; }

# Without a token, cookies signed here if there are credentials.
check_session() {
  local query=
  [[ -z $SMOKE_PROJECT ]] || query="?project=$SMOKE_PROJECT"
  if [[ -n $SMOKE_COOKIES ]]; then
    skipped 'session: IMAGE_ORIGIN_COOKIES are used instead'
  elif [[ $VIEWER_ACCESS == Open ]]; then
    skipped 'session: viewers need none (--viewer-access Open)'
  elif [[ -n ${IMAGE_ORIGIN_TOKEN:-} && ${#REGIONS[@]} -eq 0 && $(send session "$SMOKE_URL-session$query" --header "@$WORK/token") == 404 ]]; then
    skipped 'session: there are none; viewers need none (--viewer-access Open), or the instances know none yet'
  elif [[ -n ${IMAGE_ORIGIN_TOKEN:-} ]]; then
    expect 'session: without a token' 401 "$(send nobody "$SMOKE_URL-session$query")"
    expect 'session: status, so the token was passed on [3]' 200 "$(send session "$SMOKE_URL-session$query" --header "@$WORK/token")"
    SMOKE_COOKIES=$(cookies_of session)
    check_cookies
    expect 'session: it can be ended' 204 "$(send ended "$SMOKE_URL-session?end")"
  else
    skipped 'session: no IMAGE_ORIGIN_TOKEN'
    [[ ${#REGIONS[@]} -eq 0 ]] || SMOKE_COOKIES=$(sign_cookies "$SMOKE_URL/*" 3600)
  fi
  printf 'Cookie: %s\n' "$SMOKE_COOKIES" > "$WORK/cookies"
}

# cookies_of <name>: what its Set-Cookie lines make a browser send
cookies_of() {
  sed -n 's/\r$//; s/^[Ss]et-[Cc]ookie: *\(CloudFront-[A-Za-z-]*=[^;]*\).*/\1/p' "$WORK/$1.head" | paste -sd ';' - | sed 's/;/; /g'
}

check_cookies() {
  local path=${SMOKE_URL#*://*/}
  expect_like 'session: several Set-Cookie come through API Gateway and CloudFront [14]' '^([4-9]|[1-9][0-9]+)$' \
    "$(grep -ciE '^set-cookie: CloudFront-(Policy|Signature|Key-Pair-Id|Hash-Algorithm)=' "$WORK/session.head" || true)"
  expect 'session: cookies that neither scripts nor plain http get' 0 \
    "$(grep -i '^set-cookie: CloudFront-' "$WORK/session.head" | grep -icvE 'secure.*httponly|httponly.*secure' || true)"
  expect_like 'session: kept nowhere' 'no-store' "$(header session cache-control)"
  expect_like 'session: not by the edge, either' '^Miss' "$(header session x-cache)"
  [[ -n $SMOKE_PROJECT ]] || return 0
  expect_like 'session: cookies for the project only' "[Pp]ath=/$path/projects/$SMOKE_PROJECT/" \
    "$(grep -i '^set-cookie: CloudFront-Policy' "$WORK/session.head" | tr -d '\r' || true)"
  expect_like 'session: says for what and until when' "$SMOKE_PROJECT.*[0-9]Z" \
    "$(jq -c '[.projects, .expires]' "$WORK/session.body" 2> /dev/null || true)"
}

# Before anything is cached: who has nothing gets nothing, and a refusal is not kept for those who may.
check_refusals() {
  if [[ -n $SMOKE_COOKIES ]]; then
    expect 'without cookies' 403 "$(send bare "$SMOKE_URL/$SMOKE_KEY")"
    printf 'Cookie: %s\n' "${SMOKE_COOKIES%%;*}" > "$WORK/half"
    expect 'with one cookie of the set' 403 "$(send half "$SMOKE_URL/$SMOKE_KEY" --header "@$WORK/half")"
    check_another_project
    check_expired
  else
    skipped 'without cookies: the edge asks for none, or there are none'
    ! has_token 'without a token' || expect 'without a token' 401 "$(send untold "$SMOKE_URL/$SMOKE_KEY")"
  fi
  ! has_token 'with a wrong token' || expect 'with a wrong token, which counts before cookies' 401 \
    "$(send wrong "$SMOKE_URL/$SMOKE_KEY" --header "@$WORK/cookies" --header 'Authorization: Bearer wrong')"
}

# Cookies that are good for something else are good for nothing here.
check_another_project() {
  [[ -n $SMOKE_PROJECT ]] || { skipped "another project: $SMOKE_KEY is in none" && return; }
  expect 'another project, with these cookies' 403 "$(send others "$SMOKE_URL/projects/$SMOKE_PROJECT-smoke/a.png" --header "@$WORK/cookies")"
}

check_expired() {
  [[ ${#REGIONS[@]} -gt 0 ]] || { skipped 'expired cookies: they are signed with AWS credentials only' && return; }
  printf 'Cookie: %s\n' "$(sign_cookies "$SMOKE_URL/*" -60)" > "$WORK/expired"
  expect 'with expired cookies' 403 "$(send expired "$SMOKE_URL/$SMOKE_KEY" --header "@$WORK/expired")"
}

# After the miss that is wanted: other cookies for the same image.
check_other_cookies() {
  [[ -n $SMOKE_COOKIES ]] || return 0
  check_two_sets
  [[ ${#REGIONS[@]} -gt 0 ]] || return 0
  printf 'Cookie: %s\n' "$(sign_cookies "$SMOKE_URL/*" 60)" > "$WORK/signed"
  expect 'with cookies signed here: secret and CloudFront have one key' 200 "$(send signed "$SMOKE_URL/$SMOKE_KEY" --header "@$WORK/signed")"
}

# No page of AWS says which of two cookies of one name counts. The service takes the first, which browsers send for the longer path.
check_two_sets() {
  local bad first second
  bad=$(printf %s "$SMOKE_COOKIES" | sed "s/=[^;]*/=x/g")
  printf 'Cookie: %s; %s\n' "$SMOKE_COOKIES" "$bad" > "$WORK/good-first"
  printf 'Cookie: %s; %s\n' "$bad" "$SMOKE_COOKIES" > "$WORK/bad-first"
  first=$(send two "$SMOKE_URL/$SMOKE_KEY" --header "@$WORK/good-first")
  second=$(send two "$SMOKE_URL/$SMOKE_KEY" --header "@$WORK/bad-first")
  if [[ $first == 200 && $second == 403 ]]; then
    ok 'two cookies of one name: the first counts, as for the service [15]'
  else
    failed "two cookies of one name: ${first:-nothing} if the good one is first, ${second:-nothing} if it is second, instead of 200 and 403 [15]"
  fi
}

# A canvas may read <img crossorigin="use-credentials"> of the pages that are listed.
check_cors() {
  local page=${ALLOWED_ORIGINS%%,*}
  [[ -n $page && $page != '*' ]] || { skipped 'CORS with cookies, also on refusals [13]: no page is listed (--allowed-origins)' && return; }
  may_read 'CORS' || return 0
  ask page "$SMOKE_KEY" --header "Origin: $page" > /dev/null
  expect 'CORS: the page is named' "$page" "$(header page access-control-allow-origin)"
  expect 'CORS: with cookies' true "$(header page access-control-allow-credentials)"
  ask stranger "$SMOKE_KEY" --header 'Origin: https://smoke.invalid' > /dev/null
  expect 'CORS: another page is not' '' "$(header stranger access-control-allow-origin | grep -E '[*]|smoke.invalid' || true)"
  send refused "$SMOKE_URL/$SMOKE_KEY" --header "Origin: $page" > /dev/null
  expect "CORS: on CloudFront's own 403, too, or scripts see no status [13]" "$page" "$(header refused access-control-allow-origin)"
}
