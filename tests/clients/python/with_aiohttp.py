"""`aiohttp`, with a client session."""

import asyncio

import aiohttp
from walk import NoAnswer, walk


async def ask(session, call):
    headers = call.headers | ({"Authorization": call.basic} if call.login else {})
    body = {"data": call.form, "json": call.json}
    try:
        async with session.request(call.method, call.url, headers=headers, **body) as answer:
            return answer.status, await answer.text()
    except aiohttp.ServerDisconnectedError as error:
        raise NoAnswer(str(error)) from error


async def main():
    async with aiohttp.ClientSession() as session:
        loop = asyncio.get_running_loop()

        def send(call):
            return asyncio.run_coroutine_threadsafe(ask(session, call), loop).result()

        await asyncio.to_thread(walk, send)


asyncio.run(main())
