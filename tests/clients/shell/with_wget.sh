#!/usr/bin/env bash
# wget, a process for each call: with_wget.sh [OPTION...]
#
# It logs in when it is asked to, and calls again by itself. The options are wget's own, and go with
# every call.

. "$(dirname "$0")/walk.sh"
options=("$@")

# What wget says when the server answered with an error status, as 502.
refused=8

wget_for() { # wget_for METHOD URL BODY OPTION...
  local method=$1 url=$2 body=$3 code=0
  shift 3
  local all=(--quiet --output-document - --method "$method" "${options[@]}" "$@")
  if [ -n "$body" ]; then
    all+=(--body-data "$body")
  fi
  wget "${all[@]}" "$url" || code=$?
  if [ $code != 0 ]; then
    echo "$method $url: wget ended with $code" >&2
    [ $code = $refused ] && return 1 || return 2
  fi
}

send() {
  local method=$1 url=$2 body=$3 headers=() each
  shift 3
  for each in "$@"; do
    headers+=(--header "$each")
  done
  if [ -n "$body" ]; then
    headers+=(--header 'Content-Type: application/json')
  fi
  wget_for "$method" "$url" "$body" "${headers[@]}"
}

send_form() {
  wget_for POST "$1" "$2" --user "$TILL_CLIENT_ID" --password "$TILL_SECRET" \
    --header 'Content-Type: application/x-www-form-urlencoded'
}

walk
