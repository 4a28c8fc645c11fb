#!/usr/bin/env bash
# A payment, a refund, a rejection and a lost answer, with nothing but curl.
#
#     bash walk-through.sh [URL]
set -euo pipefail

SIMULATOR=${1:-${MOBILEPAY_URL:-http://127.0.0.1:8080}}
SANDBOX=curl-$$-$RANDOM
URL=$SIMULATOR/sandboxes/$SANDBOX
CLIENT=11111111-2222-4333-8444-555555555555

# field NAME: the first value of a field in the JSON that comes in.
field() {
  local pattern="\"$1\": ?\\[?\"?([^]\",}]*)"
  [[ $(cat) =~ $pattern ]] || { echo "there is no $1 in the answer" >&2; return 1; }
  echo "${BASH_REMATCH[1]}"
}

# pos METHOD PATH [BODY]: a call of the PoS API. Where there is no answer it is made again, with the same
# idempotency key. (curl's own --retry does not do: it stops at a broken connection, and with
# --retry-all-errors it repeats what was refused.)
pos() {
  local key='' patience=2 pause answer
  case "$1 $2" in
    'POST /payments' | 'POST /refunds' | 'POST /pointofsales') key=$SANDBOX-$RANDOM-$RANDOM ;;
    GET*) patience=0.5 ;;
  esac
  for pause in 0.5 1 2 4 8 0; do
    answer=$(curl --silent --max-time "$patience" --write-out '\n%{http_code}' --request "$1" \
      "$URL/pos/v10$2" --header "Authorization: Bearer $TOKEN" \
      --header "X-IBM-Client-Id: $CLIENT" --header 'X-MobilePay-Client-System-Version: 1.0.0' \
      ${key:+--header "X-MobilePay-Idempotency-Key: $key"} \
      ${3:+--header 'Content-Type: application/json' --data "$3"}) || true
    case ${answer##*$'\n'} in
      200) echo "${answer%$'\n'*}"; return ;;
      4??) echo "$1 $2 is refused: $answer" >&2; return 1 ;;
    esac
    sleep "$pause"
  done
  echo "$1 $2: no answer" >&2
  return 1
}

# control METHOD PATH [BODY]: a call of the simulator's own API.
control() {
  curl --silent --show-error --fail-with-body --request "$1" "$URL/_simulator$2" \
    ${3:+--header 'Content-Type: application/json' --data "$3"}
}

echo '1. Wait until the simulator answers, and begin with a clock that stands still.'
curl --silent --show-error --fail --output /dev/null --retry 30 --retry-connrefused --retry-delay 1 \
  "$SIMULATOR/_simulator/health"
trap 'curl --silent --request DELETE "$SIMULATOR/_simulator/sandboxes/$SANDBOX"' EXIT
control PUT /clock '{"scale": 0}' >/dev/null

echo '2. Get a token for the merchant.'
TOKEN=$(curl --silent --show-error --fail "$URL/integrator-authentication/connect/token" \
  --user "$CLIENT:sandbox-secret" --header "X-IBM-Client-Id: $CLIENT" \
  --data grant_type=client_credentials --data merchant_vat=DK12345678 | field access_token)

echo '3. Register a till in one of the merchant'\''s stores.'
STORE=$(pos GET /stores | field storeIds)
POS=$(pos POST /pointofsales '{"merchantPosId": "till-1", "storeId": "'"$STORE"'", "name": "Till 1",
  "supportedBeaconTypes": ["QR"]}' | field posId)

# start ORDER AMOUNT: starts a payment.
start() {
  pos POST /payments '{"posId": "'"$POS"'", "orderId": "'"$1"'", "amount": '"$2"',
    "currencyCode": "DKK", "plannedCaptureDelay": "None"}' | field paymentId
}

echo '4. Start a payment. Two seconds later the customer has accepted; capture it.'
PAYMENT=$(start order-1 10.50)
control POST /clock/advance '{"seconds": 2}' >/dev/null
pos GET "/payments/$PAYMENT" | field status
pos POST "/payments/$PAYMENT/capture" '{"amount": 10.50}' >/dev/null
pos GET "/payments/$PAYMENT" | field status

echo '5. Give a part of it back.'
REFUND=$(pos POST /refunds '{"paymentId": "'"$PAYMENT"'", "refundOrderId": "refund-1", "amount": 4.00,
  "currencyCode": "DKK"}' | field refundId)
control POST /clock/advance '{"seconds": 1}' >/dev/null
pos POST "/refunds/$REFUND/capture" >/dev/null
pos GET "/refunds/$REFUND" | field status

echo '6. The next customer changes their mind.'
control POST /scenarios/next '{"scenario": "rejection"}' >/dev/null
PAYMENT=$(start order-2 3.00)
control POST /clock/advance '{"seconds": 3}' >/dev/null
pos GET "/payments/$PAYMENT" | field status

echo '7. The answer to the next capture is lost. The script asks again; was that right?'
RUN=$(control POST /scenarios/next '{"scenario": "lost-response-capture"}' | field runs)
PAYMENT=$(start order-3 5.00)
control POST /clock/advance '{"seconds": 2}' >/dev/null
pos POST "/payments/$PAYMENT/capture" '{"amount": 5.00}' >/dev/null
control POST "/runs/$RUN/wait?timeout=5" | field verdict
