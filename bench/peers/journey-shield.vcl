vcl 4.1;

# Origin Shield of the journey: the rules of compose's shield, and a front door at the end of an emulated distance.

backend front_door {
    .host = "127.0.0.1";
    .port = "@BACKEND_PORT@";
    .first_byte_timeout = 30s;
    .between_bytes_timeout = 30s;
}

include "@RULES@";

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Shield-Cache = "Hit from shield";
    } else {
        set resp.http.X-Shield-Cache = "Miss from shield";
    }
}
