"""The commands one by one."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

import gateway.replay
from gateway.cli import main
from gateway.cli import replay as replay_command
from gateway.directory.policy_file import keep_in_force, read_next_policy
from tests.unit.gateway.replay.stub_gateway import StubGateway


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    assert main(["init", str(tmp_path / "data")]) == 0
    return tmp_path / "data"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> StubGateway:
    """A gateway that answers every client that the commands make."""
    stub = StubGateway()
    monkeypatch.setattr(gateway.replay, "GatewayClient", lambda url, credentials: stub.client())
    return stub


def recording(tmp_path: Path, *rows: str) -> str:
    file = tmp_path / "canary-name.csv"
    file.write_text("\n".join(["user_id,item_id,event", *rows]))
    return str(file)


class TestInit:
    def test_says_where_everything_is_and_what_is_next(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["init", str(tmp_path / "data"), "--keys-dir", str(tmp_path / "elsewhere")]) == 0
        page = capsys.readouterr().out
        assert str(tmp_path / "elsewhere") in page
        assert "volens serve" in page
        assert (tmp_path / "elsewhere" / "lookup.key").is_file()
        secrets = json.loads((tmp_path / "data" / "credentials.json").read_text())
        assert not any(secret in page for secret in secrets.values())

    def test_refuses_what_is_there(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["init", str(directory)]) == 1
        assert capsys.readouterr().err.startswith("volens: ")


class TestConfigCheck:
    def test_shows_every_setting_with_its_source(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["config", "check", str(directory)]) == 0
        page = capsys.readouterr().out
        assert "server.port" in page
        assert "(default)" in page
        assert "(volens.toml)" in page
        assert "frozenset" not in page
        secrets = json.loads((directory / "credentials.json").read_text())
        assert not any(secret in page for secret in secrets.values())

    def test_says_of_placements_that_explore_in_vain_that_nothing_is_drawn_there(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with (directory / "volens.toml").open("a") as file:
            file.write('\n[[placements]]\nid = "mixed"\ntrending_share = 0.2\n')
            file.writelines(f'\n[[learning.placements]]\nid = "{name}"\n' for name in ("home", "mixed"))
        assert main(["config", "check", str(directory)]) == 0
        page = capsys.readouterr().out
        assert "mixed has a recipe of its own: nothing is drawn there" in page
        assert "home has a recipe" not in page

    def test_finds_an_unknown_setting_and_does_not_quote_it(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with (directory / "volens.toml").open("a") as file:
            file.write('\n[limits]\nmax_slate = "canary"\n')
        assert main(["config", "check", str(directory)]) == 1
        complaint = capsys.readouterr().err
        assert "limits.max_slate" in complaint
        assert "canary" not in complaint

    def test_finds_a_policy_that_the_start_refuses(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        keep_in_force(directory, read_next_policy(directory)[1])
        policy = directory / "policy.toml"
        policy.write_text(policy.read_text().replace('code = "rec"', 'code = "rex"', 1))
        assert main(["config", "check", str(directory)]) == 1
        assert "another meaning to what is stored: volens policy check" in capsys.readouterr().err
        assert main(["policy", "check", str(policy), "--against", str(directory)]) == 1
        assert "recommendations changes its code" in capsys.readouterr().out

    def test_finds_credentials_that_others_may_read(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "credentials.json").chmod(0o644)
        assert main(["config", "check", str(directory)]) == 1
        assert "0600" in capsys.readouterr().err

    def test_finds_keys_with_which_nothing_could_be_served(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        keys = directory.with_name(directory.name + ".keys")
        keys.chmod(0o777)
        assert main(["config", "check", str(directory)]) == 1
        assert "chmod go-w" in capsys.readouterr().err
        keys.chmod(0o700)
        (keys / "receipt.key").chmod(0o640)
        assert main(["config", "check", str(directory)]) == 1
        assert "receipt.key may be read by others: its mode must be 0600" in capsys.readouterr().err
        (keys / "receipt.key").chmod(0o600)
        for name, said in (("receipt.key", "receipt.key is missing"), ("kek-1.key", "no key-encryption key")):
            (keys / name).rename(keys / "aside")
            assert main(["config", "check", str(directory)]) == 1
            assert said in capsys.readouterr().err
            (keys / "aside").rename(keys / name)

    def test_names_every_key_that_cannot_be_used_at_once(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        keys = directory.with_name(directory.name + ".keys")
        (keys / "receipt.key").unlink()
        (keys / "models.key").write_bytes(b"short")
        assert main(["config", "check", str(directory)]) == 1
        said = capsys.readouterr().err
        assert "receipt.key is missing" in said
        assert "models.key has another size" in said

    def test_finds_releases_with_which_nothing_could_be_served(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "releases.toml").write_text("canary = [")
        assert main(["config", "check", str(directory)]) == 1
        assert capsys.readouterr().err == "volens: releases.toml: the file is no TOML\n"

    def test_finds_a_destination_that_the_notice_does_not_name(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with (directory / "volens.toml").open("a") as file:
            file.write('\n[[destinations]]\nid = "lake"\nkind = "ndjson"\n')
            file.write(f'purpose = "recommendations"\npath = "{directory.parent}/lake"\n')
        assert main(["config", "check", str(directory)]) == 1
        complaint = capsys.readouterr().err
        assert (
            complaint
            == "volens: volens.toml destinations, id: each must be named in `destinations` of its purpose in policy.toml\n"
        )

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("[limits]\nmax_slates = 5", "limits.max_slates: there is no such setting"),
            ('[limits]\nmax_slate = "canary"', "limits.max_slate: must be a valid integer"),
            ("[limits]\nmax_slate = 5000", "limits.max_slate: must be less than or equal to 1000"),
            ('[[destinations]]\nid = "x"', "destinations[0].kind: is missing"),
            ('[[placements]]\nid = "home"\npurpose = "analytics"', "id not unique: every id once"),
        ],
    )
    def test_says_what_a_setting_must_be(
        self, directory: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
    ) -> None:
        with (directory / "volens.toml").open("a") as file:
            file.write(f"\n{line}\n")
        assert main(["config", "check", str(directory)]) == 1
        complaint = capsys.readouterr().err
        assert said in complaint
        assert "canary" not in complaint

    @pytest.mark.parametrize("named", ["canary", "location"], ids=["does not exist", "is a condition"])
    @pytest.mark.parametrize("command", ["config check", "serve"])
    def test_finds_a_placement_for_a_purpose_that_is_none(
        self, directory: Path, capsys: pytest.CaptureFixture[str], named: str, command: str
    ) -> None:
        with (directory / "volens.toml").open("a") as file:
            file.write(f'\n[[placements]]\nid = "other"\npurpose = "{named}"\n')
        assert main([*command.split(), str(directory), *(["--port", "0"] if command == "serve" else [])]) == 1
        complaint = capsys.readouterr().err
        assert "volens.toml placements[1].purpose: must be a purpose of the policy" in complaint
        assert named not in complaint

    @pytest.mark.parametrize(
        ("table", "line", "said"),
        [
            ("[metrics]", 'token_file = "canary"', "metrics.token_file: missing, unreadable or empty"),
            ("[[editors]]", 'id = "anna"\nkey_file = "canary"', "an editor's key file is missing"),
            ("[model]", 'scorer = "canary"', "model.scorer: no installed distribution offers"),
            ("[log]", 'witness_policy_file = "canary"', "the trust policy cannot be read"),
        ],
    )
    def test_finds_what_the_settings_name_and_the_start_could_not_use(
        self, directory: Path, capsys: pytest.CaptureFixture[str], table: str, line: str, said: str
    ) -> None:
        settings = directory / "volens.toml"
        text = settings.read_text()
        settings.write_text(
            text.replace(table, f"{table}\n{line}") if table in text else f"{text}\n{table}\n{line}\n"
        )
        assert main(["config", "check", str(directory)]) == 1
        complaint = capsys.readouterr().err
        assert said in complaint
        assert "canary" not in complaint

    def test_finds_a_gate_that_asks_for_what_the_policy_does_not_have(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with (directory / "volens.toml").open("a") as file:
            file.write('\n[composition.sensitive]\ncategories = ["casino"]\nrequires = ["canary"]\n')
        assert main(["config", "check", str(directory)]) == 1
        complaint = capsys.readouterr().err
        assert "composition.sensitive.requires: must be in the policy" in complaint
        assert "canary" not in complaint


class TestPolicyCheck:
    def test_a_good_policy_is_described(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["policy", "check", str(directory / "policy.toml")]) == 0
        page = capsys.readouterr().out
        assert "recommendations" in page
        assert "  0 rec" in page
        assert "cross-channel" in page

    def test_every_problem_is_told_with_its_place_and_without_its_value(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "policy.toml"
        file.write_text('canary_key = "canary"\n')
        assert main(["policy", "check", str(file)]) == 1
        complaint = capsys.readouterr().err
        assert "problem" in complaint
        assert '"canary"' not in complaint

    def test_an_equal_policy_changes_nothing(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = str(directory / "policy.toml")
        assert main(["policy", "check", file, "--against", str(directory)]) == 0
        assert "no difference" in capsys.readouterr().out

    def test_a_longer_retention_is_told_as_widening(
        self, directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = (directory / "policy.toml").read_text()
        new = tmp_path / "new.toml"
        new.write_text(text.replace("retention_days = 395", "retention_days = 500", 1))
        assert main(["policy", "check", str(new), "--against", str(directory)]) == 0
        assert "widens" in capsys.readouterr().out

    def test_a_change_that_breaks_what_is_stored_is_found(
        self, directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = (directory / "policy.toml").read_text()
        new = tmp_path / "new.toml"
        new.write_text(text.replace('code = "rec"', 'code = "rex"', 1))
        assert main(["policy", "check", str(new), "--against", str(directory)]) == 1
        found = capsys.readouterr()
        assert "breaks" in found.out
        assert "must not be loaded" in found.err

    def test_without_a_policy_in_force_nothing_is_compared(
        self, directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["policy", "check", str(directory / "policy.toml"), "--against", str(tmp_path)]) == 1
        assert capsys.readouterr().err.startswith("volens: ")


class TestReplay:
    def test_counts_add_up_and_bad_lines_are_told_by_number_and_never_quoted(
        self, directory: Path, tmp_path: Path, stub: StubGateway, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = recording(tmp_path, "u,i,view", "canary", "u,,canary", "v,j,cart")
        assert main(["replay", str(directory), file]) == 0
        found = capsys.readouterr()
        assert [line.split() for line in found.out.splitlines()] == [
            ["sent", "2"],
            ["accepted", "0"],
            ["withheld", "2"],
            ["duplicate", "0"],
            ["invalid", "0"],
            ["bad", "lines", "2"],
            ["withheld", "2", "no_record"],
        ]
        assert "line 3: not as many cells" in found.err
        assert "line 4: no item" in found.err
        assert "canary" not in found.out + found.err

    def test_a_second_replay_is_all_duplicates(
        self, directory: Path, tmp_path: Path, stub: StubGateway, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = recording(tmp_path, "u,i,view", "v,j,cart")
        for _ in range(2):
            assert main(["replay", str(directory), file]) == 0
        assert ["duplicate", "2"] in [line.split() for line in capsys.readouterr().out.splitlines()]

    def test_items_and_consents_only_when_asked_for(
        self, directory: Path, tmp_path: Path, stub: StubGateway, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = recording(tmp_path, "u,i,view", "u,j,view")
        table = tmp_path / "items.csv"
        table.write_text("item_id,title\ni,The title\n")
        assert main(["replay", str(directory), file]) == 0
        assert (stub.items, stub.consents) == ({}, {})
        stub.events.clear()
        options = ["--register-items", "--items", str(table), "--consent", "recommendations, analytics"]
        assert main(["replay", str(directory), file, *options]) == 0
        assert stub.items == {"i": {"id": "i", "title": "The title"}, "j": {"id": "j"}}
        assert stub.consents == {"u": {"recommendations": "given", "analytics": "given"}}
        page = capsys.readouterr().out
        assert "asserted by you" in page
        assert ["accepted", "2"] in [line.split() for line in page.splitlines()]

    def test_what_cannot_be_meant_is_said_before_anything_is_sent(
        self, directory: Path, tmp_path: Path, stub: StubGateway, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = recording(tmp_path, "u,i,view")
        assert main(["replay", str(directory), file, "--items", file]) == 2
        assert "--register-items" in capsys.readouterr().err
        assert main(["replay", str(directory), file, "--consent", "recommendations,canary"]) == 1
        said = capsys.readouterr().err
        assert "--consent" in said
        assert "canary" not in said
        twice = tmp_path / "twice.csv"
        twice.write_text("user_id,item_id,user_id,event\nu,i,v,view\n")
        assert main(["replay", str(directory), str(twice)]) == 1
        assert "twice" in capsys.readouterr().err
        assert (stub.items, stub.consents, stub.events) == ({}, {}, {})
        twice.write_text("user_id,item_id,note,event,note\nu,i,,view,\n")
        assert main(["replay", str(directory), str(twice)]) == 0, "what is not read may stand twice"

    def test_many_bad_lines_do_not_flood_the_terminal(
        self,
        directory: Path,
        tmp_path: Path,
        stub: StubGateway,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(replay_command, "BAD_LINES_SHOWN", 3)
        assert main(["replay", str(directory), recording(tmp_path, *["bad"] * 50)]) == 0
        found = capsys.readouterr()
        assert found.err.count("line ") == 4  # three bad ones and the progress line
        assert ["bad", "lines", "50"] in [line.split() for line in found.out.splitlines()]

    def test_counts_that_do_not_add_up_are_a_finding(
        self, directory: Path, tmp_path: Path, stub: StubGateway, capsys: pytest.CaptureFixture[str]
    ) -> None:
        stub.refuse = [
            httpx.Response(200),
            httpx.Response(200, json={"success": True, "accepted": 1, "withheld": 0}),
        ]
        assert main(["replay", str(directory), recording(tmp_path, "u,i,view", "u,j,view")]) == 1
        assert "UNACCOUNTED" in capsys.readouterr().err

    def test_a_gateway_that_is_not_there_is_told_at_once(
        self, directory: Path, tmp_path: Path, stub: StubGateway, capsys: pytest.CaptureFixture[str]
    ) -> None:
        stub.refuse = [httpx.ConnectError("down")]
        assert main(["replay", str(directory), recording(tmp_path, "u,i,view")]) == 1
        assert "start it with volens serve" in capsys.readouterr().err
        assert len(stub.requests) == 1

    def test_a_table_without_an_event_column_needs_the_operators_word(
        self, directory: Path, tmp_path: Path, stub: StubGateway, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "t.csv"
        file.write_text("who,item_id\nu,i\n")
        assert main(["replay", str(directory), str(file), "--map", "user=who"]) == 1
        assert "--event" in capsys.readouterr().err
        assert (
            main(["replay", str(directory), str(file), "--map", "user=who", "--event", "Product Viewed"]) == 0
        )


def test_a_link_is_made_for_an_address_and_for_nothing_else(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["officer", "enrol"], ["portal", "link"]):
        assert main([*command, str(directory), "--url", "notaurl"]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert "--url is written like" in said.err
    assert not list((directory.parent / "data.keys").glob("officers/*"))


def test_a_directory_without_settings_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["config", "check"], ["officer", "enrol"]):
        assert main([*command, str(tmp_path)]) == 1
        assert capsys.readouterr().err == "volens: volens.toml: missing or unreadable\n"


class TestOfficers:
    def test_whoever_has_invited_nobody_is_told_how(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        capsys.readouterr()
        assert main(["officer", "list", str(directory)]) == 0
        assert "volens officer enrol" in capsys.readouterr().out
