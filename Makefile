SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Pinned, built by `go run` or `go install` on first use, and in no go.mod.
GOLANGCI_VERSION := 2.15.0
GOVULNCHECK_VERSION := 1.9.0
SBOM_VERSION := 1.9.0
PROMTOOL_VERSION := 0.316.0

FUZZTIME ?= 10s
BENCHTIME ?= 1s
# CI vets in make lint, and does other work beside the tests, so that packages take longer.
TEST_FLAGS := $(if $(RACE),-race) $(if $(CI),-shuffle=on -count=1 -vet=off -timeout=25m)

# A program under the race detector waits for a second when it ends, in case another thread has something to report. The tests
# start some hundreds of them.
export GORACE ?= atexit_sleep_ms=50

.PHONY: help
help: ## What there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## A file of cards all the way to outcomes: NATS, Postgres, sandbox API and worker in one process
	go run ./cmd/demo

# The modules tools and deploy read files outside themselves, which go test's cache does not watch: hence -count=1.
# After a change of go.mod run `go mod tidy` in deploy and bench too.
.PHONY: test
test: ## All tests (RACE=1: with the race detector, which needs a C compiler)
	go test $(TEST_FLAGS) ./...
	cd tools && go test $(TEST_FLAGS) -count=1 ./...
	cd deploy && go test $(filter-out -race,$(TEST_FLAGS)) -count=1 ./...

# Debian's python3-jwcrypto where Python has none: that is for /usr/bin/python3, which the tests try as well.
.PHONY: examples
examples: ## Run docs/examples against a queue: needs node 20, npm and python3, and fetches what their lock files name
	@for tool in node npm python3; do command -v $$tool >/dev/null || { echo "make examples needs $$tool"; exit 1; }; done
	@jwcrypto() { python3 -c 'import jwcrypto' 2>/dev/null || /usr/bin/python3 -c 'import jwcrypto' 2>/dev/null; }; \
	jwcrypto || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q python3-jwcrypto; } || true; \
	if jwcrypto; then skip=; \
	else skip=Python; echo "NOT CHECKED: the Python samples need the package jwcrypto: pip install jwcrypto, or apt-get install python3-jwcrypto"; fi; \
	go test $(TEST_FLAGS) -count=1 -tags examples $${skip:+-skip $$skip} ./docs/examples

.PHONY: lint
lint: ## gofmt, go vet, golangci-lint
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "not formatted, run gofmt -w:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	cd tools && go vet ./...
	cd deploy && go vet ./...
	$(golangci) run ./...
	cd tools && $(golangci) run --config ../.golangci.yml ./...
	cd deploy && $(golangci) run --config ../.golangci.yml ./...

# The peers of the benchmark and the driver of the browser take minutes to compile, and nothing else needs them.
.PHONY: lint-all
lint-all: lint ## The same, and the modules bench and test/browser: after a change there, or of go.mod
	cd bench && go vet ./...
	cd test/browser && go vet ./...
	cd bench && $(golangci) run --config ../.golangci.yml ./...
	cd test/browser && $(golangci) run --config ../../.golangci.yml ./...

# The binary in PATH when it is that version, else one built from source, which
# takes minutes the first time.
golangci = $(if $(findstring version $(GOLANGCI_VERSION) ,$(shell golangci-lint version 2>/dev/null)),golangci-lint,\
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(GOLANGCI_VERSION))

# Built without the discovery of targets, which nothing here needs: two minutes the first time.
.PHONY: check-deploy
check-deploy: ## The alerts of deploy/prometheus, checked and tested with promtool
	@bin=$$(mktemp -d); trap 'rm -rf "$$bin"' EXIT; \
	GOBIN="$$bin" go install -tags remove_all_sd github.com/prometheus/prometheus/cmd/promtool@v$(PROMTOOL_VERSION); \
	cd deploy/prometheus; "$$bin/promtool" check rules --lint=all --lint-fatal enroll.rules.yml; \
	"$$bin/promtool" test rules enroll.rules.test.yml

.PHONY: generate
generate: ## Write generated files anew
	go generate ./...

# In a copy, so that the check changes nothing and needs no clean checkout. The old
# date shows which files no go:generate line writes.
.PHONY: verify-generate
verify-generate: ## Fail when a generated file is not what `make generate` writes
	@copy=$$(mktemp -d); trap 'rm -rf "$$copy"' EXIT; \
	tar -cf - --exclude=./.git --exclude=./.demo . | tar -xf - -C "$$copy"; \
	find "$$copy" -name '*.gen.go' -exec touch -t 200001010000 {} +; \
	(cd "$$copy" && go generate ./...); \
	diff -r --exclude=.git --exclude=.demo . "$$copy" || { echo "out of date, run: make generate"; exit 1; }; \
	orphans=$$(find "$$copy" -name '*.gen.go' -mtime +365); \
	[ -z "$$orphans" ] || { echo "written by no go:generate line:"; echo "$$orphans"; exit 1; }; \
	echo "generated files are up to date"

