#!/usr/bin/env bash
# preview | up | status | drift, for any runner; run in the folder of the Pulumi project (docs/pipelines.md).
#
#   preview   the stack ci with made-up credentials on an emulator: needs no secret, so a pull request may run it
#   up        pulumi up of the stack
#   status    which token dies when; with HEARTBEAT_URL, tells a heartbeat service that all is well
#   drift     whatever differs between program, state and useapi.net
#
# PULUMI_STACK is the stack (prod), FAIL_WITHIN how long before an expiry status fails (7d).
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
stack=${PULUMI_STACK:-prod}
fail_within=${FAIL_WITHIN:-7d}
export PULUMI_SKIP_UPDATE_CHECK=1

preview() {
  work=$(mktemp -d)
  emulator=
  trap clean_up EXIT
  [[ ! -e Pulumi.ci.yaml ]] || { echo "pipeline.sh: Pulumi.ci.yaml is in the way: preview makes a stack ci of its own" >&2; exit 1; }
  # Nothing that this job may know of the real stack reaches the preview.
  for name in $(compgen -e); do
    case $name in USEAPI_* | PULUMI_STACK | PULUMI_ACCESS_TOKEN | PULUMI_CONFIG_PASSPHRASE_FILE) unset "$name" ;; esac
  done
  mkdir "$work/state"
  export PULUMI_BACKEND_URL="file://$work/state" PULUMI_CONFIG_PASSPHRASE=made-up
  made=yes
  pulumi stack init ci --non-interactive
  python "$here/ci_stack.py" "$stack" "$work/emulator"
  pulumi-useapi emulator --port 0 --data "$work/emulator" --ready-file "$work/url" 2>"$work/log" &
  emulator=$!
  until [[ -s $work/url ]]; do
    kill -0 "$emulator" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
  done
  USEAPI_BASE_URL=$(<"$work/url")
  export USEAPI_BASE_URL
  pulumi preview --stack ci --diff --non-interactive
}

clean_up() {
  [[ -z $emulator ]] || { kill "$emulator" 2>/dev/null && wait "$emulator" || true; }
  [[ -z ${made:-} ]] || rm -f Pulumi.ci.yaml
  rm -rf "$work"
}

up() {
  local options=(--yes --non-interactive --diff --stack "$stack")
  # One account that is refused does not keep the others waiting; older CLIs cannot do that.
  [[ $(pulumi up --help) != *--continue-on-error* ]] || options+=(--continue-on-error)
  # A cancelled job tells this shell, and this shell tells pulumi, which ends its requests and gives its lock back.
  # Each further signal is handed on as well.
  local signalled='' code=0 running
  pulumi up "${options[@]}" &
  running=$!
  trap 'signalled=yes; kill -INT "$running" 2>/dev/null || true' INT TERM
  wait "$running" || code=$?
  while kill -0 "$running" 2>/dev/null; do
    code=0
    wait "$running" || code=$?
  done
  trap - INT TERM
  if [[ -n $signalled ]]; then
    echo "pipeline.sh: cancelled; run it again to finish. If that says the stack is locked, and no other run is under way: pulumi cancel --yes $stack" >&2
  fi
  return "$code"
}

status() {
  local options=(--stack "$stack" --fail-within "$fail_within")
  if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then
    pulumi-useapi status "${options[@]}" --markdown | tee -a "$GITHUB_STEP_SUMMARY"
  else
    pulumi-useapi status "${options[@]}"
  fi
  [[ -z ${HEARTBEAT_URL:-} ]] || curl -fsS --max-time 30 --retry 3 -o /dev/null "$HEARTBEAT_URL"
}

drift() {
  local found=''
  # What is committed, and was never brought to useapi.net.
  pulumi preview --stack "$stack" --non-interactive --diff --expect-no-changes || found+=' preview'
  # What has changed there since the state was last refreshed: outputs too, which a preview does not count.
  pulumi refresh --stack "$stack" --non-interactive --diff --preview-only --expect-no-changes || found+=' refresh'
  # What a refresh has already taken into the state, and accounts that no state knows of.
  local findings
  findings=$(pulumi-useapi status --stack "$stack" --fail-within "$fail_within" --json |
    python -c 'import json, sys; print(*json.load(sys.stdin)["findings"])') || found+=' status'
  [[ -z $findings || $found == *status ]] || found+=' status'
  [[ -z $found ]] || { echo "pipeline.sh: drift, seen by:$found${findings:+ ($findings)}" >&2; return 1; }
}

case ${1:-} in
  preview | up | status | drift) "$1" ;;
  *)
    echo "usage: pipeline.sh preview|up|status|drift" >&2
    exit 2
    ;;
esac
