"""People ask for their own devices with a token of their own: at a person's pace, and at nobody else's cost."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from nacl.signing import SigningKey

from gateway.callers.signed_tokens import REGISTRIES
from gateway.directory.init_directory import initialise
from tests.journey.fleet_people import FleetPeople, node_key
from tests.journey.in_process import Inside, inside

ISSUER, AUDIENCE = "https://id.shop.example", "volens"


@pytest.fixture
def issuer() -> OKPKey:
    return OKPKey.generate_key("Ed25519")


@pytest.fixture
def directory(tmp_path: Path, issuer: OKPKey) -> Path:
    """A gateway that takes the tokens of an issuer whose subjects are people."""
    initialise(tmp_path / "data")
    public = {**issuer.as_dict(private=False), "alg": "EdDSA", "kid": issuer.thumbprint()}
    (tmp_path / "data" / "people.jwks").write_text(json.dumps({"keys": [public]}))
    settings = tmp_path / "data" / "volens.toml"
    trusted = (
        f'\n[[issuers]]\nid = "people"\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\njwks_file = "people.jwks"\n'
        'binds = "person"\nscopes = ["consent:read", "consent:write"]\n'
    )
    settings.write_text(settings.read_text() + trusted)
    return tmp_path / "data"


def own_token(issuer: OKPKey, who: str) -> dict[str, str]:
    """What somebody signs in with."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": who, "exp": int(time.time()) + 3_600}
    claims["scope"] = "consent:read consent:write"
    header = {"alg": "EdDSA", "kid": issuer.thumbprint()}
    return {"authorization": f"Bearer {jwt.encode(header, claims, issuer, registry=REGISTRIES['EdDSA'])}"}


def use_up(served: Inside, who: str) -> None:
    """Somebody has asked for an hour's worth already, whatever this machine's pace is."""
    ref = served.services.identities.ref_of(known=who, anonymous=None)
    served.services.door.person_rates.charge(ref.hex(), time.monotonic(), 3_600.0)


async def test_a_person_who_asks_too_fast_waits_others_do_not_and_leaving_is_never_held_up(directory, issuer):
    async with inside(directory) as served:
        people = FleetPeople(served)
        await people.join_many(2)
        own = {name: own_token(issuer, name) for name in ("person-0", "person-1")}

        async def asked(name, path="/query", headers=None, **more):
            body = {"subject": {"id": name}, **more}
            return await served.http.post(f"/v1/devices{path}", json=body, headers=headers or own[name])

        assert (await asked("person-0")).json()["devices"]
        use_up(served, "person-0")
        refused = await asked("person-0")
        assert refused.status_code == 429
        assert refused.json()["type"].endswith("/rate-limited")
        assert int(refused.headers["retry-after"]) > 3_000
        keys = {"node_key": node_key(), "signing_key": bytes(SigningKey.generate().verify_key).hex()}
        assert (await asked("person-0", "", **keys)).status_code == 429
        assert (await asked("person-1")).status_code == 200
        controller = {"authorization": served.http.headers["authorization"]}
        assert len((await asked("person-0", headers=controller)).json()["devices"]) == 1
        assert (await asked("person-0", "/leave")).json() == {"left": 1}
