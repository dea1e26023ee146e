#!/bin/sh
# Every document of the samples and of awkward input before judges that nobody here wrote:
# xmllint, the grammar of RFC 4287, the JSON Feed schema's rules, the W3C Feed Validator;
# and before our own, `feedmill lint`.
#
#   [ATOM_RNG=atom.rng] [PYTHON=python3] sh tests/judge.sh FEEDMILL [FEEDVALIDATOR]
#
# ATOM_RNG is RFC 4287's appendix B as RELAX NG in XML (rnc2rng, without its empty prefix).
# FEEDVALIDATOR is a checkout of w3c/feedvalidator, PYTHON one that has html5lib and rdflib. A judge
# that is not installed is named and passed over.
#
# Judged is what `build` writes (whole feeds, each part of them, archives, OPML), what the daemon
# answers to `tests/judge/selections`, and what the tests compare with.
set -eu
feedmill=$1
w3c=${2:-}
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
daemon= origin=
trap 'kill $daemon $origin 2>/dev/null || :; rm -rf "$work"' EXIT
failed=0

build() { # NAME FEEDS CONFIG-LINES
    printf 'base_url: https://feeds.example.org\nfeeds: %s\nstate: %s\nlisten: unix:%s\n%s\n' \
        "$2" "$work/state-$1" "$work/$1.sock" "$3" >"$work/$1.yaml"
    # A feed file that is refused leaves nothing to judge.
    "$feedmill" --config "$work/$1.yaml" check >"$work/$1.log" || { cat "$work/$1.log"; exit 1; }
    "$feedmill" --config "$work/$1.yaml" build --archives --out "$work/out/$1" >"$work/$1.log" 2>&1 || {
        # 2: a source failed, which awkward input may.
        [ $? -eq 2 ] || { cat "$work/$1.log"; exit 1; }
    }
}

ask() { # NAME PATH FILE: what the daemon answers there, into the file
    curl -s -S -f -g --max-time 30 --unix-socket "$work/$1.sock" -o "$work/out/$1/asked/$3" "http://feeds.example.org$2" || {
        echo "$1: $2 is not answered"
        failed=1
    }
}

serve() { # NAME: asks the daemon of what was built for each of the selections
    mkdir -p "$work/out/$1/asked"
    "$feedmill" --config "$work/$1.yaml" run >"$work/$1.run" 2>&1 &
    daemon=$!
    curl -s -f --retry 50 --retry-delay 0 --retry-all-errors --retry-max-time 30 \
        --unix-socket "$work/$1.sock" -o /dev/null http://feeds.example.org/health/ready ||
        { cat "$work/$1.run"; exit 1; }
    number=0
    while IFS= read -r query; do
        number=$((number + 1))
        for path in $2; do
            name=$(printf %s "$path" | tr -c 'a-z0-9\n' -)
            for format in atom rss json; do
                ask "$1" "$path.$format?$query" "$name-$number.$format"
            done
        done
    done <"$here/tests/judge/selections"
    ask "$1" /feeds.opml feeds.opml
    ask "$1" '/feeds.opml?format=rss' feeds-rss.opml
    kill "$daemon"
    wait "$daemon"
    daemon=
}

# What others publish, and what is wrong with it, as sources of feeds.
read_feeds() {
    mkdir "$work/read-feeds"
    python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$here/tests" >"$work/origin" 2>"$work/origin.log" &
    origin=$!
    until grep -q ' port ' "$work/origin"; do kill -0 "$origin"; done
    port=$(sed 's/.* port \([0-9]*\).*/\1/' "$work/origin")
    (cd "$here/tests" && ls read_feed/* extensions/* spoiled_feeds/* publish/*/feed.* lint/*) |
        grep -E '\.(xml|json|atom|rss)$' | grep -v '\.expected\.' |
        while IFS= read -r path; do
            id=$(printf %s "$path" | tr -c 'a-z0-9\n' -)
            printf 'sources: [{feed: "http://127.0.0.1:%s/%s"}]\n' "$port" "$path" >"$work/read-feeds/$id.yaml"
        done
    printf 'title: All of them\ndedupe: id\nlimit: 1000\nsources: [{from: [%s]}]\n' \
        "$(cd "$work/read-feeds" && echo *.yaml | sed 's/\.yaml//g; s/ /, /g')" >"$work/mix.yaml"
    mv "$work/mix.yaml" "$work/read-feeds/mix.yaml"
    build read "$work/read-feeds" 'fetch: {allow: ["127.0.0.0/8"], host_interval: 0s, per_host: 8}'
    kill "$origin"
    origin=
}

[ -d "$here/feeds" ] && build samples "$here/feeds" 'defaults: {limit: 3}'
build awkward "$here/tests/judge/feeds" 'defaults: {limit: 4}'
if command -v python3 >/dev/null; then
    read_feeds
else
    echo "python3 is not here: feeds of others were not read"
fi
if command -v curl >/dev/null; then
    [ -d "$here/feeds" ] && serve samples '/finews /citynotes /mix /all'
    serve awkward "/awkward /none /summaries /mix /all /t/$(sed -n 's/^ann: //p' "$here/tests/judge/tokens")/private"
    [ -d "$work/out/read" ] && serve read '/extensions-podcast-xml /mix'
else
    echo "curl is not here: no selection by URL was judged"
fi
# What the tests compare with.
mkdir -p "$work/out/golden"
(cd "$here/tests" && find publish samples extensions -name '*.atom' -o -name '*.rss' -o -name '*.opml' -o -path '*publish*.json') |
    while IFS= read -r path; do cp "$here/tests/$path" "$work/out/golden/$(printf %s "$path" | tr / -)"; done

find "$work/out" -name '*.atom' -o -name '*.rss' | sort >"$work/xml"
find "$work/out" -name '*.json' | sort >"$work/json"
echo "$(wc -l <"$work/xml") XML and $(wc -l <"$work/json") JSON documents, archives among them"

if command -v xmllint >/dev/null; then
    tr '\n' '\0' <"$work/xml" | xargs -0 xmllint --noout || failed=1
    find "$work/out" -name '*.opml' -exec xmllint --noout {} + || failed=1
    if [ -n "${ATOM_RNG:-}" ]; then
        find "$work/out" -name '*.atom' -exec xmllint --noout --relaxng "$ATOM_RNG" {} + \
            >"$work/rng" 2>&1 || { grep -v ' validates$' "$work/rng"; failed=1; }
    else
        echo "no ATOM_RNG was named: RFC 4287's grammar did not judge"
    fi
else
    echo "xmllint is not here: no XML was judged"
fi
if command -v python3 >/dev/null; then
    python3 "$here/tests/judge/json_feed.py" "$work/json" || failed=1
else
    echo "python3 is not here: no JSON was judged"
fi
find "$work/out" -name '*.atom' -o -name '*.rss' -o -name '*.json' -o -name '*.opml' | tr '\n' '\0' |
    xargs -0 "$feedmill" lint >"$work/lint" || failed=1
# An id is carried as its source wrote it, also where that is `7`.
grep -v '\[weak-id\]$' "$work/lint" | grep -E ': (error|warning): ' && failed=1
if [ -n "$w3c" ]; then
    { cat "$work/xml"; find "$work/out" -name '*.opml'; } | tr '\n' '\0' |
        xargs -0 "$python" "$here/tests/judge/w3c.py" "$w3c" || failed=1
else
    echo "no checkout of w3c/feedvalidator was named: it did not judge"
fi
[ "$failed" -eq 0 ] && echo "no findings"
exit "$failed"
