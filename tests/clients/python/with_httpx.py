"""`httpx`, with a client."""

import httpx
from walk import NoAnswer, walk

client = httpx.Client()


def send(call):
    try:
        answer = client.request(
            call.method,
            call.url,
            headers=call.headers,
            data=call.form,
            json=call.json,
            auth=call.login,
        )
    except httpx.RemoteProtocolError as error:
        raise NoAnswer(str(error)) from error
    return answer.status_code, answer.text


walk(send)
