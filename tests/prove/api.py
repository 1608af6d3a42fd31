"""The API server, spoken to over HTTPS: objects, waits that watch, and what happened since."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

Object = dict[str, Any]
T = TypeVar("T")

MERGE = "application/merge-patch+json"
# Seconds of a watch, after which what it waits for is asked for again.
_WATCH = 10


class RefusedError(Exception):
    """The API server did not do it; `status` is HTTP's, `why` its message."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status}: {why}")
        self.status = status
        self.why = why


class Story(NamedTuple):
    """Objects of a path as they were at a point in time, `since` that version."""

    path: str
    selector: str
    before: list[Object]
    since: str


class Api:
    """A client of one API server. Paths are as the server has them, such as /api/v1/nodes.

    `well` raises AssertionError where a part of the control plane has ended; each wait asks it.
    """

    def __init__(self, port: int, certificates: Path, well: Callable[[], None]) -> None:
        self._well = well
        self._port = port
        self._tls = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
        self._tls.load_cert_chain(certificates / "admin.crt", certificates / "admin.key")
        self._connection = self._connect()

    def close(self) -> None:
        self._connection.close()

    def unready(self) -> str:
        """Why the server does not serve yet; empty where it does."""
        connection = self._connect(timeout=5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return "" if answer.status == 200 else answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        finally:
            connection.close()

    def get(self, path: str, **query: str) -> Object:
        return self._ask("GET", path, query=query)

    def items(self, path: str, **query: str) -> list[Object]:
        listed: list[Object] = self.get(path, **query)["items"]
        return listed

    def create(self, path: str, content: Object) -> Object:
        return self._ask("POST", path, content)

    def patch(self, path: str, content: Object, **query: str) -> Object:
        return self._ask("PATCH", path, content, MERGE, query)

    def delete(self, path: str, **query: str) -> None:
        """Nothing is raised where it is not there."""
        try:
            self._ask("DELETE", path, query=query)
        except RefusedError as refused:
            if refused.status != 404:
                raise

    def until(
        self,
        path: str,
        met: Callable[[list[Object]], T | bool | None],
        what: str,
        seconds: float = 180,
        selector: str = "",
    ) -> T | bool:
        """Waits until `met` gives neither None nor False for the objects at the path; gives what it gave.

        It looks again at each change, not now and then. Raises AssertionError with `what` was waited for and
        what was seen last.
        """
        deadline = time.monotonic() + seconds
        query = {"labelSelector": selector} if selector else {}
        while True:
            self._well()
            listed = self.get(path, **query)
            objects = {_key(one): one for one in listed["items"]}
            answer = met(list(objects.values()))
            if answer is not None and answer is not False:
                return answer
            left = min(deadline - time.monotonic(), _WATCH)
            if left > 0:
                for event in self._watch(path, listed["metadata"]["resourceVersion"], left, query):
                    if event["type"] == "ERROR":
                        break
                    _take_in(objects, event)
                    answer = met(list(objects.values()))
                    if answer is not None and answer is not False:
                        return answer
            if deadline - time.monotonic() <= 0:
                lines = "".join(f"\n  {seen(one)}" for one in objects.values()) or " nothing"
                raise AssertionError(f"{what}: not within {seconds:.0f} s. Seen last at {path}:{lines}")

    def until_still(self, path: str, still: float, seconds: float) -> list[Object]:
        """Waits until nothing at the path has changed for `still` seconds; gives the objects.

        Raises AssertionError where that does not come.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._well()
            listed = self.get(path)
            try:
                for _ in self._watch(path, listed["metadata"]["resourceVersion"], seconds, {}, still):
                    if time.monotonic() > deadline:
                        break
            except _SilenceError:
                return self.items(path)
        raise AssertionError(f"{path} was never still for {still:.0f} s, of {seconds:.0f} s")

    def story(self, path: str, selector: str) -> Story:
        """From here on, to be told by `states` later."""
        listed = self.get(path, labelSelector=selector)
        return Story(path, selector, listed["items"], listed["metadata"]["resourceVersion"])

    def states(self, story: Story) -> Iterator[list[Object]]:
        """All that the objects went through until now: as they were at first, then after each change.

        One object must be there still: a mark is put on it, which says where the story ends.
        """
        objects = {_key(one): one for one in story.before}
        yield list(objects.values())
        last = self.items(story.path, labelSelector=story.selector)[-1]
        mark = {"metadata": {"annotations": {"prove/mark": story.since}}}
        marked = self.patch(f"{story.path}/{last['metadata']['name']}", mark)
        end = marked["metadata"]["resourceVersion"]
        for event in self._watch(story.path, story.since, 30, {"labelSelector": story.selector}):
            assert event["type"] != "ERROR", event
            _take_in(objects, event)
            yield list(objects.values())
            if event["object"]["metadata"]["resourceVersion"] == end:
                return
        raise AssertionError(f"the watch of {story.path} ended before all changes had come")

    def _watch(
        self, path: str, since: str, seconds: float, query: Mapping[str, str], silence: float | None = None
    ) -> Iterator[Object]:
        """The events. Raises _SilenceError where none comes for as long as `silence`."""
        connection = self._connect()
        options = {"watch": "1", "resourceVersion": since, "timeoutSeconds": str(int(seconds) + 1), **query}
        deadline = time.monotonic() + seconds
        try:
            connection.request("GET", f"{path}?{urlencode(options)}")
            answer = connection.getresponse()
            connection.sock.settimeout(silence or seconds + 5)
            while line := _line(answer):
                yield json.loads(line)
                if time.monotonic() > deadline:
                    return
        finally:
            connection.close()

    def _connect(self, timeout: float = 60) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self._port, context=self._tls, timeout=timeout)

    def _ask(
        self,
        verb: str,
        path: str,
        content: Object | None = None,
        kind: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Object:
        body = None if content is None else json.dumps(content)
        target = quote(path) + (f"?{urlencode(query)}" if query else "")
        try:
            answer = self._sent(verb, target, body, kind)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server closed a connection that was idle for long.
            self._connection.close()
            answer = self._sent(verb, target, body, kind)
        told: Object = json.loads(answer.read() or b"{}")
        if answer.status >= 400:
            raise RefusedError(answer.status, str(told.get("message", told)))
        return told

    def _sent(self, verb: str, target: str, body: str | None, kind: str) -> http.client.HTTPResponse:
        self._connection.request(verb, target, body, {"Content-Type": kind})
        return self._connection.getresponse()


class _SilenceError(Exception):
    """No event came."""


def _line(answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.readline()
    except TimeoutError as error:
        raise _SilenceError from error


def _key(one: Object) -> tuple[str, str]:
    metadata = one["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _take_in(objects: dict[tuple[str, str], Object], event: Object) -> None:
    if event["type"] == "DELETED":
        objects.pop(_key(event["object"]), None)
    elif event["type"] in ("ADDED", "MODIFIED"):
        objects[_key(event["object"])] = event["object"]


def condition(one: Object, kind: str) -> str:
    """The status of a condition, with its reason where it has one; empty where there is none."""
    for found in one.get("status", {}).get("conditions") or []:
        if found["type"] == kind:
            return f"{found['status']} {found.get('reason', '')}".strip()
    return ""


def seen(one: Object) -> str:
    """An object in a line, for a wait that ends without what it waited for."""
    status = one.get("status", {})
    parts = [one["metadata"]["name"]]
    if "nodeName" in one.get("spec", {}):
        parts.append(f"on {one['spec']['nodeName']}")
    counts = ("phase", "replicas", "readyReplicas", "succeeded")
    parts += [f"{key} {status[key]}" for key in counts if key in status]
    for found in status.get("conditions") or []:
        why = f" ({found['message']})" if found["status"] == "False" and found.get("message") else ""
        parts.append(f"{found['type']}={found['status']}{why}")
    if "deletionTimestamp" in one["metadata"]:
        parts.append("is being deleted")
    return ", ".join(parts)
