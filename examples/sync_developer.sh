#!/bin/sh
# Requests a full sync of a developer, waits until it has ended, and prints the developer as JSON.
#
#   GITOMATIC_URL=http://127.0.0.1:8000 GITOMATIC_AUTH=admin:PASSWORD examples/sync_developer.sh ada
set -eu

login=${1:?usage: sync_developer.sh LOGIN}
api=${GITOMATIC_URL:-http://127.0.0.1:8000}/github
# The credential goes through a file descriptor: arguments of a process can be read by other users.
ask() {
    printf 'user = "%s"\n' "$GITOMATIC_AUTH" | curl --silent --show-error --fail-with-body --max-time 30 --config - "$@"
}

ask --output /dev/null --data-urlencode "username=$login" --data name=full_profile_sync "$api/tasks/"
until ask "$api/developers/by-login/$login/?fields=synced_at" 2>/dev/null | grep -q '"synced_at": *"'; do
    sleep 1
    waited=$((${waited:-0} + 1))
    [ "$waited" -lt "${WAIT_SECONDS:-300}" ] || { echo "$login is not synced after $waited s" >&2; exit 1; }
done
ask "$api/developers/by-login/$login/?embed=none"
