"""A till as it was shipped: it knows nothing but the address of the real service."""

import itertools
import json
import time
import urllib.parse
import urllib.request

SERVICE = "https://api.mobilepay.dk"
CLIENT_ID, SECRET = "11111111-2222-4333-8444-555555555555", "sandbox-secret"

keys = itertools.count(1)


def ask(method, path, body=None, headers=None):
    request = urllib.request.Request(SERVICE + path, body, headers or {}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def token():
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "merchant_vat": "DK12345678",
    }
    found = ask("GET", "/integrator-authentication/.well-known/openid-configuration")
    assert found["issuer"] == f"{SERVICE}/integrator-authentication"
    path = found["token_endpoint"].removeprefix(SERVICE)
    return ask("POST", path, urllib.parse.urlencode(form).encode())["access_token"]


def pos(method, path, body=None):
    headers = {
        "Authorization": f"Bearer {bearer}",
        "X-MobilePay-Client-System-Version": "2.1.0",
        "X-MobilePay-Idempotency-Key": f"till-1-{next(keys)}",
        "Content-Type": "application/json",
    }
    content = None if body is None else json.dumps(body).encode()
    return ask(method, f"/pos/v10{path}", content, headers)


bearer = token()
store_id = pos("GET", "/stores")["storeIds"][0]
till = {
    "merchantPosId": "till-1",
    "storeId": store_id,
    "name": "Till 1",
    "supportedBeaconTypes": ["QR"],
}
order = {
    "posId": pos("POST", "/pointofsales", till)["posId"],
    "orderId": "order-1",
    "amount": 10.50,
    "currencyCode": "DKK",
    "plannedCaptureDelay": "None",
}
payment = f"/payments/{pos('POST', '/payments', order)['paymentId']}"
while (found := pos("GET", payment))["status"] not in ("Reserved", "CancelledByUser"):
    time.sleep(found["pollDelayInMs"] / 1000)
pos("POST", f"{payment}/capture", {"amount": 10.50})
print(pos("GET", payment)["status"])
