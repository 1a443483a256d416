package measure

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"time"
)

const (
	rawJobs = 200
	rsaBits = 2048
	// Sizes of what is signed and encrypted for a job.
	signedBytes, cardBytes = 700, 420
)

// rawCryptography is the processor time that a job's cryptography takes without anything around it, in microseconds: one
// agreement and one opening of its seal, the encryption of its card, the signature of its request.
func rawCryptography() (float64, error) {
	c, err := newRaw()
	if err != nil {
		return 0, fmt.Errorf("preparing the raw cryptography: %w", err)
	}

	// Processor time, as that of the contenders: other work on the machine does not count.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	before, err := threadTime()
	if err != nil {
		return 0, err
	}

	for range rawJobs {
		if err := c.job(); err != nil {
			return 0, fmt.Errorf("the raw cryptography: %w", err)
		}
	}

	after, err := threadTime()
	if err != nil {
		return 0, err
	}

	return float64((after - before).Microseconds()) / rawJobs, nil
}

type raw struct {
	sign, encrypt *rsa.PrivateKey
	intake        *ecdh.PrivateKey
	sender        *ecdh.PublicKey
	card, base    []byte
}

func newRaw() (raw, error) {
	sign, errSign := rsa.GenerateKey(rand.Reader, rsaBits)
	encrypt, errEncrypt := rsa.GenerateKey(rand.Reader, rsaBits)
	intake, errIntake := ecdh.P256().GenerateKey(rand.Reader)
	sender, errSender := ecdh.P256().GenerateKey(rand.Reader)

	if err := errors.Join(errSign, errEncrypt, errIntake, errSender); err != nil {
		return raw{}, err
	}

	return raw{sign, encrypt, intake, sender.PublicKey(), make([]byte, cardBytes), make([]byte, signedBytes)}, nil
}

func (r raw) job() error {
	shared, err := r.intake.ECDH(r.sender)
	if err != nil {
		return err
	}

	if err := gcm(shared, r.card); err != nil { // opening costs what sealing does
		return err
	}

	key := make([]byte, 16)
	_, _ = rand.Read(key)

	if err := gcm(key, r.card); err != nil {
		return err
	}

	if _, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &r.encrypt.PublicKey, key, nil); err != nil {
		return err
	}

	digest := sha256.Sum256(r.base)
	_, err = rsa.SignPKCS1v15(rand.Reader, r.sign, crypto.SHA256, digest[:])

	return err
}

func gcm(key, text []byte) error {
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}

	mode, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return err
	}

	mode.Seal(nil, nil, text, nil) //nolint:gosec // the mode makes the nonce itself, and takes none

	return nil
}

// threadTime is the processor time of this thread.
func threadTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &usage); err != nil {
		return 0, fmt.Errorf("reading this thread's processor time: %w", err)
	}

	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}
