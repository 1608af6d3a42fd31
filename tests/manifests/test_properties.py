"""What the properties of a workload say: syntax, variables, ports, storages."""

from __future__ import annotations

import pytest

from postrender.manifests import java_properties, jdbc, properties, release, storages
from postrender.manifests.storages import Storage, Storages

CONFIG = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: the-properties}}
data:
  ledger.properties.tmpl: |
{lines}
"""
DEPLOYMENT = """\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: x-ledger
spec:
  template:
    metadata: {{labels: {{app.kubernetes.io/app: ledger}}}}
    spec:
      volumes: {volumes}
      containers:
      - name: sidecar
        image: example.com/proxy:1
        env: [{{name: DB_PORT, value: "1"}}]
      - name: ledger
        image: ghcr.io/scalar-labs/scalardl-ledger:3.13.0
        volumeMounts: [{{name: props, mountPath: /x}}]
        env: {env}
        envFrom: {env_from}
"""
MOUNTED = "[{name: props, configMap: {name: the-properties}}]"


def stream(text: str, volumes: str = MOUNTED, env: str = "[]", env_from: str = "null") -> release.Release:
    config = CONFIG.format(lines="\n".join("    " + line for line in text.split("\n")))
    return release.load(config + DEPLOYMENT.format(volumes=volumes, env=env, env_from=env_from))


def stated(text: str, **more: str) -> Storages:
    loaded = stream(text, **more)
    return storages.of(loaded, loaded.workloads[0])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a=b", {"a": "b"}),
        ("a: b", {"a": "b"}),
        ("a b", {"a": "b"}),
        ("  a  =  b  ", {"a": "b"}),
        ("# a=b\n! c=d\n\ne=f", {"e": "f"}),
        ("a=b\\\n    c", {"a": "bc"}),
        ("a=b\\\\\nc=d", {"a": "b\\", "c": "d"}),
        ("a=1\na=2", {"a": "2"}),
        ("a", {"a": ""}),
        ("url=jdbc\\:x", {"url": "jdbc:x"}),
        ("a\\=b=c", {"a=b": "c"}),
        ("a=\\u0041", {"a": "A"}),
        ("a=b\r\nc=d\r\n", {"a": "b", "c": "d"}),
        ("a=\\u00", {"a": "u00"}),
    ],
)
def test_reads_java_properties(text: str, found: dict[str, str]) -> None:
    assert java_properties.parse(text) == found


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("jdbc:postgresql://db.example.com:5433/ledger", [5433]),
        ("jdbc:postgresql://db.example.com/ledger", [5432]),
        ("jdbc:postgresql:ledger", [5432]),
        ("jdbc:postgresql://[2001:db8::1]:5433/ledger", [5433]),
        ("jdbc:postgresql://[2001:db8::1]/ledger", [5432]),
        ("jdbc:postgresql://a:5433,b:5434,c/ledger?ssl=true", [5433, 5434, 5432]),
        ("jdbc:mysql://db/ledger", [3306]),
        ("jdbc:mysql:loadbalance://a:3307,b:3307/ledger", [3307]),
        ("jdbc:mysql://address=(host=a)(port=3308)/ledger", [3308]),
        ("jdbc:mariadb://db:3310/", [3310]),
        ("jdbc:aws-wrapper:postgresql://db/ledger", [5432]),
        ("jdbc:oracle:thin:@db.example.com:1522/service", [1522]),
        ("jdbc:oracle:thin:@//db.example.com:1522/service", [1522]),
        ("jdbc:oracle:thin:@//db.example.com/service", [1521]),
        ("jdbc:oracle:thin:@db:1522:SID", [1522]),
        ("jdbc:oracle:thin:@tcps://db:2484/service?wallet_location=/w", [2484]),
        ("jdbc:oracle:thin:@//[2001:db8::1]:1522/service", [1522]),
        ("jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=h)(PORT=1523)))", [1523]),
        ("jdbc:oracle:thin:@alias", None),
        ("jdbc:sqlserver://db:1434;databaseName=ledger", [1434]),
        ("jdbc:sqlserver://db;databaseName=ledger", [1433]),
        ("jdbc:sqlserver://;serverName=db;portNumber=1435", [1435]),
        ("jdbc:sqlserver://db\\instance:1436;databaseName=ledger", [1436]),
        ("jdbc:sqlserver://db\\instance;databaseName=ledger", None),
        ("jdbc:yugabytedb://db/ledger", [5433]),
        ("jdbc:db2://db:50001/ledger", [50001]),
        ("jdbc:db2://db/ledger", [50000]),
        ("jdbc:sqlite:/data/ledger.db", []),
        ("jdbc:example://db/ledger", None),
        ("jdbc:example://db:77/ledger", [77]),
        ("jdbc:postgresql://\0:5433/ledger", [5433]),
        ("jdbc:postgresql://\0/ledger", None),
        ("jdbc:postgresql://db:\0/ledger", None),
        ("\0", None),
    ],
)
def test_reads_the_ports_of_a_jdbc_url(url: str, found: list[int] | None) -> None:
    assert jdbc.ports(url) == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("scalar.db.storage=dynamo\nscalar.db.contact_points=ap-northeast-1", [("dynamo", 443)]),
        (
            "scalar.db.storage=dynamo\nscalar.db.dynamo.endpoint_override=http://dynamo:8000",
            [("dynamo", 8000)],
        ),
        ("scalar.db.storage=cosmos\nscalar.db.contact_points=https://x.example.com:443/", [("cosmos", 443)]),
        ("scalar.db.storage=cosmos\nscalar.db.contact_points=https://emulator:8081/", [("cosmos", 8081)]),
        ("scalar.db.storage=cassandra\nscalar.db.contact_points=a,b", [("cassandra", 9042)]),
        ("scalar.db.storage=cassandra\nscalar.db.contact_port=9142", [("cassandra", 9142)]),
        ("scalar.db.contact_points=a", [("cassandra", 9042)]),  # ScalarDB's default storage
        ("scalar.db.storage=jdbc\nscalar.db.contact_points=jdbc:mysql://db/x", [("jdbc", 3306)]),
        (
            (
                "scalar.db.storage=multi-storage\nscalar.db.multi_storage.storages=one, two\n"
                "scalar.db.multi_storage.storages.one.storage=cassandra\n"
                "scalar.db.multi_storage.storages.one.contact_port=9142\n"
                "scalar.db.multi_storage.storages.two.storage=jdbc\n"
                "scalar.db.multi_storage.storages.two.contact_points=jdbc:postgresql://db:5433/x"
            ),
            [("cassandra", 9142), ("jdbc", 5433)],
        ),
    ],
)
def test_finds_the_storages(lines: str, found: list[tuple[str, int]]) -> None:
    assert stated(lines) == Storages(tuple(Storage(*one) for one in found), ())


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("scalar.db.storage=${env:STORAGE}", "scalar.db.storage"),
        ("scalar.db.storage=jdbc\nscalar.db.contact_points=${env:URL}", "scalar.db.contact_points"),
        ("scalar.db.storage=jdbc", "scalar.db.contact_points"),
        ("scalar.db.storage=cassandra\nscalar.db.contact_port=${env:P}", "scalar.db.contact_port"),
        ("scalar.db.storage=something-new", "scalar.db.contact_port"),
        (
            "scalar.db.transaction_manager=cluster\nscalar.db.contact_points=indirect:x",
            "scalar.db.contact_port",
        ),
        ("scalar.db.storage=multi-storage", "scalar.db.multi_storage.storages"),
    ],
)
def test_names_the_property_that_hides_a_storage(lines: str, name: str) -> None:
    assert stated(lines) == Storages((), (name,))


SECRET = "[{name: %s, valueFrom: {secretKeyRef: {name: s, key: k}}}]"
LITERAL = "[{name: DB_PORT, value: '9142'}]"


@pytest.mark.parametrize(
    ("value", "env", "env_from", "port"),
    [
        ('{{ default .Env.DB_PORT "1" }}', LITERAL, "null", 9142),
        ("{{ .Env.DB_PORT }}", LITERAL, "null", 9142),
        ('{{- default .Env.DB_PORT "1" -}}', LITERAL, "null", 9142),
        ("${env:DB_PORT}", LITERAL, "null", 9142),
        ("${env:DB_PORT:-1}", LITERAL, "null", 9142),
        ('{{ default .Env.DB_PORT "9242" }}', "[]", "null", 9242),
        ('{{ default .Env.DB_PORT "" }}', "[]", "null", 9042),
        ("${env:DB_PORT:-9242}", "[]", "null", 9242),
        ("${env:DB_PORT:-9242}", "[]", "[{secretRef: {name: s}}]", 9242),
        ("${env:DB_PORT:-9242}", SECRET % "DB_PORT", "null", None),
        ('{{ default .Env.DB_PORT "" }}', "[]", "[{secretRef: {name: s}}]", None),
        ("${env:DB_PORT}", "[]", "null", None),
        ("${sys:port}", "[]", "null", None),
        ("${env:DB_PORT}", "[{name: DB_PORT, value: $(OTHER)}]", "null", None),
    ],
)
def test_fills_in_the_literal_environment_of_the_mounting_container(
    value: str, env: str, env_from: str, port: int | None
) -> None:
    found = stated(f"scalar.db.contact_port={value}", env=env, env_from=env_from)
    assert [storage.port for storage in found.known] == ([port] if port else [])


def test_reads_projected_volumes() -> None:
    volumes = (
        "[{name: props, projected: {sources: [{secret: {name: s}}, {configMap: {name: the-properties}}]}}]"
    )
    assert stated("scalar.db.storage=dynamo", volumes=volumes).known == (Storage("dynamo", 443),)


def test_a_config_map_that_is_not_mounted_says_nothing() -> None:
    found = stated("scalar.db.storage=dynamo", volumes="[{name: other, emptyDir: {}}]")
    assert found == Storages((), ("scalar.db.storage",))


def test_without_properties_the_charts_environment_counts() -> None:
    storage, port = "HELM_SCALAR_DB_STORAGE, value: cassandra", "HELM_SCALAR_DB_CONTACT_PORT, value: '9142'"
    env = f"[{{name: {storage}}}, {{name: {port}}}]"
    assert stated("# all commented out", env=env).known == (Storage("cassandra", 9142),)


def test_ports_follow_the_properties() -> None:
    loaded = stream(
        "scalar.dl.ledger.server.port=60051\nscalar.dl.ledger.server.admin_port=${env:ADMIN:-60053}"
    )
    assert properties.ports(loaded, loaded.workloads[0], "ledger") == ((60051, 50052, 60053, 8080), ())


def test_a_negative_metrics_port_is_none_at_all() -> None:
    loaded = stream("scalar.dl.ledger.server.prometheus_exporter_port=-1")
    assert properties.ports(loaded, loaded.workloads[0], "ledger")[0].metrics == -1


def test_names_the_property_that_hides_a_port() -> None:
    loaded = stream("scalar.dl.ledger.server.port=${env:PORT}")
    assert properties.ports(loaded, loaded.workloads[0], "ledger")[1] == ("scalar.dl.ledger.server.port",)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("[--dynamo, --region, ap-northeast-1]", [("dynamo", 443)]),
        ("[--cosmos, -h, 'https://x.example.com:443/']", [("cosmos", 443)]),
        ("[--cassandra, -h, db, -P, '9142']", [("cassandra", 9142)]),
        ("[--cassandra, -h, db]", [("cassandra", 9042)]),
        ("[--jdbc, -j, 'jdbc:postgresql://db/x']", [("jdbc", 5432)]),
        ("[--jdbc, -j, $(URL)]", []),
    ],
)
def test_reads_the_arguments_of_a_loader(arguments: str, found: list[tuple[str, int]]) -> None:
    container = f"{{name: l, image: example.com/scalardl-schema-loader:1, args: {arguments}}}"
    loaded = release.load(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: x-schema-loading}\n"
        f"spec: {{template: {{spec: {{containers: [{container}]}}}}}}\n"
    )
    assert storages.of(loaded, loaded.workloads[0]).known == tuple(Storage(*one) for one in found)
