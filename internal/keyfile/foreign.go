package keyfile

import (
	"bytes"
	"errors"
	"strings"
)

const (
	useKeytool = ": convert it with: keytool -importkeystore -srckeystore FILE -srcstoretype %s" +
		" -srcalias ALIAS -destkeystore NEW.p12 -deststoretype PKCS12"
	useSSHKeygen = ": convert a copy of it with: ssh-keygen -p -N '' -m PKCS8 -f COPY"
)

// foreign says of a file of a known kind, which no setting takes, what it is and what to do with it.
func foreign(data []byte) error {
	for _, kind := range []struct{ magic, is string }{
		{"\xfe\xed\xfe\xed", "it is a Java keystore (JKS)" + strings.Replace(useKeytool, "%s", "JKS", 1)},
		{"\xce\xce\xce\xce", "it is a Java keystore (JCEKS)" + strings.Replace(useKeytool, "%s", "JCEKS", 1)},
		{"PK\x03\x04", "it is a ZIP archive: unpack it, and name the file in it"},
		{"\x1f\x8b", "it is packed with gzip: unpack it"},
		{"PuTTY-User-Key-File", "it is a key of PuTTY: export it with PuTTYgen (Conversions, Export OpenSSH key)" + useSSHKeygen[1:]},
		{"ssh-", "it is an OpenSSH public key: the private key is in the file of that name without .pub" + useSSHKeygen},
		{"-----BEGIN OPENSSH PRIVATE KEY-----", "it is an OpenSSH private key" + useSSHKeygen},
		{"-----BEGIN SSH2 ", "it is an SSH key of another program: export it as PKCS#8 or PEM there"},
		{"-----BEGIN PGP ", "it is a PGP file: PGP keys and messages are not supported"},
		{"<", "it is HTML or XML: probably a web page was saved in place of the file behind it"},
		{"\x30\x80", "it is BER of indefinite lengths, as some Java programs write PKCS#12: convert it with:" +
			" openssl pkcs12 -in FILE -nodes | openssl pkcs12 -export -out NEW.p12"},
		{"version https://git-lfs", "it is a Git LFS pointer: fetch the file itself with: git lfs pull"},
	} {
		if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte(kind.magic)) {
			return errors.New(kind.is)
		}
	}

	return nil
}
