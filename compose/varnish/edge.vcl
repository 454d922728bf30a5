vcl 4.1;

# An edge location: what it does not have, it asks Origin Shield for.

backend shield {
  .host = "shield";
  .port = "8080";
  .connect_timeout = 3s;
  .first_byte_timeout = 30s;
  .between_bytes_timeout = 30s;
}

include "/etc/varnish/cloudfront.vcl";

sub vcl_deliver {
  set resp.http.X-Amz-Cf-Pop = std.getenv("POP");
  if (resp.status >= 400) {
    set resp.http.X-Cache = "Error from cloudfront";
  } else if (obj.hits > 0) {
    set resp.http.X-Cache = "Hit from cloudfront";
  } else {
    set resp.http.X-Cache = "Miss from cloudfront";
  }
  if (obj.hits > 0) {
    # The shield was not asked this time.
    unset resp.http.X-Shield-Cache;
  }
}
