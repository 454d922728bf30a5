# shellcheck shell=bash

usage() {
  cat << 'EOF'
Usage: ./deploy --region REGION [--region REGION] --domain DOMAIN [options]
       ./deploy check ...            what is missing, what would be made, how long it takes, what it costs a month
       ./deploy --dry-run ...        shows what would change, changes nothing
       ./deploy smoke ...            checks a deployed stack from outside; ./deploy smoke --help
       ./deploy behaviours ...       what an existing distribution has to get (--distribution)
       ./deploy promote ...          brings another machine image into the environment
       ./deploy roll-back ...        brings all regions back to what served in them before
       ./deploy rotate-edge-secret ...
       ./deploy rotate-viewer-key ...   a new key beside the old one; later: ./deploy retire-viewer-key ...
       ./deploy destroy ...          takes an environment down; leaves its images

Deploys image-origin, or brings what is deployed up to date. The machine image has to be there: Packer writes its id to the
Systems Manager parameter /image-origin/ami/arm64 of each region. What is not given stays as it is deployed, so later runs need
nothing but what changes. A command that was interrupted is repeated.

  --region REGION        the home region first, then, if wanted, the second one
  --domain DOMAIN        the domain of the images, such as images.example.com
  --distribution ID      an existing CloudFront distribution of that domain; nothing is changed in it
  --environment NAME     name of the deployment (prod)
  --size SIZE            small (one region, for trying it out), standard or large; docs/cost.md has their prices
  --hosted-zone ID       Route 53 zone of the domain; without it certificates and addresses are confirmed by hand
  --bucket NAME          an existing bucket, one for each --region in the same order, instead of new ones
  --issuer URI           issuer of the tokens
  --public-key FILE      instead: the issuer's RSA public key, in PEM
  --image-path PATH      what precedes a key in an address (/proxy-image)
  --allowed-origins LIST origins of the pages whose scripts may read images, separated by commas (*)
  --front-door KIND      ApiGateway (the default) or VpcOrigin
  --viewer-access KIND   SignedCookies (the default) or Open
  --application-origin HOST   what serves everything else under the domain, so that images are on the application's own host
  --waf, --no-waf        a web ACL in front of the distribution
  --email ADDRESS        who is told of alarms
  --parameter TEMPLATE:NAME=VALUE   any other parameter of a template, several times
  --only STEP            one step instead of all, several times: secrets, certificate, bucket, events, network, cache,
                         balancer, api, edge, service, alarms
  --dry-run              makes change sets, shows and deletes them
  --without-check NAME   goes on though this check fails

What is deployed is not changed by a different value alone. These say that it is meant: --change-domain, --change-distribution,
--change-regions, --change-bucket, --change-hosted-zone, --change-image-path, --change-allowed-origins. After a change of buckets,
--forget-former-buckets takes away the right to read the former ones, but for those that running instances are told of.

  promote    --image ID (one for each region), or --from ENVIRONMENT, or what Packer built last
  roll-back  --to VERSION (of the launch template)
  destroy    --yes ENVIRONMENT instead of a question; --with-images, --with-logs delete the buckets and what is in them
EOF
}
