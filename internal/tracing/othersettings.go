package tracing

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// What the library reads by itself is looked at here, as it passes over what is wrong in silence.

// sampler checks OTEL_TRACES_SAMPLER.
func (r *reader) sampler() {
	const name, argument = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"

	value := r.oneOf("", "parentbased_always_on", []string{
		"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
	}, name)

	_, ratio := r.get(argument)
	if ratio == "" || !strings.HasSuffix(value, "traceidratio") {
		return
	}

	if part, err := strconv.ParseFloat(ratio, 64); err != nil || !(part >= 0 && part <= 1) {
		r.wrongf(argument, "is no number from 0 to 1; 1 is taken")
	}
}

// rest checks what is left of OTEL_EXPORTER_OTLP_*, each by its general name and that of traces.
func (r *reader) rest() {
	r.each("TIMEOUT", func(value string) string {
		if n, err := strconv.Atoi(value); err != nil || n < 1 {
			return "is no number of milliseconds; 10000 is taken"
		}

		return ""
	})
	r.each("COMPRESSION", func(value string) string {
		if value != "gzip" && value != "none" {
			return "is neither gzip nor none, and is taken for none"
		}

		return ""
	})
	r.each("HEADERS", headersFault)
	r.each("CERTIFICATE", func(file string) string {
		text, err := os.ReadFile(file)
		if err == nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
			err = errors.New("it has no certificate in PEM")
		}

		return fileFault(err)
	})

	for _, of := range []string{"", "TRACES_"} {
		name, certificate := r.get(prefix + of + "CLIENT_CERTIFICATE")
		_, key := r.get(prefix + of + "CLIENT_KEY")

		if certificate == "" {
			continue
		}

		if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
			r.wrongf(name, "%s", fileFault(err))
		}
	}
}

const prefix = "OTEL_EXPORTER_OTLP_"

func (r *reader) each(suffix string, check func(value string) (fault string)) {
	for _, of := range []string{"", "TRACES_"} {
		name, value := r.get(prefix + of + suffix)
		if value == "" {
			continue
		}

		if fault := check(value); fault != "" {
			r.wrongf(name, "%s", fault)
		}
	}
}

// headersFault repeats nothing: what stands there is mostly a token.
func headersFault(value string) string {
	for pair := range strings.SplitSeq(value, ",") {
		name, text, found := strings.Cut(pair, "=")
		_, err := url.PathUnescape(text)

		if !found || strings.TrimSpace(name) == "" || err != nil {
			return "is not name=value,name=value; what is not is left out"
		}
	}

	return ""
}

func fileFault(err error) string {
	if err == nil {
		return ""
	}

	return "cannot be used, and is passed over: " + err.Error()
}
