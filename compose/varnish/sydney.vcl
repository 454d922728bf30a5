vcl 4.1;

# The cache of Sydney's edge.

backend near {
  .host = "sydney-shield";
  .port = "8080";
  .connect_timeout = 1s;
  .first_byte_timeout = 30s;
  .between_bytes_timeout = 30s;
}

backend far {
  .host = "london-shield";
  .port = "8080";
  .connect_timeout = 1s;
  .first_byte_timeout = 30s;
  .between_bytes_timeout = 30s;
}

include "/etc/varnish/edge.vcl";
