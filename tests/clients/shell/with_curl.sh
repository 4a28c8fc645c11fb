#!/usr/bin/env bash
# curl, a process for each call: with_curl.sh BODY [OPTION...]
#
# BODY says how bodies are handed over: `data` on the command line, `stdin` through a pipe, `upload`
# through a pipe and as a file, so that nobody knows its length and it is sent in chunks. The options
# are curl's own, and go with every call.

. "$(dirname "$0")/walk.sh"
how=$1
shift
options=("$@")

# What curl says when the connection broke: an empty answer, a reset, half an answer.
broken='52|55|56|18'

curl_for() { # curl_for METHOD URL BODY OPTION...
  local method=$1 url=$2 body=$3 code=0 answer status
  shift 3
  local all=(--silent --show-error --write-out '\n%{http_code}' "${options[@]}" "$@")
  case $method$how$body in
    GET*) answer=$(curl "${all[@]}" "$url") || code=$? ;;
    POSTdata*) answer=$(curl "${all[@]}" --data "$body" "$url") || code=$? ;;
    POSTstdin*) answer=$(printf '%s' "$body" | curl "${all[@]}" --data-binary @- "$url") || code=$? ;;
    POSTupload*) answer=$(printf '%s' "$body" | curl "${all[@]}" --request POST --upload-file - "$url") || code=$? ;;
    *) answer=$(curl "${all[@]}" --request "$method" "$url") || code=$? ;;
  esac
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [[ $code =~ ^($broken)$ || $status =~ ^50[234]$ ]]; then
    return 1
  elif [[ $code != 0 || $status != 2* ]]; then
    echo "$method $url: curl ended with $code, status $status: $answer" >&2
    return 2
  fi
  printf '%s' "$answer"
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
  curl_for "$method" "$url" "$body" "${headers[@]}"
}

send_form() {
  curl_for POST "$1" "$2" --user "$TILL_CLIENT_ID:$TILL_SECRET" \
    --header 'Content-Type: application/x-www-form-urlencoded'
}

walk