# Exit status 3 means findings. A machine without a way to the database is told so, and not failed for it.
.PHONY: vuln
vuln: ## Known vulnerabilities in what the code calls
	@bin=$$(mktemp -d); trap 'rm -rf "$$bin"' EXIT; \
	GOBIN="$$bin" go install golang.org/x/vuln/cmd/govulncheck@v$(GOVULNCHECK_VERSION); \
	status=0; "$$bin/govulncheck" ./... >"$$bin/out" 2>&1 || status=$$?; \
	cat "$$bin/out"; \
	if [ $$status = 1 ] && grep -q 'fetching vulnerabilities' "$$bin/out"; then \
		echo "NOT CHECKED: the vulnerability database could not be reached"; \
	else exit $$status; fi

.PHONY: fuzz
fuzz: ## Every fuzz test for FUZZTIME (10s) each
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort | while IFS=: read -r file func; do \
		name=$${func#func }; echo "== $$name in $$(dirname "$$file")"; \
		go test -run='^$$' -fuzz="^$$name$$" -fuzztime=$(FUZZTIME) "$$(dirname "$$file")" </dev/null; \
	done

.PHONY: bench
bench: ## Every benchmark for BENCHTIME (1s) each
	go test -run='^$$' -bench=. -benchmem -benchtime=$(BENCHTIME) ./...

JOBS ?= 2000
.PHONY: bench-queue
bench-queue: ## Jobs a second through one node and three, each with default sync and sync always (JOBS=)
	go test -count=1 -timeout=4h -v -run='^TestThroughput$$' ./test/throughput -jobs=$(JOBS)

# Tests look at the same plans with 100,000 jobs. Five million take two to ten minutes, nearly all of it to write them.
PLAN_JOBS ?= 5000000
.PHONY: plans
plans: ## The plans of every view, and of what the store asks, with PLAN_JOBS (5000000) jobs in 5,000 batches
	ENROLL_TEST_PLAN_JOBS=$(PLAN_JOBS) go test -count=1 -timeout=1h -v -run='^TestOperatorsQueriesUseIndexes$$' ./pkg/store

.PHONY: questions
questions: ## The times of the thirty questions of docs/questions.md with PLAN_JOBS (5000000) jobs
	ENROLL_TEST_PLAN_JOBS=$(PLAN_JOBS) go test -count=1 -timeout=2h -v -run='^TestQuestionsOfOperatorsReadNoBigTable$$' ./pkg/store

# The figures of files of cards: submit as a process of its own beside a server that syncs each write.
ROWS ?= 1000000
.PHONY: bench-bulk
bench-bulk: ## A file of ROWS (1000000) rows validated, sealed and published: rows a second, processor and memory of submit
	go test -run='^$$' -bench='^BenchmarkBulk$$' -benchtime=1x -timeout=2h ./internal/cli -rows=$(ROWS)

# Another seed is another script of faults. A run of 1,000 faults takes some 25 minutes.
SEED ?= 1
FAULTS ?= 200
.PHONY: chaos
chaos: ## Kill, cut and slow everything while jobs run, and count what was lost or doubled (SEED=, FAULTS=, JOBS=)
	go test -count=1 -timeout=4h -v -run='^TestNothingAccepted' ./test/chaos -seed=$(SEED) -faults=$(FAULTS) -jobs=$(JOBS) -every=1s

# The last revision before the migrations that this one brought, such as a tag, or HEAD~20.
FROM ?=
.PHONY: upgrade-test
upgrade-test: ## Workers of an earlier revision and of this one over a migration, under faults, there and back (FROM=, SEED=, FAULTS=, JOBS=)
	./tools/upgrade-test "$(FROM)" -seed=$(SEED) -faults=$(FAULTS) -jobs=$(JOBS) -every=1s

# Its own module, so that the project does not depend on what it is compared with. docs/benchmarks.md says what is measured.
PEER_JOBS ?= 4000
ROUNDS ?= 3
IN_FLIGHT ?= 64,256
SYNC ?= default
.PHONY: bench-peers
bench-peers: ## The worker beside a plain loop, Watermill and River (PEER_JOBS=, ROUNDS=, IN_FLIGHT=64,256, SYNC=default,always)
	cd bench && go run . --jobs=$(PEER_JOBS) --rounds=$(ROUNDS) --in-flight=$(IN_FLIGHT) --sync=$(SYNC)

.PHONY: bench-peers-test
bench-peers-test: ## Whether each of them still does the work: 60 jobs each
	cd bench && go test -count=1 ./...

# Its own module, so that the project does not depend on what drives a browser.
.PHONY: console-test
console-test: ## The console in a real browser, which has to be there: each page by axe, each act by clicking (SHOTS=1 writes docs/images)
	cd test/browser && go test -count=1 . $(if $(SHOTS),-shots)

.PHONY: build
build: ## worker and submit, for production, and demo and sandbox, for development, in bin/
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/ ./cmd/...

.PHONY: release
release: ## Archives for linux and darwin, amd64 and arm64, with checksums and bills of materials, in dist/ (PLATFORMS=linux/amd64)
	SBOM_VERSION=$(SBOM_VERSION) ./tools/release

.PHONY: clean
clean: ## Remove what builds and demos left in this directory
	rm -rf .demo bin dist worker submit demo sandbox
	find . -type f \( -name '*.test' -o -name '*.out' \) -not -path './.git/*' -delete
