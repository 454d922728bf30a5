"""Changes that would do harm, and for each the check that has to see it."""

from spoilings import access, parts, watching

ALL = [spoiling for module in (access, parts, watching) for name, spoilings in vars(module).items() if name.isupper()
       and isinstance(spoilings, list) for spoiling in spoilings]

# Thirteen that once passed all checks together.
THIRTEEN = [
    "bucket policy that lets every account in", "what says nothing of caching is kept for a day", "random characters in user data",
    "web ACL lets through what no rule knows", "web ACL off by default", "failures of the API are kept",
    "role may read every secret", "role may read every parameter", "deletions not replicated", "full cache that refuses writes",
    "all instances spot", "canary once a year", "silence is taken for health",
]
