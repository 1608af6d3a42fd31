"""Whose values a file holds: those of an umbrella chart, or of one of the charts below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from generator.merging.reading import parsed, place
from generator.values.block import Data
from generator.values.interface import defaults
from postrender.manifests.nodes import MAPPING, Node, Tree, is_merge, key_text
from postrender.manifests.stream import BOM
from profiles.errors import ProfileError
from profiles.models import DOMAINS, Product
from profiles.scalardl import LOADER_CHART, MONITORING_CHARTS, PRODUCT_CHARTS

_LOADER = "schemaLoading"


class Fit(NamedTuple):
    """The part of an umbrella's values that a file is about, and what its reader should know (lines)."""

    wanted: Data
    notes: tuple[str, ...]


def fit(text: str, source: str, values: Data, product: Product) -> Fit:
    """The part of the umbrella's `values` of a product to which the values file `text` can be brought up.

    The file may be one of the umbrella's or of a chart below it. Raises ProfileError, one line
    `source:line:column: key: what; why; cure`, where it is neither: a profile, the other domain's, another
    chart's.
    """
    text = text.removeprefix(BOM)
    tree = parsed(text, source)
    stated = tree.data
    if not stated:
        return Fit(values, ())
    _refuse_other(text, source, tree, product)
    if stated.keys() & {*values, "autoscaling"}:
        return Fit(values, tuple(_unread(text, source, tree, values)))
    name = PRODUCT_CHARTS[product].name if product in stated else LOADER_CHART.name
    # What the umbrella says beside the chart's own keys, such as enabled, is nothing to the chart alone.
    known = defaults(product)[name]
    wanted = {key: value for key, value in values[name].items() if key in known}
    return Fit(wanted, (*_unread(text, source, tree, wanted), _left_out(source, values, name)))


def _refuse_other(text: str, source: str, tree: Tree, product: Product) -> None:
    """Raises ProfileError where nothing in the file is of this domain's charts."""

    def no(path: tuple[str, ...], why: str) -> ProfileError:
        at = place(source, text, _offset(tree.root, path))
        return ProfileError(f"{at}: {'.'.join(path)}: {why}" if path else f"{at}: {why}")

    stated = tree.data
    if "extends" in stated:
        raise no(
            ("extends",), "a profile has this key, and values have none; write a values file behind --merge"
        )
    other = next(each for each in DOMAINS if each != product)
    # The loader's values are much the same for both, but for this one.
    for above in ((), (LOADER_CHART.name,)):
        path = (*above, _LOADER, "schemaType")
        if _at(stated, path) == other:
            raise no(path, f"{other}; the file loads {other.title()}'s schema; write --for {other}")
    own = {product, _LOADER, *_of_umbrella(product)}
    if stated.keys() & own:
        return
    for key in (other, PRODUCT_CHARTS[other].name, MONITORING_CHARTS[other].name):
        if key in stated:
            raise no((key,), f"the values of {other.title()}'s chart; write --for {other}")
    if "envoy" in stated:
        raise no(
            ("envoy",),
            f"stands without {product}:, so nobody can tell whose values these are; where they are those of "
            f"the chart {PRODUCT_CHARTS[product].name}, write {product}: {{}} beside it",
        )
    charts = ", ".join(_of_umbrella(product)[:2])
    raise no(
        (),
        f"no key of {product.title()}'s charts stands at the top ({charts} of an umbrella; {product} or "
        f"{_LOADER} of one chart); so nothing here could be brought up; check the file's path",
    )


def _of_umbrella(product: Product) -> tuple[str, ...]:
    return (
        PRODUCT_CHARTS[product].name,
        LOADER_CHART.name,
        MONITORING_CHARTS[product].name,
        "loader",
        "autoscaling",
        "hardening",
    )


def _unread(text: str, source: str, tree: Tree, wanted: Data) -> Iterator[str]:
    """The database's credentials that stand in the file and that the chart reads no more."""
    charts = (*(chart.name for chart in PRODUCT_CHARTS.values()), LOADER_CHART.name)
    for above in ((), *((name,) for name in charts)):
        for component, below, keys in (
            ("ledger", "scalarLedgerConfiguration", ("dbUsername", "dbPassword")),
            ("auditor", "scalarAuditorConfiguration", ("dbUsername", "dbPassword")),
            (_LOADER, None, ("username", "password")),
        ):
            if not _at(wanted, (*above, component, "existingSecret")):
                continue
            for key in keys:
                path = (*above, component, *((below,) if below else ()), key)
                if _at(tree.data, path):
                    at = place(source, text, _offset(tree.root, path)).rpartition(":")[0]
                    yield (
                        f"{at}: {'.'.join(path)}: no longer read, for existingSecret names the Secret "
                        "that is; delete it [no-plain-secrets]"
                    )


def _left_out(source: str, values: Data, name: str) -> str:
    """What the profile asks beside the values of the chart `name`, as a line."""
    others = {
        LOADER_CHART.name: "the schema loader (its values: a file of its own, the same way)",
        "autoscaling": "the autoscalers",
        **{chart.name: "the monitoring stack" for chart in MONITORING_CHARTS.values()},
        "hardening": "the policy (give scalardl-harden the profile: --profile)",
    }
    absent = [
        words
        for key, words in others.items()
        if key != name and key in values and values[key] != {"enabled": False}
    ]
    return f"note: {source}: values of the chart {name} alone; not in them: {', '.join(absent)}"


def _at(data: object, path: tuple[str, ...]) -> object:
    """What stands at a path; None: nothing."""
    for step in path:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


def _offset(root: Node | None, path: tuple[str, ...]) -> int:
    """Where the key at the end of a path is written; of one that an alias brings, where that stands."""
    offset = 0
    for step in path:
        if root is None or root.kind != MAPPING:
            break
        own = [(key, value) for key, value in root.value if not is_merge(key) and key_text(key) == step]
        if not own:
            break
        offset, root = own[0][0].start, own[0][1]
    return offset
