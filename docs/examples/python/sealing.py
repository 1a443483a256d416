"""Seals payloads for the workers' intake key. As a program: seals standard input, for the key of a file."""

import json
import sys

from jwcrypto import jwe, jwk


class Sealer:
    def __init__(self, pem: bytes) -> None:
        self.key = jwk.JWK.from_pem(pem)
        self.header = json.dumps({"alg": "ECDH-ES", "enc": "A256GCM", "kid": self.key.thumbprint()})

    def seal(self, payload: dict) -> str:
        return jwe.JWE(json.dumps(payload).encode(), recipient=self.key, protected=self.header).serialize(compact=True)


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        print(Sealer(file.read()).seal(json.load(sys.stdin)))
