# Everything here works on a fresh machine with Go, Node.js and make; what is
# missing beside them, "make deps" installs.

MODULES := . benchmarks cmd/sio examples examples/integration interop webtransport
GO      := go
export PATH := $(PATH):/usr/local/go/bin

.PHONY: help run test check unit race interop control integration browser chaos fuzz bench deps tools

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: ## serve the demos on http://127.0.0.1:3000/
	$(GO) run ./cmd/sio demo

test: deps check unit race interop integration browser ## prove everything

check: deps ## formatting, vet, staticcheck, generated files, types
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "not formatted:"; echo "$$unformatted"; exit 1; }
	$(GO) vet $(MODULES:%=./%/...)
	cd tools && GOWORK=off $(GO) build -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	bin/staticcheck $(MODULES:%=./%/...)
	GOOS=windows $(GO) vet ./...
	GOOS=darwin $(GO) vet ./...
	GOOS=js GOARCH=wasm $(GO) build ./client && cd examples && GOOS=js GOARCH=wasm $(GO) vet ./wasm/page
	cd browser && npm run --silent check && node build.mjs --check
	cd examples && npm run --silent check
	cd interop/js && node golden.mjs --check

unit: ## the tests of the root module, on event loops and without, of the binary and the benchmarks
	$(GO) test ./... ./cmd/sio/... ./benchmarks/... ./webtransport/...
	$(GO) test -tags portable ./websocket ./engine ./server ./client

race: ## the root module and WebTransport under the race detector
	$(GO) test -race ./... ./webtransport/...

interop: deps ## the npm client against our server, and our Go client against the npm server
	$(GO) test -count=1 -parallel 8 ./interop/...

integration: deps ## our server under chi, gin and echo, over HTTP/2, behind nginx
	$(GO) test -count=1 ./examples/integration/...

control: deps ## the scenarios of interop against the official server, and with deliberate faults
	cd interop/js && node run.mjs && node mutants.mjs

browser: deps ## our browser client in Node, and the demos in Chromium
	cd browser && npm test --silent
	$(GO) test -count=1 ./examples/...

chaos: ## the Go client on a bad network for two minutes
	SOCKETIO_CHAOS=2m $(GO) test -race -count=1 -v -run TestChaos -timeout 10m ./client

fuzz: ## 30 seconds for each parser
	@for target in $$(grep -rlE '^func Fuzz' --include='*_test.go' packet engine websocket webtransport internal | xargs grep -hoE '^func Fuzz[A-Za-z0-9]+' | sed 's/func //' | sort -u); do \
		pkg=./$$(dirname $$(grep -rl "^func $$target(" --include='*_test.go' packet engine websocket webtransport internal)); \
		echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $${FUZZTIME:-30s} $$pkg || exit 1; \
	done

bench: ## measure beside the peers, an hour alone on the machine; writes docs/benchmarks.md
	$(GO) run ./benchmarks/cmd/bench

deps: ## install what the tests need: npm packages, Chromium, nginx
	@for dir in browser examples interop/js; do \
		stamp=$$dir/node_modules/.installed; \
		test $$stamp -nt $$dir/package-lock.json || { (cd $$dir && npm ci --no-audit --no-fund --ignore-scripts) && touch $$stamp || exit 1; }; \
	done
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium; } \
		|| { echo "Chromium is missing: install the package chromium, or run make deps as root on Debian"; exit 1; }
	@command -v nginx >/dev/null || test -x /usr/sbin/nginx || { test "$$(id -u)" = 0 && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends nginx; } \
		|| { echo "nginx is missing: install the package nginx, or run make deps as root on Debian"; exit 1; }
