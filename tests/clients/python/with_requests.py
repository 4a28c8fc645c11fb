"""`requests`, with a session."""

import requests
from walk import NoAnswer, walk

session = requests.Session()


def send(call):
    try:
        answer = session.request(
            call.method,
            call.url,
            headers=call.headers,
            data=call.form,
            json=call.json,
            auth=call.login,
        )
    except requests.exceptions.SSLError:
        raise
    except requests.ConnectionError as error:
        raise NoAnswer(str(error)) from error
    return answer.status_code, answer.text


walk(send)
