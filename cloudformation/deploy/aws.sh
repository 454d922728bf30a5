# shellcheck shell=bash
# What every step uses: messages, tools, and the AWS command line with errors a person can act on.

say() { printf '%s\n' "$*" >&2; }
note() { printf '         %s\n' "$*" >&2; }

# Lines of a report: of ./deploy check and ./deploy smoke
FAILURES=0
ok() { printf 'ok       %s\n' "$*"; }
skipped() { printf 'skipped  %s\n' "$*"; }
failed() {
  printf 'failed   %s\n' "$*"
  FAILURES=$((FAILURES + 1))
}

# What is worth remembering during one run.
WORK=$(mktemp -d)
readonly WORK
trap 'rm -rf "$WORK"' EXIT

# Ends the script. Within a command substitution it ends only that; whatever changes something asks alive first.
die() {
  printf 'deploy: %s\n' "$*" >&2
  : > "$WORK/dead"
  exit 1
}
alive() { [[ ! -e $WORK/dead ]] || exit 1; }

is_dry() { [[ $DRY_RUN == yes ]]; }
home() { printf '%s\n' "${REGIONS[0]:-}"; }
second() { printf '%s\n' "${REGIONS[1]:-}"; }

check_tools() {
  local tool
  [[ ${BASH_VERSINFO[0]} -ge 5 || (${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4) ]] \
    || die "bash $BASH_VERSION is too old; please install bash 4.4 or later"
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

# One call: cloud <region> <service> <operation> [options]. What AWS said when it fails is the refusal.
cloud() {
  local region=$1
  alive
  shift
  aws --region "$region" --output json "$@" 2> "$WORK/refusal" || explain "$region" "$(refusal)"
}

refusal() { sed '/^$/d' "$WORK/refusal"; }

# The same, where failure is the end.
must() {
  cloud "$@" || die "$2 $3 in $1: $(refusal)"
}

# The same for what may be absent: only that is no failure. maybe <word in the refusal> <region> ...
maybe() {
  local absent=$1
  shift
  cloud "$@" || [[ $(refusal) == *"$absent"* ]] || die "$2 $3 in $1: $(refusal)"
}

check_account() {
  ACCOUNT=$(must "$EDGE_REGION" sts get-caller-identity | jq -r .Account)
  alive
  say "account $ACCOUNT, environment $ENVIRONMENT"
}
