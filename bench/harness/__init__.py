"""Measures image-origin beside nginx and Varnish, on the same core in the same run."""
