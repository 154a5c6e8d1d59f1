from pathlib import Path

import pytest

from hub.domain.roles import Role
from tests.offices import document
from tests.pki import issue, make_ca
from tests.town import Town

CSV = (
    "code,name,level,kind,parent,aliases,signature,valid_from,valid_to,successors\n"
    "H70,UBND tỉnh A,province,,,000.00.00.H70,,,,\n"
    "H70,UBND tỉnh A lần nữa,province,,,,,,,\n"
    "H 71,Mã hỏng,province,,,,,,,\n"
    "H72,Cấp lạ,moon,,,,,,,\n"
    "H73,UBND tỉnh B,province,,,,,,,\n"
)


async def test_a_registrar_connects_an_agency_from_nothing_to_its_first_document(town: Town) -> None:
    sender = await town.settle("G22")
    identity = issue(make_ca(), "H53", "p-256")
    async with await town.watcher(Role.REGISTRAR) as registrar:
        made = await registrar.post(
            "/v1/agencies",
            json={"code": "H53", "name": "UBND tỉnh Tây Ninh", "level": "province", "aliases": ["000.00.00.H53"]},
        )
        assert made.status_code == 201, made.text
        bound = await registrar.post(
            "/v1/agencies/H53/certificates", json={"pem": identity.certificate_pem.decode(), "pinned": True}
        )
        assert bound.json()["signature"] == "required"
        contact = await registrar.put("/v1/agencies/H53/contact", json={"name": "Chị Lan", "phone": "0900"})
        assert contact.json()["contact"]["phone"] == "0900"

    sender.key, sender.code, sender.identity = made.json()["api_key"], "H53", identity
    accepted = await sender.send(document("H53", ["G22"]))

    assert accepted["signature"]["verdict"] == "valid"


async def test_each_change_is_in_effect_at_once(town: Town) -> None:
    await town.settle("G22")
    await town.settle("H53")
    async with await town.watcher(Role.ADMIN) as registrar:
        assert (await registrar.post("/v1/agencies/H53/suspend")).json()["state"] == "suspended"
        assert (await registrar.post("/v1/agencies/H53/resume")).json()["state"] == "active"
        assert (await registrar.post("/v1/agencies/H53/rename", json={"name": "Tên mới"})).json()["name"] == "Tên mới"
        closed = await registrar.post("/v1/agencies/H53/close", json={"on": "2025-07-01", "successors": ["G22"]})
        assert (closed.json()["state"], closed.json()["successors"]) == ("closed", ["G22"])
        assert (await registrar.get("/v1/agencies/H53")).json()["state"] == "closed"
        assert (await registrar.get("/v1/agencies/H53?on=2025-06-30")).json()["state"] == "active"
        assert (await registrar.post("/v1/agencies/Z9/suspend")).status_code == 422


async def test_a_channel_is_set_only_with_settings_that_make_sense(town: Town) -> None:
    await town.settle("H53")
    async with await town.watcher(Role.REGISTRAR) as registrar:
        path = "/v1/agencies/H53/channel"
        good = {"url": "https://qlvb.example.vn/hook", "secret": "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"}
        assert (await registrar.put(path, json={"channel": "webhook", "config": good})).status_code == 200
        bad = await registrar.put(path, json={"channel": "webhook", "config": {"url": "http://127.0.0.1/"}})
        assert (bad.status_code, bad.json()["code"]) == (422, "channel-settings")
        assert [error["message"] for error in bad.json()["errors"]] == [
            {"vi": "Địa chỉ phải bắt đầu bằng https://.", "en": "The address must begin with https://."},
            {"vi": "Địa chỉ không thuộc internet công cộng.", "en": "The address is not on the public internet."},
            {"vi": "Thiếu thiết lập `secret`.", "en": "The setting `secret` is missing."},
        ]
        pigeon = await registrar.put(path, json={"channel": "pigeon"})
        assert (pigeon.status_code, pigeon.json()["code"]) == (422, "channel-unknown")
        assert "folder" in pigeon.json()["errors"][0]["fix"]["vi"]


async def test_a_dirty_directory_file_is_taken_in_line_by_line(town: Town) -> None:
    async with await town.watcher(Role.REGISTRAR) as registrar:
        taken = await registrar.post("/v1/agencies/import?with_keys=true", content=CSV.encode())
        exported = await registrar.get("/v1/agencies/export")
        again = await registrar.post("/v1/agencies/import", content=exported.content)

    report = taken.json()
    assert (report["added"], report["refused"]) == (2, 3)
    assert {found["line"] for found in report["findings"]} >= {3, 4, 5}
    assert [key["code"] for key in report["keys"]] == ["H70", "H73"]
    assert exported.text.count("\n") >= 3
    assert again.json()["refused"] == 0


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.OBSERVER, Role.AUDITOR])
async def test_who_is_no_registrar_changes_nothing(town: Town, role: Role) -> None:
    office = await town.settle("H53")
    async with await town.watcher(role) as person:
        refused = await person.post("/v1/agencies/H53/suspend")
    own = await office.call("POST", "/v1/agencies/H53/suspend")

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert own.status_code == 403
    assert (await office.call("GET", "/v1/agencies/H53")).json()["state"] == "active"


async def test_a_registrar_of_a_province_names_no_folder_of_the_hubs_machine(town: Town, tmp_path: Path) -> None:
    await town.settle("H53")
    asked = {"channel": "folder", "config": {"path": str(tmp_path)}}
    planned = {"kind": "channel", "agencies": ["H53"], "to": "folder", "settings": asked["config"], "on": "2027-01-01"}
    told = []
    for scope in ("H53", None):
        async with await town.watcher(Role.REGISTRAR, scope) as registrar:
            nowhere = {**asked, "config": {"path": "/nowhere"}}
            answers = [
                await registrar.put("/v1/agencies/H53/channel", json=asked),
                await registrar.put("/v1/agencies/H53/channel", json=nowhere),
                await registrar.post("/v1/agency-changes?dry_run=true", json=planned),
            ]
            told.append([answer.status_code for answer in answers])

    assert told == [[403, 403, 403], [200, 422, 200]]
