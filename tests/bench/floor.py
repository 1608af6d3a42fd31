"""The floor: what a Python program that looks at manifests cannot do without.

Python starts, splits the stream, reads the documents that matter once with libyaml, and writes the stream
as it came. Manifests on stdin, on stdout the same.
"""

import re
import sys

import yaml

# What scalardl-harden reads of a release like ScalarDL's.
KINDS = re.compile(r"^kind: (?:Deployment|Service|ConfigMap)$", re.MULTILINE)


def main() -> None:
    text = sys.stdin.buffer.read().decode()
    for document in re.split(r"^---$", text, flags=re.MULTILINE):
        if KINDS.search(document):
            yaml.compose(document, yaml.CSafeLoader)
    sys.stdout.buffer.write(text.encode())


if __name__ == "__main__":
    main()
