# shellcheck shell=bash
# What every step uses: messages, tools, and the AWS command line with errors a person can act on.

say() { printf '%s\n' "$*" >&2; }
note() { printf '         %s\n' "$*" >&2; }

# Ends the whole script, from within a command substitution, too.
trap 'exit 1' TERM
die() {
  printf 'deploy: %s\n' "$*" >&2
  kill -TERM "$$"
  exit 1
}

is_dry() { [[ $DRY_RUN == yes ]]; }
home() { printf '%s\n' "${REGIONS[0]}"; }
second() { printf '%s\n' "${REGIONS[1]:-}"; }

check_tools() {
  local tool
  for tool in aws jq openssl curl; do
    command -v "$tool" > /dev/null || die "$tool is missing; please install it"
  done
  [[ $(aws --version 2>&1) =~ aws-cli/([1-9][0-9]*)\. ]] || die 'aws does not say which version it is'
}

# Says what a failed call means: explain <region> <message>
explain() {
  local action=
  if [[ $2 =~ not\ authorized\ to\ perform:\ ([A-Za-z0-9:-]+) ]]; then
    action=${BASH_REMATCH[1]}
    die "a right is missing in $1: $action. The credentials are those of: $(caller)"
  fi
  case $2 in
    *UnauthorizedOperation* | *AccessDenied*) die "a right is missing in $1: $2" ;;
    *'Unable to locate credentials'* | *NoCredentials*) die 'no AWS credentials: try aws configure, or AWS_PROFILE' ;;
    *ExpiredToken* | *'Token has expired'*) die 'the AWS credentials have expired: log in again' ;;
    *'Could not connect'*) die "AWS cannot be reached in $1: $2" ;;
    *) return 1 ;;
  esac
}

caller() {
  aws sts get-caller-identity --query Arn --output text 2> /dev/null || printf 'nobody\n'
}

# One call: cloud <region> <service> <operation> [options]. Fails with what AWS said in REFUSAL.
REFUSAL=
cloud() {
  local region=$1 errors status=0
  shift
  errors=$(mktemp)
  aws --region "$region" --output json "$@" 2> "$errors" || status=$?
  if [[ $status -ne 0 ]]; then
    REFUSAL=$(< "$errors")
    rm -f "$errors"
    explain "$region" "$REFUSAL" || return "$status"
  fi
  rm -f "$errors"
}

# The same, where failure is the end.
must() {
  cloud "$@" || die "$2 $3 in $1: ${REFUSAL:-it failed}"
}

check_account() {
  ACCOUNT=$(must "$EDGE_REGION" sts get-caller-identity | jq -r .Account)
  say "account $ACCOUNT, environment $ENVIRONMENT, ${REGIONS[*]}"
  if [[ -n $HOSTED_ZONE ]]; then
    cloud "$EDGE_REGION" route53 get-hosted-zone --id "$HOSTED_ZONE" > /dev/null \
      || die "--hosted-zone $HOSTED_ZONE: ${REFUSAL:-there is none}"
  fi
}

# Where the machine image is wanted, it has to be there.
check_image() {
  cloud "$1" ssm get-parameter --name "$IMAGE_PARAMETER" > /dev/null \
    || die "no machine image in $1: the parameter $IMAGE_PARAMETER is not there. Run packer build first; see packer/"
}
