#!/bin/sh
# Makes key files as OpenSSL 3, Java's keytool and ssh-keygen make them. Their keys are for tests and sign nothing else.
# The password of each is "secret", but for no-password.p12. Run it in this folder; it needs the three programs.
# With "more" it makes only what is made without OpenSSL's key.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

days=36500

if [ "${1-}" != more ]; then
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
fi

# Several keys in one file, as a team keeps them, beside a trusted certificate and a secret key, which are none of ours.
rm -f several.* ssh
pair() { # STORE TYPE ALIAS
  keytool -genkeypair -keystore "$1" -storetype "$2" -storepass secret -keypass secret -alias "$3" \
    -keyalg RSA -keysize 2048 -validity $days -dname "CN=$3" 2>/dev/null
}
for alias in Sandbox-2024 Production "Zahlungen Köln"; do pair several.p12 PKCS12 "$alias"; done
keytool -exportcert -keystore several.p12 -storepass secret -alias production -file "$tmp/trusted" 2>/dev/null
keytool -importcert -noprompt -keystore several.p12 -storepass secret -alias trusted -file "$tmp/trusted" 2>/dev/null
keytool -genseckey -keystore several.p12 -storepass secret -alias aes -keyalg AES -keysize 256 2>/dev/null
for type in JKS JCEKS; do pair "several.$(echo $type | tr A-Z a-z)" $type production; done

# The same three keys in a file of OpenSSL's old encryption, the command that the error for a JKS file names, and SSH.
keytool -importkeystore -noprompt -srckeystore several.p12 -srcstorepass secret -destkeystore "$tmp/few.p12" \
  -deststoretype PKCS12 -deststorepass secret -J-Dkeystore.pkcs12.legacy 2>/dev/null
mv "$tmp/few.p12" several-legacy.p12
keytool -importkeystore -noprompt -srckeystore several.jks -srcstoretype JKS -srcstorepass secret -srcalias production \
  -destkeystore several.jks.p12 -deststoretype PKCS12 -deststorepass secret 2>/dev/null

# A key that OpenSSL encrypts without PKCS#12, in its new and in its old form, and PKCS#12 without a certificate.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$tmp/more.key" 2>/dev/null
openssl pkcs8 -topk8 -in "$tmp/more.key" -passout pass:secret -out encrypted.pem
openssl rsa -traditional -aes256 -in "$tmp/more.key" -passout pass:secret -out encrypted-traditional.pem 2>/dev/null
openssl pkcs12 -export -nocerts -inkey "$tmp/more.key" -passout pass:secret -out no-certificate.p12
openssl ecparam -name prime256v1 -genkey -out ec-parameters.pem
ssh-keygen -q -t rsa -b 2048 -N '' -C test -f ssh

chmod 644 ./*.p12 several.* ssh ssh.pub ./*.pem
