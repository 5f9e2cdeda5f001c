# `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help run demo test unit end-to-end test-sanitize check-index check-nodes bench measure deb install uninstall format lint clean

# The number of Swift tests that run at once. With all of them at once, a test takes 15 seconds instead of 4, and
# under a sanitizer longer than a client waits for its answer.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 16

help:           ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

run:            ## build, then serve http://127.0.0.1:8080/ with the data in ./data
	@scripts/run

demo:           ## the life of a token, step by step, with real nginx, Maven and Git
	@scripts/demo

test:           ## all tests; installs what they need
	@scripts/prepare-tests
	@$(MAKE) --no-print-directory unit end-to-end

unit:           ## the tests in Swift
	@scripts/install-test-deps unit
	swift build --build-tests
	swift test --skip-build
	JETON_TEST_LEDGER=postgresql swift test --skip-build --filter 'LedgerConformance|OnPostgreSQL'

end-to-end:     ## the real binary with real proxies, Maven, Git and Chromium (TESTS=… for some of them)
	@scripts/install-test-deps
	@scripts/build
	.venv/bin/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder \
		$(or $(TESTS),Tests/EndToEnd)

test-sanitize:  ## the tests in Swift under the address, undefined-behaviour and thread sanitizers
	@scripts/test-sanitize

check-index:    ## for a minute each, readers of one and of three nodes while all changes, checked against models
	@scripts/install-test-deps unit
	swift build --build-tests
	JETON_CHECK_SECONDS=$(or $(FOR),60) swift test --skip-build --filter 'GateCheckTests|TokenModelTests'
	JETON_TEST_LEDGER=postgresql JETON_CHECK_SECONDS=$(or $(FOR),60) swift test --skip-build --filter TokenModelTests

check-nodes:    ## for five minutes, three nodes on PostgreSQL with failing networks (TESTS=…; as root)
	@scripts/install-test-deps
	@scripts/build
	@scripts/build-next
	@scripts/build-before
	.venv/bin/python -m pytest $(or $(TESTS),Tests/Faults)

bench:          ## the benchmark, compared with others (ROUNDS=7 SECONDS=10 ONLY=peak,…; PROFILE=1 for a flame graph)
	@scripts/bench

measure:        ## how easy the sources are to read: files, walks, names, comments (LIST=1 for the details)
	@scripts/measure-sources $(if $(LIST),--list)

deb:            ## the Debian package, .build/deb/jeton_….deb
	@scripts/deb

install:        ## install what `make run` has built, with a systemd unit (PREFIX=/usr/local, DESTDIR=)
	@scripts/install

uninstall:      ## remove that again; data and configuration stay
	@scripts/install --remove

format:         ## format all Swift files
	swift format --in-place --parallel --recursive Package.swift Sources Tests

lint:           ## check the format, the shell scripts, and the paths that documents and comments name
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
	@scripts/lint-shell
	@scripts/lint-paths

clean:          ## remove everything that was built; keeps ./data
	rm -rf .build .venv .venv-canaille
