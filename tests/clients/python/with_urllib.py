"""`urllib.request`, which logs in when it is asked to."""

import http.client
import urllib.error
import urllib.request

from walk import LOGIN, URL, NoAnswer, walk

passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
passwords.add_password(None, URL, *LOGIN)
opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))


def send(call):
    body = call.body
    request = urllib.request.Request(call.url, body, call.headers, method=call.method)
    try:
        with opener.open(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except (http.client.RemoteDisconnected, ConnectionResetError) as error:
        raise NoAnswer(str(error)) from error


walk(send)
