"""Keys and certificates, the Secret with Ledger's key, and the store that Secrets come from."""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Iterator
from typing import NamedTuple

from generator.check.answers import Said, Spot, beside, met, person, wrong
from generator.check.deciders.settings import PROOF, without_ledger
from generator.check.deciders.shared import secrets_of
from generator.check.deciders.told import mounted, shown, told
from generator.check.evidence import Declared, Evidence, Manifests, Side
from generator.check.row import RELEASE, Row
from generator.keys.judge import Judged, Level, judge
from generator.keys.names import Purpose
from postrender.manifests.manifest import Manifest
from postrender.manifests.workload import Workload
from profiles.scalardl import CREDENTIAL_KEYS, DEFAULT_CREDENTIALS, SERVING

KEY_PATH = "scalar.dl.ledger.proof.private_key_path"
# What in a Secret is for digital signatures: the charts' keys.
_SIGNING = ("private-key", "certificate")
# Objects by which an encrypted store fills Secrets.
_FROM_STORE = (
    "ExternalSecret", "SecretStore", "ClusterSecretStore", "SecretProviderClass", "VaultStaticSecret",
    "SealedSecret",
)  # fmt: skip


def _parameters(side: Side) -> Iterator[Said]:
    """pki-parameters: the signing keys and certificates given as files, and in Secrets of the manifests."""
    yield from _judged_files("pki-parameters", side.keys)
    manifests = side.manifests
    if manifests:
        for secret in manifests.release.of_kind("Secret"):
            yield from _judged_secret(manifests, secret)
    if _by_hmac(side):
        yield beside("HMAC is used: nothing is signed with a private key")


def _given_keys(evidence: Evidence) -> Iterator[Said]:
    """What key files say that were given without a domain."""
    yield from _judged_files("pki-parameters", evidence.keys)


def _judged_files(requirement: str, keys: tuple[Judged, ...]) -> Iterator[Said]:
    for one in keys:
        failures = [
            found
            for found in one.findings
            if found.level is Level.FAILURE and found.requirement == requirement
        ]
        for found in failures:
            yield wrong(requirement, found.problem, found.cure, Spot(one.name))
        if not failures and one.purpose is Purpose.PROOF and requirement == "pki-parameters":
            yield met(f"{one.name}: a {one.contents.kind.value}, {one.contents.key.algorithm}")


def _judged_secret(manifests: Manifests, secret: Manifest) -> Iterator[Said]:
    for key in _SIGNING:
        content = _content(secret, key)
        at = ("stringData" if key in secret.map("stringData") else "data", key)
        if content is None:
            continue
        now = datetime.datetime.combine(
            datetime.date.fromisoformat(manifests.today), datetime.time.max, datetime.UTC
        )
        name = f"{secret.name}/{key}"
        one = judge(name, content, None, now, Purpose.PROOF)
        failures = [found for found in one.findings if found.level is Level.FAILURE]
        for found in failures:
            yield manifests.wrong("pki-parameters", secret, at, f"its {key}: {found.problem}", found.cure)
        if not failures:
            yield met(f"{key} in {secret.title}: {one.contents.key.algorithm}")


def _content(secret: Manifest, key: str) -> bytes | None:
    """What a Secret holds at a key; None where it has no such key. It is judged and never shown."""
    plain, encoded = secret.at("stringData", key), secret.at("data", key)
    if isinstance(plain, str):
        return plain.encode()
    if not isinstance(encoded, str):
        return None
    try:
        return base64.b64decode(encoded)
    except (binascii.Error, ValueError):
        return encoded.encode()


def _by_hmac(side: Side) -> bool:
    manifests = side.manifests
    products = manifests.workloads("ledger", "auditor") if manifests else ()
    if manifests and products:
        return all(_uses_hmac(manifests, one) for one in products)
    return side.declared is not None and side.declared.domain.authentication.method == "hmac"


def _uses_hmac(manifests: Manifests, workload: Workload) -> bool:
    method = told(manifests.release, workload).value(f"scalar.dl.{workload.role}.authentication.method")
    return method == "hmac"


def _ledger_key(side: Side) -> Iterator[Said]:
    """ledger-keys-secret: Ledger with proofs on has its private key from a Secret that holds it."""
    if side.product == "auditor":
        yield beside("it is asked of Ledger")
        return
    yield from _judged_files("ledger-keys-secret", side.keys)
    manifests, declared = side.manifests, side.declared
    ledgers = manifests.workloads("ledger") if manifests else ()
    if manifests and ledgers:
        for workload in ledgers:
            yield from _key_of(manifests, workload)
    elif declared:
        name = declared.domain.secrets.keys
        if not declared.profile.asset_proof:
            yield beside("assetProof is false")
        elif _by_hmac(side):
            yield beside("HMAC is used: nothing is signed with a private key")
        elif declared.domain.external_secrets:
            yield met(f"the values mount the Secret {name}, and External Secrets fills it")
        else:
            yield person(f"the values mount the Secret {name}; whether it holds private-key is not seen here")


def _given_ledger_keys(evidence: Evidence) -> Iterator[Said]:
    """What is wrong with private keys that were given without a domain."""
    yield from _judged_files("ledger-keys-secret", evidence.keys)
    yield from without_ledger(evidence)


def _key_of(manifests: Manifests, workload: Workload) -> Iterator[Said]:
    title, found = workload.manifest.title, told(manifests.release, workload)
    file = found.value(KEY_PATH)
    if found.on(PROOF) is False:
        yield beside(f"{title} has proofs off")
    elif _uses_hmac(manifests, workload):
        yield beside(f"{title} uses HMAC, which takes no private key")
    elif found.on(PROOF) is None or file is None:
        yield person(f"{title} has its properties from {found.hidden or 'a Secret'}, which is not seen here")
    elif not file and found.value("scalar.dl.ledger.proof.private_key_pem") is None:
        yield met(f"{title} has its private key from a variable that a Secret fills")
    elif not file:
        yield manifests.wrong(
            "ledger-keys-secret",
            workload.manifest,
            (),
            f"proofs are on, and no {KEY_PATH} is set, so Ledger has no key to sign with",
            f"write {KEY_PATH}=/keys/private-key, and mount the Secret ledger-keys at /keys",
        )
    else:
        yield from _key_at(manifests, workload, file)


def _key_at(manifests: Manifests, workload: Workload, file: str) -> Iterator[Said]:
    manifest, title = workload.manifest, workload.manifest.title
    volume = mounted(workload, file)
    if volume is None:
        yield manifests.wrong(
            "ledger-keys-secret",
            manifest,
            (),
            f"proofs are on, and nothing is mounted at {shown(file)}",
            "mount the Secret ledger-keys there, by extraVolumes or by ledgerProofEnabled: true",
        )
        return
    at, what, inside = volume
    base = (*at, "secret")
    name = manifest.text(*base, "secretName")
    if "configMap" in what:
        yield manifests.wrong(
            "ledger-keys-secret",
            manifest,
            at,
            f"the private key at {shown(file)} comes from a ConfigMap",
            "put it into the Secret ledger-keys, mount that, and make a new key",
        )
    elif not name:
        yield person(f"{title} has {shown(file)} from a volume whose keys are not seen here")
    else:
        entries = [(*base, "items", str(index)) for index, _ in enumerate(manifest.maps(*base, "items"))]
        items = {manifest.text(*entry, "path"): manifest.text(*entry, "key") for entry in entries}
        key = items.get(inside) if items else inside
        if not key:
            yield manifests.wrong(
                "ledger-keys-secret",
                manifest,
                at,
                f"proofs are on, and of the Secret {name} no key is mounted at {shown(file)}",
                f"add {{key: private-key, path: {shown(inside)}}} to the items of the volume",
            )
        else:
            yield from _held(manifests, workload, name, key)


def _held(manifests: Manifests, workload: Workload, name: str, key: str) -> Iterator[Said]:
    """Whether the Secret, or what makes it, has the key."""
    title = workload.manifest.title
    maker = _maker(manifests, name, workload.manifest.namespace)
    keys = _keys_of(maker) if maker else None
    if maker is None:
        yield person(
            f"{title} mounts the Secret {name}, which is not among the manifests; look for {shown(key)} in it"
        )
    elif keys is None or key in keys:
        yield met(f"{title} mounts the Secret {name}, and {maker.title} has {shown(key)}")
    else:
        yield manifests.wrong(
            "ledger-keys-secret",
            maker,
            (),
            f"it has no {shown(key)}, which Ledger signs its proofs with",
            f"put Ledger's private key into it as {shown(key)}",
        )


def _maker(manifests: Manifests, name: str, namespace: str | None) -> Manifest | None:
    """The Secret of that name, or the object that a controller makes it from."""
    secret = manifests.release.named("Secret", name, namespace)
    if secret is not None:
        return secret
    for one in manifests.release.of_kind(*_FROM_STORE):
        maker = one.kind not in ("SecretStore", "ClusterSecretStore") and one.namespace == namespace
        if maker and name in _made_by(one):
            return one
    return None


def _made_by(maker: Manifest) -> set[object]:
    """The names of the Secrets that a controller makes from the object."""
    if maker.kind == "SecretProviderClass":
        return {one.get("secretName") for one in maker.maps("spec", "secretObjects")}
    return {maker.at("spec", "target", "name") or maker.at("spec", "destination", "name") or maker.name}


