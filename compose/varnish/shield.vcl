# Origin Shield of a region: the only one that asks its origin, with the secret that proves it. Whoever includes this has
# the backend.

include "/etc/varnish/cloudfront.vcl";

sub vcl_backend_fetch {
  set bereq.http.X-Origin-Verify = std.getenv("EDGE_SECRET");
  # Set by the behaviour with the key group only: the edge has checked the viewer's cookies.
  if (bereq.url !~ "^/proxy-image-session(\?|$)") {
    set bereq.http.X-Viewer-Access = "signed-cookies";
  }
}

sub vcl_deliver {
  # CloudFront says this in its logs only (OriginShieldHit).
  set resp.http.X-Served-Region = std.getenv("REGION");
  if (obj.hits > 0) {
    set resp.http.X-Shield-Cache = "Hit from shield";
  } else {
    set resp.http.X-Shield-Cache = "Miss from shield";
  }
}
