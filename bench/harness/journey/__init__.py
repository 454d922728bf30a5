"""The way of an image from S3 to viewers in Sydney and in London, with emulated distances."""
