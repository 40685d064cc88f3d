"""Certificates made for one run."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

NAME = "tls.example"


@dataclass
class Authority:
    """A certificate authority; `ca` is its certificate as DER."""

    ca: Path
    context: ssl.SSLContext  # a server's that has a certificate of it


def authority(folder: Path, name: str = NAME) -> Authority:
    """A new authority and a server context for `name`."""
    maker = trustme.CA()
    ca = folder / f"{name}.der"
    ca.write_bytes(ssl.PEM_cert_to_DER_cert(maker.cert_pem.bytes().decode()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    maker.issue_cert(name).configure_cert(context)
    return Authority(ca, context)
