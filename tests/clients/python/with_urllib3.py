"""`urllib3`, with a pool manager."""

import urllib3
from walk import NoAnswer, walk

pool = urllib3.PoolManager()


def send(call):
    body = call.body
    if call.login:
        call.headers["Authorization"] = call.basic
    try:
        answer = pool.request(call.method, call.url, headers=call.headers, body=body)
    except urllib3.exceptions.ProtocolError as error:
        raise NoAnswer(str(error)) from error
    return answer.status, answer.data.decode()


walk(send)
