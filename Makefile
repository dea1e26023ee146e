# What people type. `make check` is what CI runs.

PREFIX ?= /usr/local
CARGO  ?= cargo

.PHONY: run test check fmt lint docs deny judge bench faults soak install

# Serves the sample feeds: no set-up, no network.
run:
	$(CARGO) run --release

# Everything that the tests need they make themselves, in temporary folders.
test:
	$(CARGO) test --locked

check: fmt lint docs test deny

fmt:
	$(CARGO) fmt --check

lint:
	$(CARGO) clippy --locked --all-targets -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items

deny:
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		$(CARGO) deny --offline check licenses sources bans; \
	else \
		echo "cargo-deny is not installed: licences, sources and bans were not checked (cargo install cargo-deny)"; \
	fi

# All that is published before judges that nobody here wrote: xmllint, and where they are named
# ATOM_RNG (RFC 4287's grammar) and FEEDVALIDATOR (a checkout of w3c/feedvalidator).
judge:
	$(CARGO) build --locked
	sh tests/judge.sh target/debug/feedmill $(FEEDVALIDATOR)

# Each stage by itself, then the whole beside a peer, where one is there.
bench:
	$(CARGO) bench --locked --bench stages
	$(CARGO) bench --locked --features jemalloc --bench workloads

# Kills, full disks, damage, hostile input: an hour, writes docs/faults.md. The same
# again: `make faults SEED=4711`; a part of it: `make faults PART=kills`.
faults:
	$(CARGO) test --locked --test faults -- full $(if $(SEED),seed=$(SEED)) $(PART)

# A simulated day with a thousand sources and faults, with the allocator of `make install`.
soak:
	$(CARGO) bench --locked --features jemalloc --bench soak

install:
	$(CARGO) build --locked --profile dist --features jemalloc
	install -Dm755 target/dist/feedmill $(DESTDIR)$(PREFIX)/bin/feedmill
	install -Dm644 systemd/feedmill.service $(DESTDIR)/etc/systemd/system/feedmill.service
	install -Dm644 systemd/feedmill.socket $(DESTDIR)/etc/systemd/system/feedmill.socket
	install -Dm644 systemd/feedmill-refresh@.service $(DESTDIR)/etc/systemd/system/feedmill-refresh@.service
	install -Dm644 systemd/feedmill-poll.service $(DESTDIR)/etc/systemd/system/feedmill-poll.service
	install -Dm644 systemd/feedmill-serve.service $(DESTDIR)/etc/systemd/system/feedmill-serve.service
	install -Dm644 systemd/feedmill-serve.socket $(DESTDIR)/etc/systemd/system/feedmill-serve.socket
	for file in README.md ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md LICENSE-APACHE LICENSE-MIT docs/*.md config/feedmill.yaml; do \
		install -Dm644 $$file $(DESTDIR)/usr/share/doc/feedmill/$$file || exit 1; \
	done
	install -Dm644 systemd/feedmill.service.d/posts.conf $(DESTDIR)/usr/share/doc/feedmill/posts.conf
	test -e $(DESTDIR)/etc/feedmill/feedmill.yaml || install -Dm644 config/production.yaml $(DESTDIR)/etc/feedmill/feedmill.yaml
	mkdir -p $(DESTDIR)/etc/feedmill/feeds
