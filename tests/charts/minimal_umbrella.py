"""Two umbrella charts that hold no more than they must, for tests of what completes and renders umbrellas."""

from __future__ import annotations

from pathlib import Path

DEPENDENCIES = {
    "ledger": {"scalardl": "4.12.0", "schema-loading": "2.14.0", "scalardl-ledger-monitoring": "0.0.1"},
    "auditor": {
        "scalardl-audit": "2.12.0",
        "schema-loading": "2.14.0",
        "scalardl-auditor-monitoring": "0.0.1",
    },
}


NOTE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-note
"""


def write(folder: Path, side: str) -> Path:
    """Writes the umbrella of that side into the new folder: dependencies, a lock, a template of its own."""
    dependencies = "".join(
        f"  - name: {name}\n    version: {version}\n    condition: {name}.enabled\n"
        "    repository: https://scalar-labs.github.io/helm-charts\n"
        for name, version in DEPENDENCIES[side].items()
    )
    texts = {
        "Chart.yaml": f"apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n{dependencies}",
        "Chart.lock": "dependencies: []\ndigest: sha256:of-other-dependencies\n",
        "templates/note.yaml": NOTE,
    }
    (folder / "templates").mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder
