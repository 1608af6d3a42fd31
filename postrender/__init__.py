"""Rendered manifests in, hardened manifests out."""
