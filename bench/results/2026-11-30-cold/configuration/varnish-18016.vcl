vcl 4.1;

# Varnish before the bucket, set up to win; the options of the process are in harness/varnish.py.

backend s3 {
    .host = "127.0.0.1";
    .port = "18000";
    .first_byte_timeout = 15s;
    .between_bytes_timeout = 10s;
}

sub vcl_recv {
    # Nothing of the built-in rules is needed: images are the same for everybody, whatever the request carries.
    if (req.method != "GET" && req.method != "HEAD") {
        return (synth(405));
    }
    return (hash);
}

sub vcl_hash {
    # The host is the same for all.
    hash_data(req.url);
    return (lookup);
}

sub vcl_backend_fetch {
    set bereq.url = regsub(bereq.url, "^/proxy-image/", "/images/");
    return (fetch);
}

sub vcl_backend_response {
    if (beresp.status == 200) {
        set beresp.ttl = 1d;
    } else {
        set beresp.ttl = 10s;
    }
    # No second version is kept or asked for: images do not change.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    # The first reader and those who join it get the bytes as they arrive.
    set beresp.do_stream = true;
    return (deliver);
}

sub vcl_deliver {
    # X-Varnish with two numbers is the proof that an answer came from the cache; it is there by itself.
    return (deliver);
}
