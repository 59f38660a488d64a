"""The devices' door: only what is for devices goes through, and only what can be read without doubt."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from contextlib import asynccontextmanager, suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.fleet_server import door, held_bodies
from gateway.fleet_server.certificates import AUTHORITY, CERTIFICATE, KEY, make_certificates
from gateway.fleet_server.device_files import new_keys
from gateway.fleet_server.door import DeviceDoor, inside_context, is_for_devices, outside_context
from gateway.fleet_server.known_devices import KnownDevices
from gateway.fleet_server.node_keys import pem_of

NOW = 1_800_000_000 - 1_800_000_000 % 86_400
A_DEVICE, ANOTHER, A_STRANGER = (new_keys() for _ in range(3))


def signed(keys, at=b"2026-11-22T12:00:00+00:00"):
    """The head lines by which a device shows who it is."""
    said = {
        b"flwr-public-key": b64encode(pem_of(keys.public["node_key"])),
        b"flwr-timestamp": at,
        b"flwr-signature": b64encode(keys.node.sign(at, ec.ECDSA(SHA256()))),
    }
    return b"".join(b"%b: %b\r\n" % line for line in said.items())


OF_A_DEVICE, OF_ANOTHER, OF_A_STRANGER = map(signed, (A_DEVICE, ANOTHER, A_STRANGER))


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        (b"POST", b"/v1/fleet/pull-messages", True),
        (b"POST", b"/v1/fleet/activate-node", True),
        (b"POST", b"/v1/control/start-run", False),
        (b"POST", b"/v1/runtime/pull-task", False),
        (b"POST", b"/v1/fleet/../control/start-run", False),
        (b"POST", b"/v1/fleet/%2e%2e/control/start-run", False),
        (b"POST", b"/v1/fleet/pull-messages?a=b", False),
        (b"POST", b"//v1/fleet/pull-messages", False),
        (b"POST", b"http://127.0.0.1/v1/fleet/pull-messages", False),
        (b"POST", b"/v1/fleet/register-node", False),
        (b"POST", b"/v1/fleet/unregister-node", False),
        (b"POST", b"/v1/fleet/get-fab", False),
        (b"POST", b"/v1/fleet/push-object", False),
        (b"GET", b"/v1/fleet/pull-messages", False),
        (b"POST", b"/v1/fleet/", False),
        (b"POST", b"/docs", False),
    ],
)
def test_only_the_paths_of_devices_go_through(method, target, expected):
    assert is_for_devices(method, target) is expected


@asynccontextmanager
async def opened(tmp_path, held_up=None):
    """A door before a server that answers with what it was asked; a function that speaks to the door.

    `held_up`: an event that the server sets when it was asked, and one that it waits for before it answers.
    """
    import time

    make_certificates(tmp_path, ("127.0.0.1",), int(time.time()))
    certificate, key = str(tmp_path / CERTIFICATE), str(tmp_path / KEY)
    seen = []

    async def behind(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            seen.append((head, body))
            if held_up is not None:
                held_up[0].set()
                await held_up[1].wait()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nx-kept: yes\r\n\r\n" % length + body[::-1]
            )

    server = await asyncio.start_server(behind, "127.0.0.1", 0, ssl=outside_context(certificate, key))
    known = KnownDevices()
    known.admit([each.public["node_key"] for each in (A_DEVICE, ANOTHER)])
    before = DeviceDoor(
        server.sockets[0].getsockname()[1],
        outside_context(certificate, key),
        inside_context(str(tmp_path / AUTHORITY)),
        known.who,
    )
    port = await before.start("127.0.0.1", 0)
    trusting = ssl.create_default_context(cafile=str(tmp_path / AUTHORITY))

    async def begin(*parts):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.05)
        return reader, writer

    async def speak(*parts):
        reader, writer = await begin(*parts)
        try:
            return await asyncio.wait_for(reader.read(4096), 120)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    speak.begin, speak.held, speak.tasks = begin, before._held, before._open
    try:
        yield speak, seen
    finally:
        await asyncio.wait_for(before.close(), 60)
        server.close()


def request(path=b"/v1/fleet/pull-messages", more=b"", body=b"abc", by=OF_A_DEVICE):
    head = b"POST %b HTTP/1.1\r\nhost: x\r\n%b%bcontent-length: %d\r\n\r\n"
    return head % (path, by, more, len(body)) + body


async def test_a_request_of_a_device_is_handed_on_and_its_answer_handed_back(tmp_path):
    async with opened(tmp_path) as (speak, seen):
        answer = await speak(request(more=b"x-signature: s\r\nconnection: keep-alive\r\n"))
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"x-kept: yes" in answer
        assert answer.endswith(b"cba")
        [(head, body)] = seen
        assert b"x-signature: s" in head
        assert b"keep-alive" not in head
        assert body == b"abc"


async def test_a_request_may_come_in_pieces(tmp_path):
    async with opened(tmp_path) as (speak, seen):
        whole = request()
        assert (await speak(whole[:10], whole[10:50], whole[50:])).endswith(b"cba")
        assert len(seen) == 1


@pytest.mark.parametrize(
    "attack",
    [
        request(b"/v1/control/start-run"),
        request(b"/v1/fleet/../control/start-run"),
        b"POST /v1/fleet/pull-messages HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        request(more=b"transfer-encoding: chunked\r\n"),
        request(more=b"content-length: 0\r\n"),
        request() + request(b"/v1/control/start-run"),
        b"POST /v1/fleet/pull-messages HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabcPOST /v1/control/x HTTP/1.1\r\n\r\n",
        request(more=b"x: " + b"y" * 20_000 + b"\r\n"),
        request(more=b"connection: upgrade\r\nupgrade: h2c\r\n"),
        b"\x00\x01\x02",
    ],
)
async def test_what_is_for_others_or_cannot_be_read_without_doubt_does_not_go_through(tmp_path, attack):
    async with opened(tmp_path) as (speak, seen):
        answer = await speak(attack)
        assert not answer.startswith(b"HTTP/1.1 200")
        assert not any(b"/v1/control" in head for head, _ in seen)
        assert seen == []


@pytest.mark.parametrize("begin", [b"POST /", b"POST /v1/fleet/pull-messages HTTP/1.1\r\nx: "])
async def test_a_head_without_an_end_is_cut_off(tmp_path, begin):
    async with opened(tmp_path) as (speak, seen):
        assert await speak(begin, *[b"a" * 65_536] * 4) == b""
        assert seen == []


@pytest.mark.parametrize(
    ("path", "size"),
    [
        (b"/v1/fleet/pull-messages", door.MAX_QUESTION_BYTES + 1),
        (b"/v1/fleet/push-messages", 200_001),
        (b"/v1/control/start-run", door.MAX_QUESTION_BYTES + 1),
    ],
)
async def test_a_body_that_is_longer_than_what_is_asked_needs_is_cut_off(tmp_path, path, size, monkeypatch):
    monkeypatch.setattr(held_bodies, "MAX_HELD_BYTES", 200_000)
    async with opened(tmp_path) as (speak, seen):
        answer = await speak(request(path, body=b"a" * size))
        assert not answer.startswith(b"HTTP/1.1 200")
        assert seen == []


async def test_what_is_not_for_devices_is_refused_in_so_many_words(tmp_path):
    async with opened(tmp_path) as (speak, seen):
        whole = request(b"/v1/fleet/get-fab", body=b"a" * 2_000)
        assert (await speak(whole[:-1_000], whole[-1_000:])).startswith(b"HTTP/1.1 404")
        assert seen == []


async def test_what_was_handed_on_is_held_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(held_bodies, "MAX_HELD_BYTES", 5_000)
    async with opened(tmp_path) as (speak, seen):
        for _ in range(4):
            answer = await speak(request(b"/v1/fleet/push-messages", body=b"a" * 2_000))
            assert answer.endswith(b"a" * 2_000)
        assert len(seen) == 4


async def test_what_the_link_has_not_answered_yet_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr(held_bodies, "MAX_HELD_BYTES", 5_200)
    asked, answering = asyncio.Event(), asyncio.Event()
    async with opened(tmp_path, (asked, answering)) as (speak, seen):
        first = asyncio.create_task(speak(request(b"/v1/fleet/push-messages", body=b"a" * 2_000)))
        await asyncio.wait_for(asked.wait(), 60)
        assert await speak(request(b"/v1/fleet/push-messages", body=b"b" * 3_000)) == b""
        answering.set()
        assert (await first).endswith(b"a" * 2_000)
        assert len(seen) == 1
        assert (await speak(request(b"/v1/fleet/push-messages", body=b"b" * 2_000))).endswith(b"b" * 2_000)


@pytest.mark.parametrize(
    "by",
    [b"", OF_A_STRANGER, OF_A_DEVICE.replace(b"12:00", b"12:01"), OF_A_DEVICE.replace(b"flwr-t", b"x-t")],
)
async def test_whoever_does_not_show_that_it_is_a_device_is_told_so_and_asks_nothing_of_the_link(
    tmp_path, by
):
    async with opened(tmp_path) as (speak, seen):
        assert (await speak(request(by=by))).startswith(b"HTTP/1.1 401")
        assert await speak(request(b"/v1/fleet/push-messages", body=b"a" * 70_000, by=by)) == b""
        assert seen == []


@pytest.mark.parametrize(("by", "held"), [(OF_A_STRANGER, 0), (OF_ANOTHER, 40_000)])
async def test_thirteen_who_hold_their_last_byte_back_keep_no_device_out(tmp_path, by, held, monkeypatch):
    monkeypatch.setattr(held_bodies, "MAX_DEVICE_BYTES", 70_000)
    monkeypatch.setattr(held_bodies, "MAX_HELD_BYTES", 120_000)
    begun = request(b"/v1/fleet/push-messages", body=b"a" * 40_001, by=by)[:-1]
    async with opened(tmp_path) as (speak, seen):
        holding = [await speak.begin(begun) for _ in range(13)]
        async with asyncio.timeout(60):
            while speak.held.size != held:  # noqa: ASYNC110 - the door tells nobody what it holds
                await asyncio.sleep(0.01)
        answer = await speak(request(b"/v1/fleet/push-messages", body=b"b" * 30_000))
        assert answer.startswith(b"HTTP/1.1 200")
        assert len(seen) == 1
        for _, writer in holding:
            writer.close()


async def test_a_request_that_comes_byte_by_byte_is_cut_off_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(door, "REQUEST_SECONDS", 0.2)
    async with opened(tmp_path) as (speak, seen):
        whole = request()
        slow = [whole[at : at + 4] for at in range(0, len(whole), 4)]
        assert len(slow) > 15
        assert await speak(*slow) == b""
        assert seen == []


async def test_a_certificate_of_somebody_else_is_not_believed(tmp_path):
    async with opened(tmp_path) as (speak, _):
        assert (await speak(request())).endswith(b"cba")
    (tmp_path / AUTHORITY).unlink()
    make_certificates(tmp_path, ("127.0.0.1",), NOW)
    other = ssl.create_default_context(cafile=str(tmp_path / AUTHORITY))
    assert other.get_ca_certs()


async def test_closing_does_not_wait_for_whoever_did_not_hear_of_it(tmp_path):
    async def hard_of_hearing():
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async with opened(tmp_path) as (speak, _):
        task = asyncio.create_task(hard_of_hearing())
        speak.tasks.add(task)
        await asyncio.sleep(0)
    assert task.cancelled()
