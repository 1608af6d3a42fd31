"""Names and texts that a terminal would obey, in every place of a release, a profile and a values file."""

from __future__ import annotations

# Colours, the window's title, the other direction, C1, a carriage return, a bell, delete, a new line.
EVIL = r"\e[31mX\e]0;t\a\u202e\u2066\x9b2J\r\b\x7f\u2028\nNamespace fake"
# The same as it stands in a name of a file or in an argument.
EVIL_NAME = "\x1b[31mX\x1b]0;t\x07\u202e\u2066\x9b2J\r\x08\x7f\u2028\nNamespace fake"
# Letters that look like others are no orders; they stay as they are.
HOMOGLYPHS = "lеdger-аuditor"

STREAM = f"""---
# Source: x/\u202e.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "x-ledger{EVIL}"
  namespace: "ns{EVIL}"
  annotations: {{"a{EVIL}": "b{EVIL}"}}
  labels: {{app.kubernetes.io/app: ledger, app.kubernetes.io/instance: "rel{EVIL}"}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: "l{EVIL}"}}}}
  template:
    metadata:
      labels: {{app: "l{EVIL}", app.kubernetes.io/app: ledger}}
    spec:
      nodeSelector: {{"n{EVIL}": "v{EVIL}"}}
      containers:
      - name: "c{EVIL}"
        image: "scalardl-ledger{EVIL}:latest"
        env: [{{name: HELM_SCALAR_DB_STORAGE, value: dynamo}}]
        ports: [{{name: "p{EVIL}", containerPort: 50051}}]
        volumeMounts: [{{name: "v{EVIL}", mountPath: "/x{EVIL}"}}]
      volumes: [{{name: "v{EVIL}", configMap: {{name: "cm{EVIL}"}}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: "s{EVIL}", namespace: "ns{EVIL}", annotations: {{"a{EVIL}": "{EVIL}"}}}}
spec: {{type: LoadBalancer, ports: [{{name: "p{EVIL}", port: 50051}}], selector: {{app: "l{EVIL}"}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: "np{EVIL}", namespace: "ns{EVIL}"}}
spec:
  podSelector: {{matchLabels: {{app: "l{EVIL}"}}}}
  policyTypes: [Ingress, Egress]
  ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{"k{EVIL}": "v{EVIL}"}}}}}}]}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: "pdb{EVIL}", namespace: "ns{EVIL}"}}
spec: {{minAvailable: 3, selector: {{matchLabels: {{app: "l{EVIL}"}}}}}}
---
apiVersion: "v{EVIL}"
kind: "Kind{EVIL}"
metadata: {{name: "n{EVIL}", "n{EVIL}": twice, "n{EVIL}": twice}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: "cm{EVIL}"}}
data:
  ledger.properties.tmpl: "scalar.db.storage=dynamo\\n# {EVIL}"
  tab: "a	b"
"""
# The same, of an image that no rule refuses: so it is hardened.
ACCEPTED = STREAM.replace(f"scalardl-ledger{EVIL}:latest", "scalardl-ledger:3.13.0").replace(
    "replicas: 3", "replicas: 1"
)
BROKEN = STREAM.replace("spec:\n  replicas: 3", 'spec: "text"\nx:')
NO_YAML = f'---\n# Source: x/\u202e\nkind: Deployment\nmetadata: {{name: "{EVIL}"}}\n  foo: [\n'
VALUES = (
    f'scalardl: {{"a{EVIL}": "b{EVIL}", ledger: {{replicaCount: "x{EVIL}", image: {{tag: "{EVIL}"}}}}}}\n'
)
PROFILE = f"""extends: production
description: "d{EVIL}"
"key{EVIL}": "value{EVIL}"
nodePool: {{nodes: "n{EVIL}"}}
exemptions:
- {{rule: node-pool, kind: Deployment, name: "x{EVIL}", reason: "r{EVIL}"}}
"""
# Behind escapes that only turn the direction of text, which a profile may not hold either.
TURNED = (
    'extends: production\nexemptions:\n- {rule: node-pool, kind: Deployment, name: x, reason: "r\\u202e y"}\n'
)
