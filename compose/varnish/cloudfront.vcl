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
# - An invalidation is BAN with the regular expression of tags or paths that compose/aws/LocalAws.java makes of it, and has
#   an effect at once. Only the network of compose can send it: viewers meet nginx first.

import std;

sub vcl_recv {
  if (req.method == "BAN") {
    call invalidate;
  }
  if (req.method != "GET" && req.method != "HEAD" && req.method != "OPTIONS") {
    return (synth(403, "This distribution is not configured to allow the HTTP request method that was used for this request."));
  }
  # nginx has asked whether this viewer may look, and was told no.
  if (req.http.X-Refused) {
    return (synth(403, req.http.X-Refused));
  }
  # Whoever sends them is not CloudFront.
  unset req.http.X-Origin-Verify;
  unset req.http.X-Viewer-Access;
  set req.http.User-Agent = "Amazon CloudFront";
  # The behaviour of the session path: nothing is cached; cookies, Authorization, Origin and query are forwarded.
  if (req.url ~ "^/proxy-image-session(\?|$)") {
    return (pass);
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
  if (req.method == "OPTIONS") {
    return (pass);
  }
  # Concurrent misses of one key wait for a single fetch from here on: request collapsing.
  return (hash);
}

# One invalidation, by tag or by path.
sub invalidate {
  if (req.http.X-Ban-Tag && std.ban("obj.http.Cache-Tag ~ " + req.http.X-Ban-Tag)) {
    return (synth(200, "Invalidated"));
  }
  if (req.http.X-Ban-Path && std.ban("req.url ~ " + req.http.X-Ban-Path)) {
    return (synth(200, "Invalidated"));
  }
  return (synth(400, "Not an invalidation"));
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
  unset resp.http.X-Varnish;
  if (resp.status >= 400) {
    set resp.http.Server = "CloudFront";
    set resp.http.X-Cache = "Error from cloudfront";
  }
  if (req.http.X-Refused) {
    # As CloudFront refuses a viewer without, or with bad, signed cookies.
    set resp.http.Content-Type = "text/xml";
    set resp.body = {"<?xml version="1.0" encoding="UTF-8"?><Error><Code>"} + resp.reason + {"</Code><Message>"}
      + regsub(regsub(resp.reason, "^MissingKey$", "Missing Key-Pair-Id query parameter or cookie value"),
        "^AccessDenied$", "Access denied") + {"</Message></Error>"};
  } else {
    set resp.http.Content-Type = "text/plain";
    set resp.body = resp.reason + {"
"};
  }
  if (resp.status == 403) {
    set resp.reason = "Forbidden";
  }
  return (deliver);
}

sub vcl_deliver {
  if (resp.http.X-Vary) {
    set resp.http.Vary = resp.http.X-Vary;
    unset resp.http.X-Vary;
  }
  unset resp.http.X-Varnish;
}
