# To be read by a script that builds tools: what it does with one that is there already, or cannot be had.
# `here` is the script's folder.
missing=0

not_covered() {
    echo "not covered: $1" >&2
    missing=1
}

# sources NAME: a sum of the files in the folder NAME beside the script; nothing where there is none.
sources() {
    [ ! -d "$here/$1" ] || cat "$here/$1"/* | cksum
}

# go_program NAME FOLDER COMMAND...: runs COMMAND, which puts NAME into $GOBIN, and moves it to FOLDER; not
# where it is there, made of the same sources.
go_program() {
    name=$1
    folder=$2
    shift 2
    from=$(sources "$name")
    [ -x "$folder/$name" ] && [ "$from" = "$(cat "$folder/$name.from" 2>/dev/null)" ] && return
    if ! command -v go >/dev/null; then
        not_covered "tests that need $folder/$name (no Go toolchain on PATH)"
        return
    fi
    echo "building $folder/$name (once) ..." >&2
    mkdir -p "$folder"
    # A name of our own: two checkouts may build at the same time, and a half-written file is no tool.
    if ! GOBIN=$(mktemp -d "$folder/.build.XXXXXX"); then
        not_covered "tests that need $folder/$name (that folder cannot be written to)"
        return
    fi
    export GOBIN
    trap 'rm -rf "$GOBIN"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    began=$(date +%s)
    if "$@" && rm -f "$folder/$name.from" && mv -f "$GOBIN/$name" "$folder/$name"; then
        seconds=$(($(date +%s) - began))
        # The longest counts: what is built again finds most of it in the toolchain's own cache.
        [ "$seconds" -le "$(cat "$folder/$name.seconds" 2>/dev/null || echo 0)" ] ||
            echo "$seconds" >"$folder/$name.seconds"
        echo "$from" >"$folder/$name.from"
    else
        not_covered "tests that need $folder/$name (the build failed; its messages are above)"
    fi
    rm -rf "$GOBIN"
    trap - EXIT INT TERM
}

# Ends the script: what is missing is a failure where CI or whoever calls wants that.
done_building() {
    if [ "$missing" = 1 ] && { [ "${CI:-}" = true ] || [ "${SCALARDL_REQUIRE_ORACLES:-}" = 1 ]; }; then
        echo "A tool is missing, and here that is a failure (CI=true or SCALARDL_REQUIRE_ORACLES=1)." >&2
        exit 1
    fi
}
