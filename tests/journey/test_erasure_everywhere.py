"""Over real HTTP: somebody lives, is erased, and no file of ours has anything of them; recipients are told until they confirm."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.rights.certificate_check import verify_certificate
from gateway.routing.key_files import pseudonym_key_path
from gateway.routing.pseudonyms import DestinationPseudonyms
from gateway.stores.database import Database
from gateway.stores.records import SqlRecords
from privacy import Pseudonymiser, SubjectRef, load_key_file, load_key_ring
from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import Shop, item, train_often, view, wait_until
from tests.leak.canaries import layers
from tests.unit.gateway.routing.receiver import Receiver, a_receiver

PERSON, DEVICE, OTHER = "ada.canary@people.example", "device-canary-77", "bea"
PURPOSE = "recommendations"
DOCUMENT = Path(__file__).parents[2] / "docs" / "destinations.md"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver(up=False) as made:
        yield made


def configured(receiver: Receiver) -> Any:
    """Let signals go to a receiver that is also told of erasures, to one that is not, and to files of ours."""

    def configure(directory: Path) -> None:
        train_often(directory)
        policy = directory / "policy.toml"
        named = 'destinations = ["crm", "mail", "lake", "lines"]'
        policy.write_text(policy.read_text().replace("destinations = []", named, 1))
        tables = [("crm", "http", f'url = "{receiver.url}"\nerasure_url = "{receiver.url}/erased"')]
        tables.append(("mail", "http", f'url = "{receiver.url}"'))
        tables += [
            (name, kind, f'path = "sinks/{name}"')
            for name, kind in (("lake", "parquet"), ("lines", "ndjson"))
        ]
        settings = directory / "volens.toml"
        written = [
            f'\n[[destinations]]\nid = "{name}"\nkind = "{kind}"\npurpose = "{PURPOSE}"\n{place}\n'
            for name, kind, place in tables
        ]
        settings.write_text(settings.read_text() + "".join(written))

    return configure


def keys_of(gateway: Gateway) -> Path:
    return gateway.directory.with_name(gateway.directory.name + ".keys")


def secrets_of(gateway: Gateway) -> dict[str, bytes]:
    """Everything by which the person could be told, or their data be read, as bytes to look for."""
    keys = keys_of(gateway)
    pseudonyms = Pseudonymiser(load_key_file(keys / "lookup.key"))
    found: dict[str, bytes] = {"raw id": PERSON.encode(), "raw device": DEVICE.encode()}
    database = Database.open(gateway.directory)
    try:
        records = SqlRecords(database, load_key_ring(keys))
        for name, ref in (("known", pseudonyms.known(PERSON)), ("device", pseudonyms.anonymous(DEVICE))):
            row = records.person_of(ref)
            assert row is not None
            found |= {f"{name} pseudonym": ref, f"{name} evidence key": row.evidence_key}
            found |= {
                f"{name} signal key {bit}": key.material
                for bits in records.signal_keys(
                    [row.subject_id], {PURPOSE: 0, "model-improvement": 2}
                ).values()
                for bit, key in bits.items()
            }
            found |= {f"{name} receipt {event.seq}": event.event_id for event in records.history_of(ref)}
            for destination in ("crm", "mail", "lake", "lines"):
                found[f"{name} at {destination}"] = bytes.fromhex(at(keys, destination, ref))
        wrapped = database.read(
            lambda connection: connection.exec_driver_sql(
                "select wrapped from signal_key union all select evidence_key from person"
            ).all()
        )
        found |= {f"wrapped {number}": row[0] for number, row in enumerate(wrapped)}
        bea = records.person_of(pseudonyms.known(OTHER))
        assert bea is not None
    finally:
        database.close()
    return found


def at(keys: Path, destination: str, ref: SubjectRef) -> str:
    return DestinationPseudonyms(load_key_file(pseudonym_key_path(keys, destination)), PURPOSE).of(ref)


def everywhere(gateway: Gateway) -> Iterator[tuple[str, bytes]]:
    for root in (gateway.directory, keys_of(gateway)):
        for path in sorted(root.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(root.parent)), path.read_bytes()
    yield "journal", gateway.log_file.read_bytes()


def found_in(gateway: Gateway, secrets: dict[str, bytes]) -> set[tuple[str, str]]:
    """(Secret, file) of everything that is found, as it is or in hexadecimal, also in what is compressed."""
    found: set[tuple[str, str]] = set()
    for place, data in everywhere(gateway):
        for layer in layers(data):
            lowered = layer.lower()
            found |= {
                (name, place)
                for name, secret in secrets.items()
                if secret in layer or secret.hex().encode() in lowered
            }
    return found


def live(shop: Shop) -> None:
    """Three people give, look and are shown something; a device is linked to one of them."""
    shop.stock()
    for who in (PERSON, {"anonymous_id": DEVICE}, OTHER):
        for purpose in (PURPOSE, "model-improvement"):
            shop.consent(who, "given", purpose)
    shop.batch([{**view(None, item(1, 1)), "anonymousId": DEVICE}])
    shop.consent(PERSON, "given", "linking")
    shop.batch([{"type": "identify", "userId": PERSON, "anonymousId": DEVICE, "messageId": "link"}])
    shop.batch([view(PERSON, item(0, n)) for n in range(4)] + [view(OTHER, item(2, 0))])
    shop.await_model(3)
    shop.decide(PERSON)


def rows_of(gateway: Gateway, name: str) -> int:
    import polars as pl

    parts = sorted((gateway.directory / "sinks" / name).rglob("part-*"))
    if name == "lines":
        return sum(len(part.read_text().splitlines()) for part in parts)
    return sum(pl.read_parquet(part.read_bytes()).height for part in parts)


def acknowledgements(shop: Shop, asked: dict[str, Any]) -> dict[str, str]:
    now = shop.server.get(f"/v1/rights/{asked['request_id']}").json()
    return {each["destination"]: each["state"] for each in now["recipients"]}


@pytest.mark.slow
def test_nothing_is_found_in_any_file_and_recipients_confirm(gateways: Gateways, receiver: Receiver) -> None:
    gateway = gateways.start(configured(receiver))
    shop = Shop(gateway)
    live(shop)
    for name in ("lake", "lines"):
        wait_until(lambda name=name: rows_of(gateway, name) == 6, f"the rows of {name}")
    assert gateway.stop() == 0
    secrets = {name: secret for name, secret in secrets_of(gateway).items() if not name.startswith("wrapped")}
    before = found_in(gateway, secrets)
    for kind in ("known pseudonym", "device pseudonym", "known at lake", "device at lines", "known receipt"):
        assert any(name.startswith(kind) for name, _ in before), f"the search would find the {kind}"
    for sink in ("lake", "lines"):
        assert {"known", "device"} <= {
            name.split()[0]
            for name, place in before
            if f"sinks/{sink}/" in place and name.endswith(f"at {sink}")
        }, f"the search sees into the files of {sink}"

    gateway.serve()
    shop = Shop(gateway)
    asked = shop.erase(PERSON)
    assert asked["status"] == "completed"
    told = {"crm": "waiting", "mail": "by_hand", "lake": "carried_out", "lines": "carried_out"}
    wait_until(lambda: acknowledgements(shop, asked) == told, "the rows of our own files go")
    assert [rows_of(gateway, name) for name in ("lake", "lines")] == [1, 1]

    receiver.open()
    wait_until(lambda: acknowledgements(shop, asked)["crm"] == "acknowledged", "the recipient confirms")
    [(headers, body)] = [each for each in receiver.posts if b"dev.volens.person.erased" in each[1]]
    check_signature(gateway, receiver, headers, body)
    certified = certificate(shop, asked)
    shop.await_model(1, since=0)
    assert gateway.stop() == 0

    left = found_in(gateway, secrets)
    by_hand = {"known at mail", "device at mail"}
    assert {name for name, _ in left} <= by_hand, "what must be told by hand needs the name it is known by"
    keys = keys_of(gateway)
    names = {bytes.fromhex(event["subject"]) for event in json.loads(body)}
    pseudonyms = Pseudonymiser(load_key_file(keys / "lookup.key"))
    people = (pseudonyms.known(PERSON), pseudonyms.anonymous(DEVICE))
    assert names == {bytes.fromhex(at(keys, "crm", ref)) for ref in people}
    vkey = (gateway.directory / "log" / "log.vkey").read_text()
    assert verify_certificate(certified, log_key=vkey).index == asked["audit"]["index"]


def certificate(shop: Shop, asked: dict[str, Any]) -> bytes:
    while (answer := shop.server.get(asked["certificate"])).status_code == 503:
        time.sleep(0.1)
    assert answer.status_code == 200
    return answer.content


def check_signature(gateway: Gateway, receiver: Receiver, headers: dict[str, str], body: bytes) -> None:
    """As docs/destinations.md tells receivers to."""
    [block] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    scope: dict[str, Any] = {}
    exec(block, scope)
    keys = httpx.get(f"{gateway.url}/v1/destinations/keys", timeout=90).json()["keys"]
    scope["verify"](f"{receiver.url}/erased", headers, body, keys, int(time.time()))
