vcl 4.1;

# A CloudFront edge of the journey: the rules of compose's edges, and Origin Shield at the end of an emulated distance.

backend shield {
    .host = "127.0.0.1";
    .port = "18039";
    .first_byte_timeout = 30s;
    .between_bytes_timeout = 30s;
}

include "compose/varnish/cloudfront.vcl";

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "Hit from cloudfront";
        unset resp.http.X-Shield-Cache;
    } else {
        set resp.http.X-Cache = "Miss from cloudfront";
    }
}
