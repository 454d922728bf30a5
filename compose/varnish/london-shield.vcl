vcl 4.1;

# Origin Shield in London's region.

backend origin {
  .host = "london-origin";
  .port = "8080";
  .connect_timeout = 1s;
  .first_byte_timeout = 30s;
  .between_bytes_timeout = 30s;
}

include "/etc/varnish/shield.vcl";
