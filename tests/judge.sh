#!/bin/sh
# Every document of the samples and of awkward input before judges that nobody here wrote:
# xmllint, the grammar of RFC 4287, the JSON Feed schema's rules, the W3C Feed Validator;
# and before our own, `feedmill lint`.
#
#   [ATOM_RNG=atom.rng] sh tests/judge.sh FEEDMILL [W3C-JUDGE]
#
# ATOM_RNG is RFC 4287's appendix B as RELAX NG in XML (rnc2rng, without its empty prefix).
# W3C-JUDGE is a program that takes files and prints what it finds (level AA,
# DuplicateUpdated let through). A judge that is not installed is named and passed over.
set -eu
feedmill=$1
w3c=${2:-}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

build() { # NAME FEEDS CONFIG-LINES
    printf 'base_url: https://feeds.example.org\nfeeds: %s\nstate: %s\n%s\n' "$2" "$work/state-$1" "$3" >"$work/$1.yaml"
    "$feedmill" --config "$work/$1.yaml" build --archives --out "$work/out/$1" >"$work/$1.log" 2>&1 || {
        # 2: a source failed, which awkward input may.
        [ $? -eq 2 ] || { cat "$work/$1.log"; exit 1; }
    }
    # A feed file that is refused leaves nothing to judge.
    if grep ': error: ' "$work/$1.log"; then exit 1; fi
}

[ -d "$here/feeds" ] && build samples "$here/feeds" 'defaults: {limit: 3}'
build awkward "$here/tests/judge/feeds" 'defaults: {limit: 4}'

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
grep -q -E ': (error|warning): ' "$work/lint" && { grep -A1 -E ': (error|warning): ' "$work/lint"; failed=1; }
if [ -n "$w3c" ]; then
    { cat "$work/xml"; find "$work/out" -name '*.opml'; } | tr '\n' '\0' | xargs -0 python3 "$w3c" || failed=1
else
    echo "no W3C judge was named: it did not judge"
fi
[ "$failed" -eq 0 ] && echo "no findings"
exit "$failed"
