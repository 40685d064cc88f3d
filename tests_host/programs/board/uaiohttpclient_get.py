"""uaiohttpclient, two requests at the same time."""

import asyncio

import desk
import over

nic = over.attached()
import uaiohttpclient  # noqa: E402


async def get(path):
    answer = await uaiohttpclient.request("GET", "http://web.example" + path)
    return answer.status, (await answer.read()).hex()


async def main():
    desk.tell(pages=await asyncio.gather(get("/page"), get("/nowhere")))


asyncio.run(main())
