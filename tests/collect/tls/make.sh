#!/bin/sh
# Makes the certificates beside it anew; needs openssl. Everything in them is for tests
# alone: the keys are public, and nobody but a test trusts the root.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null ||
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
key "$work/root.key"
key leaf.key
openssl req -x509 -new -key "$work/root.key" -subj "/CN=a root for tests" -days 36500 -sha256 \
    -addext "keyUsage=critical,keyCertSign" -out root.crt
# file, hash, first and last second, names
leaf() {
    : > "$work/index"
    openssl req -new -key leaf.key -subj "/CN=$1" -out "$work/leaf.csr"
    printf 'subjectAltName=%s\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n' "$5" > "$work/extensions"
    printf '[ca]\ndefault_ca=it\n[it]\ndatabase=%s/index\nnew_certs_dir=%s\nrand_serial=yes\npolicy=any\n[any]\ncommonName=supplied\n' \
        "$work" "$work" > "$work/ca"
    openssl ca -batch -notext -config "$work/ca" -cert root.crt -keyfile "$work/root.key" -md "$2" \
        -startdate "$3" -enddate "$4" -extfile "$work/extensions" -in "$work/leaf.csr" -out "$1.crt" 2>/dev/null
}
names="IP:127.0.0.1,DNS:localhost,DNS:*.origin.example"
leaf good sha256 20200101000000Z 21200101000000Z "$names"
leaf expired sha256 20200101000000Z 20210101000000Z "$names"
leaf not-yet sha256 21190101000000Z 21200101000000Z "$names"
leaf other-host sha256 20200101000000Z 21200101000000Z "DNS:elsewhere.example"
leaf sha1 sha1 20200101000000Z 21200101000000Z "$names"