def _keys_of(maker: Manifest) -> set[str] | None:
    """The keys that hold something; None where the object does not tell."""
    if maker.kind == "Secret":
        return {key for at in ("data", "stringData") for key, value in maker.map(at).items() if value}
    if maker.kind == "SealedSecret":
        sealed = maker.at("spec", "encryptedData")
        return set(sealed) if isinstance(sealed, dict) else None
    entries = maker.at("spec", "data")
    if maker.kind != "ExternalSecret" or maker.at("spec", "dataFrom") or not isinstance(entries, list):
        return None
    template = maker.at("spec", "target", "template", "data")
    named = [one.get("secretKey") for one in entries if isinstance(one, dict)]
    return set(template) if isinstance(template, dict) else {one for one in named if isinstance(one, str)}


class _Kept(NamedTuple):
    """The Secrets that ScalarDL's pods use: what fills them from a store, those that stand there without
    one, and the names of those that are not among the manifests.
    """

    filled: list[str]
    plain: list[str]
    unseen: list[str]


def _kept(manifests: Manifests) -> _Kept:
    kept = _Kept([], [], [])
    ours = manifests.workloads(*SERVING, "loader")
    kept.filled.extend(title for one in ours for title in _csi(manifests, one))
    # cert-manager makes these and renews them.
    issued = {
        (one.namespace, one.text("spec", "secretName")) for one in manifests.release.of_kind("Certificate")
    }
    used = {(one.manifest.namespace, name) for one in ours for name in secrets_of(one)} - issued
    for namespace, name in sorted(used, key=str):
        maker = _maker(manifests, name, namespace)
        if maker is None:
            kept.unseen.append(name)
        elif maker.kind in _FROM_STORE or _is_owned(maker):
            kept.filled.append(maker.title)
        elif not _of_others(maker):
            kept.plain.append(maker.title)
    return kept


def _of_others(secret: Manifest) -> bool:
    """Whether no store need fill it: a certificate of cert-manager's, or the charts' own default login."""
    default = _content(secret, CREDENTIAL_KEYS[1]) == DEFAULT_CREDENTIALS.encode()
    return default or any(key.startswith("cert-manager.io/") for key in secret.annotations)


def _csi(manifests: Manifests, workload: Workload) -> Iterator[str]:
    """The SecretProviderClasses from which its volumes come, without a Secret between."""
    manifest = workload.manifest
    for index, _ in enumerate(manifest.maps(*workload.pod, "volumes")):
        at = (*workload.pod, "volumes", str(index), "csi", "volumeAttributes", "secretProviderClass")
        one = manifests.release.named("SecretProviderClass", manifest.text(*at), manifest.namespace)
        if one:
            yield one.title


def _is_owned(secret: Manifest) -> bool:
    """Whether a controller made the Secret from a store."""
    return any(owner.get("kind") in _FROM_STORE for owner in secret.maps("metadata", "ownerReferences"))


def _store(side: Side) -> Iterator[Said]:
    """secret-store: whence the Secrets come that ScalarDL uses; else what the deployment file says."""
    declared, kept = side.declared, _kept(side.manifests) if side.manifests else None
    if kept and kept.filled and not kept.plain and not kept.unseen:
        yield met(f"{kept.filled[0]} takes what ScalarDL uses from a store")
    elif kept and kept.plain and not (declared and _by_hand(declared)):
        yield person(f"{kept.plain[0]} is in the manifests, and nothing there fills it from a store")
    elif declared:
        yield _declared_store(declared)
    elif kept and kept.filled:
        yield person(
            f"{kept.filled[0]} takes Secrets from a store; what fills the Secret {kept.unseen[0]} is not "
            "among the manifests",
            "manifests",
        )
    elif kept:
        yield person(
            "nothing in the manifests fills ScalarDL's Secrets from a store; it may stand elsewhere",
            "deployment",
        )


def _by_hand(declared: Declared) -> bool:
    """Whether the user's file says that there is no store.

    externalSecrets null of a built-in profile is nobody's word: then the runbook has kubectl commands, and
    where their content comes from is for its readers to say.
    """
    return declared.domain.external_secrets is None and declared.stated("externalSecrets")


def _declared_store(declared: Declared) -> Said:
    store = declared.domain.external_secrets
    if store:
        return met(f"External Secrets reads them from the {store.kind} {store.store}")
    if _by_hand(declared):
        return wrong(
            "secret-store",
            "externalSecrets is null: Secrets are made by hand, with kubectl",
            "write externalSecrets: {store: NAME} and cluster.addOns.externalSecrets: true; for another "
            "sort of store, an exemption that names it",
            declared.spot("externalSecrets"),
        )
    return person(
        "externalSecrets is not declared, so the runbook makes Secrets with kubectl; where there is a "
        "store, write externalSecrets: {store: NAME} and cluster.addOns.externalSecrets: true",
        "deployment",
    )


ROWS: dict[str, Row] = {
    "pki-parameters": Row(("keys",), _parameters, _given_keys),
    "ledger-keys-secret": Row(RELEASE, _ledger_key, _given_ledger_keys),
    "secret-store": Row(RELEASE, _store),
}
