#!/bin/sh
# Compiles the fixtures to objects, and records the hash of every source with the compiler's version.
#   usage: build.sh [OUTPUT FOLDER]      (default: ../resources/bpf)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../resources/bpf}
clang=${CLANG:-clang}
mkdir -p "$out"
for source in "$here"/*.bpf.c; do
	name=$(basename "$source" .bpf.c)
	(cd "$here" && "$clang" -O2 -g -Wall -Werror -target bpf -mcpu=v3 -I/usr/include/x86_64-linux-gnu \
		-fdebug-prefix-map="$here"=. -c "$name.bpf.c" -o "$out/$name.o")
done
{
	"$clang" --version | head -n 1
	cd "$here" && sha256sum ./*.bpf.c
} >"$out/SOURCES"
