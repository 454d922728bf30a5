# What edges and Origin Shield have in common: a cache that behaves as CloudFront does with the distribution's
# settings (cache key: the path alone; Authorization forwarded; error TTL 1 s).
#
# It differs from CloudFront in this:
# - A miss is always fetched whole, even if the viewer asked for a range or for the head. CloudFront forwards
#   HEAD, and ranges (maybe enlarged), and caches parts.
# - Preconditions of a miss are settled here, not forwarded.
# - An expired object is not served while the origin fails.
# - CloudFront has a regional edge cache between edge and shield; here the edge asks the shield itself.
# - There is no TLS, no HTTP/2 and HTTP/3, and no CloudFront Function.

import std;

sub vcl_recv {
  if (req.method != "GET" && req.method != "HEAD" && req.method != "OPTIONS") {
    return (synth(403, "Forbidden"));
  }
  # Neither in the cache key nor forwarded. Authorization stays: forwarded, and not in the key.
  set req.url = regsub(req.url, "\?.*$", "");
  unset req.http.Cookie;
  unset req.http.Origin;
  unset req.http.Referer;
  unset req.http.Accept;
  unset req.http.Accept-Encoding;
  unset req.http.Accept-Language;
  unset req.http.Cache-Control;
  unset req.http.Pragma;
  # Whoever sends it is not CloudFront.
  unset req.http.X-Origin-Verify;
  set req.http.User-Agent = "Amazon CloudFront";
  if (req.method == "OPTIONS") {
    return (pass);
  }
  # Concurrent misses of one key wait for a single fetch from here on: request collapsing.
  return (hash);
}

sub vcl_hash {
  hash_data(req.url);
  return (lookup);
}

sub vcl_backend_response {
  # CloudFront hands Vary on, and does not look at it.
  if (beresp.http.Vary) {
    set beresp.http.X-Vary = beresp.http.Vary;
    unset beresp.http.Vary;
  }
  set beresp.grace = 0s;
  if (beresp.status >= 400) {
    call keep_error;
  }
}

# How long an error is kept, by its status.
sub keep_error {
  set beresp.ttl = 0s;
  if (beresp.status >= 500) {
    # no-store does not help: a 5xx is kept for the error TTL
    set beresp.ttl = 1s;
  } else if (beresp.http.Cache-Control !~ "(?i)no-store|no-cache|private") {
    if (beresp.status == 404 || beresp.status == 414) {
      set beresp.ttl = std.duration(regsub(beresp.http.Cache-Control, "(?i)^(?:.*\D)?max-age=(\d+).*$", "\1s"), 1s);
    } else if (beresp.status != 401 && beresp.status != 416) {
      set beresp.ttl = std.duration(regsub(beresp.http.Cache-Control, "(?i)^(?:.*\D)?max-age=(\d+).*$", "\1s"), 0s);
    }
  }
  if (beresp.ttl <= 0s) {
    # Others who wait for the same key ask for themselves: a 401 is one viewer's, not everybody's.
    set beresp.ttl = 1s;
    set beresp.uncacheable = true;
  }
  return (deliver);
}

sub vcl_backend_error {
  set beresp.status = 502;
  set beresp.ttl = 1s;
  set beresp.http.Content-Type = "text/plain";
  set beresp.body = "The origin cannot be reached." + {"
"};
  return (deliver);
}

sub vcl_synth {
  set resp.http.Content-Type = "text/plain";
  set resp.http.X-Cache = "Error from cloudfront";
  set resp.body = resp.reason + {"
"};
  return (deliver);
}

sub vcl_deliver {
  if (resp.http.X-Vary) {
    set resp.http.Vary = resp.http.X-Vary;
    unset resp.http.X-Vary;
  }
  unset resp.http.X-Varnish;
}
