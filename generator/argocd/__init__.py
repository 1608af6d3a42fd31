"""The config management plugin of Argo CD: what its Helm source does, hardened, and how it is installed."""
