"""Deployments that are possible, so that no refusal may stand in their way: a file each in `accepted/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from profiles import policy
from profiles.compile import compile_policy, dumps
from profiles.domains import standing
from profiles.load import load
from profiles.names import JdbcUrl
from profiles.product import Database

CASES = sorted((Path(__file__).parent / "accepted").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_possible_deployment_is_accepted(case: Path) -> None:
    resolved = load(str(case))
    for product in standing(resolved.profile.auditor_mode):
        assert policy.load(dumps(compile_policy(resolved, product)), case.name)


@pytest.mark.parametrize(
    "url",
    [
        "jdbc:postgresql://db.acme.example/ledger",
        "jdbc:postgresql://a.acme.example:5432,b.acme.example:5433/ledger?targetServerType=primary&ssl=true",
        "jdbc:postgresql://[fd00::7]:5432/ledger",
        "jdbc:mysql://db.acme.example:3306/ledger?passwordCharacterEncoding=UTF-8&disconnectOnExpiredPasswords=false",
        "jdbc:mysql://(host=db.acme.example,port=3306)/ledger",
        "jdbc:mysql:loadbalance://a.acme.example,b.acme.example/ledger",
        "jdbc:mariadb:sequential://a.acme.example,b.acme.example/ledger",
        "jdbc:oracle:thin:@//db.acme.example:1521/ledger",
        "jdbc:oracle:thin:@db.acme.example:1521:LEDGER",
        "jdbc:oracle:thin:@tcps://adb.ap-tokyo-1.oraclecloud.com:1522/ledger_high",
        "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=db.acme.example)(PORT=1521))(CONNECT_DATA=(SID=ledger)))",
        "jdbc:oracle:thin:@ledger_high?TNS_ADMIN=/wallet",
        "jdbc:oracle:thin:/@ledger_high",
        "jdbc:sqlserver://db.acme.example:1433;databaseName=ledger;encrypt=true;trustServerCertificate=false",
        "jdbc:sqlserver://db.acme.example\\\\LEDGER;databaseName=ledger;integratedSecurity=true",
        "jdbc:sqlserver://;serverName=db.acme.example;databaseName=ledger",
        "jdbc:yugabytedb://db.acme.example:5433/ledger?load-balance=true",
        "jdbc:db2://db.acme.example:50000/LEDGER:sslConnection=true;currentSchema=SCALAR;",
    ],
)
def test_every_driver_s_way_of_naming_a_database_is_accepted(url: JdbcUrl) -> None:
    assert Database(storage="jdbc", url=url).url == url
