# shellcheck shell=bash
# A distribution that exists already, and is somebody else's (--distribution): nothing is changed in it. What it has to get is
# printed, and whether it sends the edge secret is looked at.

is_ours() { [[ -z $DISTRIBUTION ]]; }

distribution_id() { if is_ours; then output "$EDGE_REGION" edge DistributionId; else printf '%s\n' "$DISTRIBUTION"; fi; }

settle_distribution() {
  if [[ -n $(previous "$EDGE_REGION" edge Environment) ]]; then
    is_ours || die "$ENVIRONMENT has a distribution of its own; take another --environment for $DISTRIBUTION"
    return
  fi
  settle DISTRIBUTION distribution "$(either "$(deployed settings DistributionId)" "$(intention distribution)")"
  is_ours || [[ $WITH_WAF != yes ]] || die "--waf: the web ACL of $DISTRIBUTION is its owner's"
}

# The edge says the current value: ours at once, another one once its owner has put it there.
tell_the_edge() {
  if is_ours; then
    apply_distribution
    return
  fi
  is_dry || sends_current_value || die "distribution $DISTRIBUTION does not send the new value yet. Put current of the secret $(edge_name) in \
$EDGE_REGION into the header X-Origin-Verify of all its origins that have one, and repeat the command. Every origin takes both values \
until then"
  is_dry || await_distribution
}

sends_current_value() {
  local config value
  config=$(must "$EDGE_REGION" cloudfront get-distribution-config --id "$DISTRIBUTION")
  value=$(edge_secret)
  alive
  printf '%s\n%s\n' "$config" "$value" | jq -se '.[1].current as $current | [.[0].DistributionConfig.Origins.Items[]
    | .CustomHeaders.Items[]? | select(.HeaderName | ascii_downcase == "x-origin-verify").HeaderValue] | length > 0 and all(.[]; . == $current)' > /dev/null
}

# ./deploy behaviours: in the form of CloudFormation's DistributionConfig, which is that of edge.yaml
say_behaviours() {
  local name region
  {
    for name in Home Second; do
      if [[ $name == Home ]]; then region=$(home); else region=$(second); fi
      [[ -z $region ]] || origin_parameters "$name" "$region"
    done
    for name in CachePolicyId OriginRequestPolicyId SessionRequestPolicyId ResponseHeadersPolicyId; do
      printf '%s=%s\n' "$name" "$(output "$EDGE_REGION" edge-policies "$name")"
    done
    [[ $VIEWER_ACCESS == Open ]] || printf 'KeyGroupId=%s\n' "$(output "$EDGE_REGION" edge-policies KeyGroupId)"
    [[ -z $(second) ]] || printf 'FunctionArn=%s\n' "$(output "$EDGE_REGION" edge-function FunctionArn)"
    printf 'ImagePath=%s\nSecret=(current of the secret %s in %s)\n' "$IMAGE_PATH" "$(edge_name)" "$EDGE_REGION"
  } > "$WORK/values"
  alive
  jq -nR "$(behaviours_program)" "$WORK/values"
}

behaviours_program() {
  cat << 'EOF'
def origin($v; $id; $name; $session): {Id: "\($id)\(if $session then "-session" else "" end)", DomainName: $v["\($name)OriginDomainName"],
    OriginPath: (if $v["\($name)VpcOriginId"] then "" else "/live" end), ConnectionAttempts: 2, ConnectionTimeout: 2,
    ResponseCompletionTimeout: (if $session then 30 else 300 end)}
  + (if $session then {} else {OriginShield: {Enabled: true, OriginShieldRegion: $v["\($name)Region"]}} end)
  + {OriginCustomHeaders: ([{HeaderName: "X-Origin-Verify", HeaderValue: $v.Secret}]
      + if $session or ($v.KeyGroupId | not) then [] else [{HeaderName: "X-Viewer-Access", HeaderValue: "signed-cookies"}] end)}
  + ({OriginReadTimeout: (if $session then 30 else 60 end), OriginKeepaliveTimeout: 60} as $times
    | if $v["\($name)VpcOriginId"] then {VpcOriginConfig: ({VpcOriginId: $v["\($name)VpcOriginId"]} + $times)}
      else {CustomOriginConfig: ({OriginProtocolPolicy: "https-only", OriginSSLProtocols: ["TLSv1.2"]} + $times)} end);
def group($suffix): {Id: "home-first\($suffix)", FailoverCriteria: {StatusCodes: {Quantity: 5, Items: [429, 500, 502, 503, 504]}},
  Members: {Quantity: 2, Items: [{OriginId: "home\($suffix)"}, {OriginId: "second\($suffix)"}]}};
def behaviour($v; $path; $suffix): {PathPattern: $path, TargetOriginId: (if $v.SecondRegion then "home-first" else "home" end + $suffix),
    ViewerProtocolPolicy: "https-only", AllowedMethods: ["GET", "HEAD", "OPTIONS"], CachedMethods: ["GET", "HEAD"], Compress: false,
    ResponseHeadersPolicyId: $v.ResponseHeadersPolicyId}
  + if $v.FunctionArn then {FunctionAssociations: [{EventType: "viewer-request", FunctionARN: $v.FunctionArn}]} else {} end;
[inputs | capture("^(?<key>[^=]+)=(?<value>.*)$")] | from_entries as $v
| [["home", "Home"], (select($v.SecondRegion) | ["second", "Second"])] as $regions
| [false, (select($v.KeyGroupId) | true)] as $kinds
| {CacheTagConfig: {HeaderName: "cache-tag"},
   Origins: [$kinds[] as $session | $regions[] | origin($v; .[0]; .[1]; $session)]}
  + (if $v.SecondRegion then {OriginGroups: {Quantity: ($kinds | length), Items: [$kinds[] | group(if . then "-session" else "" end)]}} else {} end)
  + {CacheBehaviors: [
      behaviour($v; "\($v.ImagePath)/*"; "") + {CachePolicyId: $v.CachePolicyId, OriginRequestPolicyId: $v.OriginRequestPolicyId}
        + if $v.KeyGroupId then {TrustedKeyGroups: [$v.KeyGroupId]} else {} end,
      (select($v.KeyGroupId) | behaviour($v; "\($v.ImagePath)-session"; "-session")
        + {CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", OriginRequestPolicyId: $v.SessionRequestPolicyId})],
     CustomErrorResponses: [(400, 403, 404, 405, 414, 416 | {ErrorCode: ., ErrorCachingMinTTL: 0}),
       (500, 501, 502, 503, 504 | {ErrorCode: ., ErrorCachingMinTTL: 1})]}
EOF
}
