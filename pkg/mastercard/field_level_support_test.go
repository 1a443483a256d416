package mastercard_test

import (
	"bytes"
	"crypto/aes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// fieldPayload is encryptedPayload as the specification has it, read by the tests' own code.
type fieldPayload struct {
	EncryptedData        string  `json:"encryptedData"`
	EncryptedKey         string  `json:"encryptedKey"`
	PublicKeyFingerprint string  `json:"publicKeyFingerprint"`
	OAEPHashingAlgorithm *string `json:"oaepHashingAlgorithm"`
	IV                   *string `json:"iv"`
	AlgorithmCipherMode  *string `json:"algorithmCipherMode"`
	Tag                  *string `json:"tag"`
	AAD                  *string `json:"aad"`
}

// open decrypts as the standards say, with code that is written out here: RSA and OAEP (RFC 8017, 7.1.2), CBC with PKCS#7 (SP 800-38A,
// RFC 5652, 6.3) and GCM (SP 800-38D). Of Go's libraries it uses the block cipher, the hashes and big numbers alone.
func (p fieldPayload) open(private *rsa.PrivateKey) (plain, key, iv []byte, err error) {
	text := func(s *string) string {
		if s == nil {
			return ""
		}

		return *s
	}

	wrapped, errKey := hex.DecodeString(p.EncryptedKey)
	data, errData := hex.DecodeString(p.EncryptedData)
	iv, errIV := hex.DecodeString(text(p.IV))
	tag, errTag := hex.DecodeString(text(p.Tag))

	if err := errors.Join(errKey, errData, errIV, errTag); err != nil {
		return nil, nil, nil, err
	}

	var sum func([]byte) []byte

	switch text(p.OAEPHashingAlgorithm) {
	case "SHA256":
		sum = func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
	case "SHA512":
		sum = func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }
	default:
		return nil, nil, nil, fmt.Errorf("oaepHashingAlgorithm %q", text(p.OAEPHashingAlgorithm))
	}

	if key, err = unwrapOAEP(wrapped, private, sum); err != nil {
		return nil, nil, nil, err
	}

	if len(key) != 16 && len(key) != 32 {
		return nil, nil, nil, fmt.Errorf("a key of %d bytes", len(key))
	}

	switch text(p.AlgorithmCipherMode) {
	case "CBC":
		plain, err = openCBC(key, iv, data)
	case "GCM":
		plain, err = openGCM(key, iv, data, tag)
	default:
		err = fmt.Errorf("algorithmCipherMode %q", text(p.AlgorithmCipherMode))
	}

	return plain, key, iv, err
}

func unwrapOAEP(wrapped []byte, private *rsa.PrivateKey, sum func([]byte) []byte) ([]byte, error) {
	size := private.Size()
	if len(wrapped) != size {
		return nil, fmt.Errorf("encryptedKey has %d bytes", len(wrapped))
	}

	message := make([]byte, size)
	new(big.Int).Exp(new(big.Int).SetBytes(wrapped), private.D, private.N).FillBytes(message)

	length := len(sum(nil))
	seed, block := message[1:1+length], message[1+length:]
	xor(seed, mgf1(block, length, sum))
	xor(block, mgf1(seed, len(block), sum))

	if message[0] != 0 || !bytes.Equal(block[:length], sum(nil)) {
		return nil, errors.New("not OAEP by this key and hash")
	}

	rest := bytes.TrimLeft(block[length:], "\x00")
	if len(rest) == 0 || rest[0] != 1 {
		return nil, errors.New("OAEP without its separator")
	}

	return rest[1:], nil
}

func mgf1(seed []byte, length int, sum func([]byte) []byte) []byte {
	var mask []byte
	for i := uint32(0); len(mask) < length; i++ {
		mask = append(mask, sum(binary.BigEndian.AppendUint32(slices.Clone(seed), i))...)
	}

	return mask[:length]
}

func xor(into, with []byte) {
	for i := range into {
		into[i] ^= with[i]
	}
}

func openCBC(key, iv, data []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}

	if len(iv) != 16 || len(data) == 0 || len(data)%16 != 0 {
		return nil, fmt.Errorf("an IV of %d bytes, data of %d", len(iv), len(data))
	}

	plain := make([]byte, 0, len(data))

	for at := 0; at < len(data); at += 16 {
		var one [16]byte

		block.Decrypt(one[:], data[at:at+16])
		xor(one[:], iv)
		plain, iv = append(plain, one[:]...), data[at:at+16]
	}

	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > 16 || !bytes.Equal(plain[len(plain)-padding:], bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil, errors.New("no PKCS#7 padding")
	}

	return plain[:len(plain)-padding], nil
}

// openGCM is for an IV of 96 bits and no additional data.
func openGCM(key, iv, data, tag []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}

	if len(iv) != 12 || len(tag) != 16 {
		return nil, fmt.Errorf("an IV of %d bytes, a tag of %d", len(iv), len(tag))
	}

	counter := func(n uint32) (out [16]byte) {
		block.Encrypt(out[:], binary.BigEndian.AppendUint32(slices.Clone(iv), n))

		return out
	}

	var zero, h [16]byte

	block.Encrypt(h[:], zero[:])

	var state [16]byte

	for at := 0; at < len(data); at += 16 {
		xor(state[:len(data[at:min(at+16, len(data))])], data[at:min(at+16, len(data))])
		state = timesH(state, h)
	}

	lengths := binary.BigEndian.AppendUint64(make([]byte, 8), uint64(len(data))*8)
	xor(state[:], lengths)
	state = timesH(state, h)

	first := counter(1)
	xor(state[:], first[:])

	if !bytes.Equal(state[:], tag) {
		return nil, errors.New("the tag is wrong")
	}

	plain := slices.Clone(data)

	for at, n := 0, uint32(2); at < len(plain); at, n = at+16, n+1 {
		stream := counter(n)
		part := plain[at:min(at+16, len(plain))]
		xor(part, stream[:len(part)])
	}

	return plain, nil
}

// timesH multiplies in the field of 2^128 elements, bit by bit (SP 800-38D, 6.3).
func timesH(x, h [16]byte) (z [16]byte) {
	for i := range 128 {
		if x[i/8]>>(7-i%8)&1 == 1 {
			xor(z[:], h[:])
		}

		odd := h[15]&1 == 1

		for j := 15; j > 0; j-- {
			h[j] = h[j]>>1 | h[j-1]<<7
		}

		h[0] >>= 1

		if odd {
			h[0] ^= 0xe1
		}
	}

	return z
}
