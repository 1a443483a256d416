#!/usr/bin/env python3
"""Makes vectors.json: field-level encryption as Token Connect has it, by another library (pyca/cryptography) than Go's.

The key is made for this file and used for nothing else.
"""
import json
import os

from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

plain = json.dumps([{
    "pushAccountId": "a-1",
    "fundingAccountData": {"cardAccountData": {"accountNumber": "5204731600014784", "expiryMonth": "12", "expiryYear": "29"}},
}]).encode()
private = rsa.generate_private_key(65537, 2048)
public = private.public_key()
der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
digest = hashes.Hash(hashes.SHA256())
digest.update(der)
fingerprint = digest.finalize().hex()
vectors = []

for mode in ("CBC", "GCM"):
    for bits in (128, 256):
        for name, algorithm in (("SHA256", hashes.SHA256()), ("SHA512", hashes.SHA512())):
            key = os.urandom(bits // 8)
            made = {"publicKeyFingerprint": fingerprint, "oaepHashingAlgorithm": name, "algorithmCipherMode": mode}
            if mode == "CBC":
                iv = os.urandom(16)
                padder = padding.PKCS7(128).padder()
                encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
                data = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
            else:
                iv = os.urandom(12)
                sealed = AESGCM(key).encrypt(iv, plain, None)
                data, made["tag"] = sealed[:-16], sealed[-16:].hex()
            oaep = rsa_padding.OAEP(mgf=rsa_padding.MGF1(algorithm), algorithm=algorithm, label=None)
            made.update(encryptedData=data.hex(), encryptedKey=public.encrypt(key, oaep).hex(), iv=iv.hex())
            vectors.append(made)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors.json"), "w", encoding="utf-8") as out:
    json.dump({
        "plain": plain.decode(),
        "key": private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode(),
        "vectors": vectors,
    }, out, indent=1)
    out.write("\n")
