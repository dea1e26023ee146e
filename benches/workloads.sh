#!/bin/sh
# The end-to-end workloads beside a peer, each pair in turn (A B A B …), as a table of medians and ratios:
#
#     benches/workloads.sh                    W1 with 1,000 and 10,000 posts, W4
#     SIZES=1000 RUNS=9 benches/workloads.sh
#
# Variables: FEEDMILL (the release build), HARNESS (../shared/bench: the generators and `pair.py`),
# HUGO, RUNS (5), SIZES ("1000 10000"), DATA (target/workloads), PORT (8797).
# What is missing is skipped, and said.
set -eu
cd "$(dirname "$0")/.."

HARNESS=${HARNESS:-../shared/bench}
HUGO=${HUGO:-hugo}
RUNS=${RUNS:-5}
SIZES=${SIZES:-1000 10000}
DATA=${DATA:-target/workloads}
PORT=${PORT:-8797}
FEEDMILL=${FEEDMILL:-${CARGO_TARGET_DIR:-target}/release/feedmill}

skip() { echo "skipped: $*"; }
has() { command -v "$1" >/dev/null 2>&1; }

if ! has python3; then skip "W1 and W4: \`python3\` is not installed"; exit 0; fi
for file in pair.py gen_posts.py w1_setup.sh w4_idle.py; do
	if ! [ -f "$HARNESS/$file" ]; then
		skip "W1 and W4: \`$HARNESS/$file\` is not there; HARNESS=<folder> names the harness"; exit 0
	fi
done
if ! [ -x "$FEEDMILL" ]; then
	skip "W1 and W4: \`$FEEDMILL\` is not there; \`cargo build --release\` makes it, FEEDMILL=<program> names another"; exit 0
fi
PEER=$HUGO
if ! has "$HUGO"; then skip "the side of Hugo: \`$HUGO\` is not installed; HUGO=<program> names one"; PEER=; fi

HARNESS=$(cd "$HARNESS" && pwd)
FEEDMILL=$(cd "$(dirname "$FEEDMILL")" && pwd)/$(basename "$FEEDMILL")
mkdir -p "$DATA"
DATA=$(cd "$DATA" && pwd)

# The figures of pair.py's text, as a row: wall, CPU and peak of both sides, and the ratios.
row() {
	awk -v what="$1" '
		$1 == "feedmill" { a = sprintf("%9.3f %9.3f %9.1f", $3, $5, $6) }
		$1 == "hugo" { b = sprintf("%9.3f %9.3f %9.1f", $3, $5, $6) }
		/ ratio, pair by pair/ { ratio[$2] = sprintf("%.2f", $(NF - 2)) }
		/FAILED/ { failed = "  a check failed" }
		{ gsub(/[][]/, "", $0) }
		$1 ~ /^(feedmill|hugo)$/ && $7 != "0" { failed = "  a side failed: exits " $7 }
		END {
			if (b == "") b = sprintf("%9s %9s %9s", "-", "-", "-")
			printf "%-22s %s  %s  %8s %8s %8s%s\n", what, a, b,
				("wall" in ratio) ? ratio["wall"] : "-", ("cpu" in ratio) ? ratio["cpu"] : "-",
				("peak" in ratio) ? ratio["peak"] : "-", failed
		}'
}

# pair NAME CLEAN_A: a build in turn with Hugo's; CLEAN_A is what is removed before ours.
pair() {
	build="cd $SITES/product && $FEEDMILL --config feedmill.yaml --feeds feeds --state state build --out public"
	set -- "$1" -n "$RUNS" --warmup 1 --names feedmill,hugo \
		--prep-a "cd $SITES/product && rm -rf $2 none" --a "$build"
	what=$1; shift
	if [ -n "$PEER" ]; then
		# Hugo keeps nothing that tells it what has not changed: its build is always a whole one.
		set -- "$@" --prep-b "cd $SITES/hugo && rm -rf public resources .hugo_build.lock" \
			--b "cd $SITES/hugo && $HUGO --quiet"
	fi
	python3 "$HARNESS/pair.py" "$@" | row "$what"
}

echo "medians of $RUNS pairs; each ratio is the peer's cost by feedmill's, pair by pair"
printf '%-22s %29s  %29s  %26s\n' "" "feedmill" "hugo" "ratio hugo/feedmill"
printf '%-22s %9s %9s %9s  %9s %9s %9s  %8s %8s %8s\n' "W1: every feed, built" \
	"wall s" "CPU s" "peak MiB" "wall s" "CPU s" "peak MiB" wall CPU peak
for size in $SIZES; do
	SITES=$DATA/w1-$size
	FORMATS=3 sh "$HARNESS/w1_setup.sh" "$size" "$SITES" product ${PEER:+hugo} >/dev/null
	pair "$size posts, cold" "state public"
	pair "$size posts, no change" ""
done

# W4: the daemon over the smallest site, ready and asked for nothing, for ten seconds.
idle() {
	site=$DATA/w1-${SIZES%% *}/product
	sed "s/^listen:.*/listen: 127.0.0.1:$PORT/" "$site/feedmill.yaml" >"$site/idle.yaml"
	(cd "$site" && exec "$FEEDMILL" --config idle.yaml --feeds feeds --state state run >/dev/null 2>&1) &
	daemon=$!
	trap 'kill $daemon 2>/dev/null || true' EXIT
	tries=0
	until python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$PORT/health/ready', timeout=1)" 2>/dev/null; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 $daemon 2>/dev/null; then
			skip "W4: the daemon was not ready on port $PORT; PORT=<port> names another"; return
		fi
		sleep 0.1
	done
	python3 "$HARNESS/w4_idle.py" --seconds 10 "feedmill=$daemon"
}
echo
echo "W4: idle over ${SIZES%% *} posts"
idle
