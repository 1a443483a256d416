#!/bin/sh
# Makes PKCS#12 files as OpenSSL 3 makes them. Their keys are for tests and sign nothing else.
# The password of each is "secret", but for no-password.p12. Run it in this folder.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

days=36500

openssl req -x509 -newkey rsa:2048 -nodes -days $days -subj "/CN=test authority" \
  -keyout "$tmp/ca.key" -out "$tmp/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=test signing key" \
  -keyout "$tmp/rsa.key" -out "$tmp/rsa.csr" 2>/dev/null
openssl x509 -req -in "$tmp/rsa.csr" -CA "$tmp/ca.pem" -CAkey "$tmp/ca.key" -days $days -out "$tmp/rsa.pem" 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $days -subj "/CN=test" \
  -keyout "$tmp/ec.key" -out "$tmp/ec.pem" 2>/dev/null

# export KEY OPTION... writes a PKCS#12 file of the key.
export_p12() {
  key=$1
  shift
  openssl pkcs12 -export -inkey "$tmp/$key.key" -in "$tmp/$key.pem" -name keyalias "$@"
}

export_p12 rsa -passout pass:secret -out openssl3.p12
export_p12 rsa -passout pass:secret -legacy -out openssl3-legacy.p12
export_p12 rsa -passout pass:secret -certfile "$tmp/ca.pem" -out openssl3-chain.p12
export_p12 rsa -passout pass: -out no-password.p12
export_p12 ec -passout pass:secret -out ec.p12

chmod 644 ./*.p12
