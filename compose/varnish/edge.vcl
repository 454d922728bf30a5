# An edge location: what it does not have, it asks the nearer Origin Shield for, and the other one if that fails: an
# origin group, as cloudformation/edge-function.js chooses it. Whoever includes this has the backends near and far.

# A second attempt, at the farther region.
sub fail_over {
  if (bereq.retries == 0) {
    set bereq.backend = far;
    return (retry);
  }
}

sub vcl_recv {
  set req.backend_hint = near;
}

sub vcl_backend_response {
  if (beresp.status == 429 || beresp.status == 500 || (beresp.status >= 502 && beresp.status <= 504)) {
    call fail_over;
  }
}

sub vcl_backend_error {
  call fail_over;
}

include "/etc/varnish/cloudfront.vcl";

sub vcl_deliver {
  set resp.http.X-Amz-Cf-Pop = std.getenv("POP");
  # The tags are for CloudFront.
  unset resp.http.Cache-Tag;
  if (resp.status >= 400) {
    set resp.http.X-Cache = "Error from cloudfront";
  } else if (obj.hits > 0) {
    set resp.http.X-Cache = "Hit from cloudfront";
  } else {
    set resp.http.X-Cache = "Miss from cloudfront";
  }
  if (obj.hits > 0) {
    # No shield was asked this time.
    unset resp.http.X-Shield-Cache;
    unset resp.http.X-Served-Region;
  }
}
