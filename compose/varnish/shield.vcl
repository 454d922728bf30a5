vcl 4.1;

# Origin Shield: the only one that asks the origin, with the secret that proves it.

backend origin {
  .host = "origin";
  .port = "8080";
  .connect_timeout = 3s;
  .first_byte_timeout = 30s;
  .between_bytes_timeout = 30s;
}

include "/etc/varnish/cloudfront.vcl";

sub vcl_backend_fetch {
  set bereq.http.X-Origin-Verify = std.getenv("EDGE_SECRET");
}

sub vcl_deliver {
  # CloudFront says this in its logs only (OriginShieldHit).
  if (obj.hits > 0) {
    set resp.http.X-Shield-Cache = "Hit from shield";
  } else {
    set resp.http.X-Shield-Cache = "Miss from shield";
  }
}
