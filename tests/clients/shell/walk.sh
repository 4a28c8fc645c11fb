# A till that pays once: what the programs of curl and wget have in common.
#
# A program defines `send METHOD URL BODY HEADER...`, which prints the body of a good answer and
# returns 0; 1 where there was none, or 502, 503 or 504; 2 where the call was refused. It defines
# `send_form URL BODY` for the token, likewise.

set -euo pipefail

# The value of a field, or its first where it is a list.
field() {
  sed -E 's/.*"'"$1"'":\[?"?([^],"}]+).*/\1/'
}

key() {
  echo "X-MobilePay-Idempotency-Key: $1-$RANDOM$RANDOM$RANDOM"
}

pos() { # pos METHOD PATH [BODY [HEADER...]]
  local method=$1 path=$2 body=${3-}
  shift $(($# < 3 ? $# : 3))
  send "$method" "$TILL_URL/pos/v10$path" "$body" "Authorization: Bearer $token" \
    'X-MobilePay-Client-System-Version: 1.0.0' "$@"
}

until_reserved() {
  local state
  until [ "${state-}" = Reserved ]; do
    sleep "$delay"
    state=$(pos GET "$1" | field status)
  done
}

walk() {
  token=$(send_form "$TILL_URL/integrator-authentication/connect/token" \
    "grant_type=client_credentials&merchant_vat=$TILL_MERCHANT" | field access_token)
  local store pos_id order order_key payment= refund status again=0 code
  store=$(pos GET /stores | field storeIds)
  pos_id=$(pos POST /pointofsales '{"merchantPosId": "till-1", "storeId": "'"$store"'", "name": "Till 1",
    "supportedBeaconTypes": ["QR"]}' "$(key pos)" | field posId)

  order='{"posId": "'"$pos_id"'", "orderId": "order-1", "amount": 10.50, "currencyCode": "DKK",
    "plannedCaptureDelay": "None"}'
  order_key=$(key order)
  until payment=$(pos POST /payments "$order" "$order_key" | field paymentId); do
    code=$? again=$((again + 1))
    [ $code = 1 ] && [ $again -lt 3 ]
    sleep 0.1
  done
  delay=$(pos GET "/payments/$payment" | field pollDelayInMs)
  delay=$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))
  until_reserved "/payments/$payment"
  pos POST "/payments/$payment/capture" '{"amount": 10.50}' >/dev/null

  refund=$(pos POST /refunds '{"paymentId": "'"$payment"'", "refundOrderId": "refund-1", "amount": 4.00,
    "currencyCode": "DKK"}' "$(key refund)" | field refundId)
  until_reserved "/refunds/$refund"
  pos POST "/refunds/$refund/capture" >/dev/null
  status=$(pos GET "/payments/$payment" | field status)
  pos DELETE "/pointofsales/$pos_id" >/dev/null
  echo "payment=$payment refund=$refund status=$status again=$again"
}
