# askwire's two commands for a newcomer are `make demo` and `make test`. `make help` lists the others.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

GO ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
ENGINES := $(CURDIR)/.engines
export ASKWIRE_ENGINES ?= $(ENGINES)
BIN := $(ENGINES)/bin

GOLANGCI := v2.15.0
LINT := $(BIN)/golangci-lint-$(GOLANGCI)

# What to test, and how: make test PKG=./guard/... TESTFLAGS='-run TestCases -v'
PKG ?= ./...
TESTFLAGS ?=
FUZZTIME ?= 60s

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: build
build: ## bin/askwire
	@mkdir -p bin
	$(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/askwire ./cmd/askwire

# The light engine is built only where neither MariaDB nor MySQL is at hand.
.PHONY: demo
demo: build ## start an engine, load the samples, start the proxy: one command
	@if ! PATH=$$PATH:/usr/sbin:/usr/local/sbin:/usr/libexec command -v mariadbd mysqld > /dev/null && [ ! -x "$(ASKWIRE_ENGINES)/mariadb/usr/sbin/mariadbd" ] \
		&& [ ! -x "$(ASKWIRE_ENGINES)/mysql/usr/sbin/mysqld" ]; then $(MAKE) --no-print-directory $(BIN)/askwire-embedded; fi
	@bin/askwire demo $(DEMOFLAGS)

.PHONY: test
test: engines lint vet ## everything: engines, linter, vet, race tests on every engine
	$(GO) build -o $(BIN)/engines ./internal/engine/cmd/engines
	$(BIN)/engines -- $(GO) test -race -timeout 20m $(TESTFLAGS) $(PKG)
	@echo 'make test: all passed'

.PHONY: mutate
mutate: ## take every rule and list entry of the guard away in turn; a test must miss it
	nice -n 19 $(GO) run ./internal/mutate $(MUTATE)

.PHONY: engines
engines: $(BIN)/askwire-embedded $(BIN)/askwire-tidb ## get and build the real servers that the tests need
	@scripts/engines.sh

.PHONY: vet
vet: $(BIN)/askwire-embedded ## go vet, of the nested modules too
	$(GO) vet ./...
	$(GO) vet -tags clients,clients_bi ./clients/...
	cd internal/embedded && $(GO) vet -tags gms_pure_go ./...

.PHONY: lint
lint: $(LINT) ## golangci-lint
	$(LINT) run ./...

# The linter is a program of its own: its modules never meet ours.
$(LINT):
	@mkdir -p $(BIN)
	GOFLAGS= GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	@mv $(BIN)/golangci-lint $@

$(BIN)/askwire-embedded: $(wildcard internal/embedded/*.go internal/embedded/*/*.go) internal/embedded/go.mod internal/embedded/go.sum
	@mkdir -p $(BIN)
	@echo 'building the embedded engine (once, about a minute)'
	cd internal/embedded && $(GO) build -tags gms_pure_go -ldflags '-s -w' -o $@ .

# Six minutes of processor time, once. Without symbols it is a third smaller.
$(BIN)/askwire-tidb: internal/tidbserver/go.mod internal/tidbserver/go.sum
	@mkdir -p $(BIN)
	@echo 'building TiDB (once, some minutes)'
	cd internal/tidbserver && $(GO) build -ldflags '-s -w -X github.com/pingcap/tidb/pkg/parser/mysql.TiDBReleaseVersion=v9.0.0-20251126' -o $@ github.com/pingcap/tidb/cmd/tidb-server

.PHONY: fuzz
fuzz: ## every fuzz target, a minute each (FUZZTIME=5m)
	@$(GO) list -f '{{.Dir}}' ./... | while read -r dir; do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$$dir"/*_test.go 2>/dev/null | sed 's/^func //'); do \
			echo "fuzz: $$dir $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$dir" || exit 1; \
		done; \
	done

.PHONY: fuzz-engines
fuzz-engines: engines ## the differential fuzz of the gate on MariaDB, MySQL and TiDB (FUZZTIME=60s)
	$(GO) test -run '^$$' -fuzz '^FuzzEngines$$' -fuzztime $(FUZZTIME) -parallel 1 ./guard

.PHONY: mariadb-suite
mariadb-suite: engines ## every SELECT of MariaDB's own test suite through the gate (half an hour)
	ASKWIRE_SUITE=all $(GO) test -timeout 3h -run '^TestMariaDBSuite$$' -v ./guard

.PHONY: bench
bench: build ## side by side with a direct connection, HAProxy and a go-mysql handler
	@scripts/engines.sh --bench
	$(GO) run ./bench $(BENCHFLAGS)

# How long the soak runs; the figures are in docs/operations.md.
SOAK ?= 30m

.PHONY: soak
soak: build ## mixed clients and killed connections for half an hour, memory, goroutines and descriptors flat (SOAK=5m)
	@scripts/engines.sh
	$(GO) run ./bench -soak $(SOAK) -rows 200000

.PHONY: docker
docker: ## the container image
	docker build --build-arg VERSION=$(VERSION) -t askwire:$(VERSION) -t askwire:latest .

.PHONY: fmt
fmt: ## gofmt
	gofmt -w $$(git ls-files '*.go')

.PHONY: clean
clean: ## remove what was built; the engines stay (remove .engines for these)
	rm -rf bin bench/out
	$(GO) clean ./...

.PHONY: clients
clients: engines ## real clients, directly and through askwire, their transcripts compared (CLIENTS=pymysql,mysql2 narrows)
	@scripts/clients.sh
	$(GO) test -count=1 -tags clients -timeout 30m $(TESTFLAGS) ./clients

.PHONY: clients-bi
clients-bi: engines ## Superset, LibreOffice, Adminer and phpMyAdmin in a real browser; writes docs/clients-bi.md
	@scripts/clients-bi.sh
	$(GO) test -count=1 -v -tags clients_bi -timeout 45m $(TESTFLAGS) ./clients/bi
