#!/usr/bin/env bash
# The one entry point of a checkout: sets up what is missing, then runs, tests, measures or cleans.
# Everything it makes lies in bin/, obj/ and artifacts/; `clean` removes it.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
SOLUTION="$ROOT/Engine.sln"
ARTIFACTS="$ROOT/artifacts"
FRAMEWORK=net10.0

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_CLI_UI_LANGUAGE=en MSBUILDTERMINALLOGGER=off
# Worker nodes that outlive the build keep the caller's pipes open, and CI waits for those.
export MSBUILDDISABLENODEREUSE=1

# What every verb needs, and what more tests and figures are worth having; Debian's package names.
BUILD_PACKAGES=(gcc libc6-dev make cmake pkg-config liburing-dev libaio-dev)
TEST_PACKAGES=(valgrind libc6-dbg fio util-linux mount e2fsprogs)
BENCH_PACKAGES=(fio util-linux mount)

say() { printf '%s\n' "$*"; }
fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

usage() {
  cat <<'TEXT'
usage: ./build.sh VERB [ARGUMENTS]

  run [--device PATH --destroy] [...]   the demonstrations: a verified cached volume, on a file unless told otherwise, and
                                        subtrees that move between processes while clients work in them
  test [--nightly] [FILTER]             every test this machine can run; FILTER is a part of a test's full name
  bench [NAME...] [--runs N] [--device PATH --destroy]
                                        side-by-side figures (data, metadata, migrate, micro); no name: data
  sim [--seed N] [--seeds A..B] [--replay FILE] [...]
                                        deterministic simulation of the metadata plane; `sim --help` tells the rest
  mutants [NAME...]                     bugs of one line, built into a copy one by one: tests must find each of them
  deps                                  only install or check what the other verbs need
  clean                                 remove everything that was built

Every verb first installs what is missing (Debian and Ubuntu, as root or with passwordless sudo),
or prints the one line to type and stops.
TEXT
}

# --- set-up ---------------------------------------------------------------------------------------------------------

have() { command -v "$1" >/dev/null 2>&1; }

# have_header GCC_INCLUDE: whether a C file that includes it compiles.
have_header() { have gcc && printf '#include <%s>\n' "$1" | gcc -E -x c - >/dev/null 2>&1; }

# is_there PACKAGE: by what it brings, not by the package manager, so that other distributions and hand-built tools count.
is_there() {
  case "$1" in
    libc6-dev) have_header stdio.h ;;
    liburing-dev) have_header liburing.h && { ! have pkg-config || pkg-config --exists liburing; } ;;
    libaio-dev) have_header libaio.h ;;
    pkg-config) have pkg-config || have pkgconf ;;
    libc6-dbg) ! have dpkg || dpkg -s libc6-dbg >/dev/null 2>&1 ;;
    util-linux) have losetup || [ -x /usr/sbin/losetup ] ;;
    e2fsprogs) have mke2fs || [ -x /usr/sbin/mke2fs ] ;;
    *) have "$1" ;;
  esac
}

MISSING=()
find_missing() {
  MISSING=()
  local package
  for package in "$@"; do
    is_there "$package" || MISSING+=("$package")
  done
}

# install_missing: true when MISSING could be installed without asking anybody.
install_missing() {
  have apt-get || return 1
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo && sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  say "installing ${MISSING[*]}"
  mkdir -p "$ARTIFACTS"
  local log="$ARTIFACTS/apt.log"
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "${MISSING[@]}")
  # A fresh machine has no package lists and an old one stale lists: both are cured by one update.
  "${install[@]}" >"$log" 2>&1 </dev/null && return 0
  "${as_root[@]}" apt-get update -q >>"$log" 2>&1 </dev/null || true
  "${install[@]}" >>"$log" 2>&1 </dev/null && return 0
  tail -n 5 "$log" >&2
  return 1
}

need_packages() {
  find_missing "${BUILD_PACKAGES[@]}"
  [ "${#MISSING[@]}" -gt 0 ] || return 0
  install_missing || true
  find_missing "${BUILD_PACKAGES[@]}"
  [ "${#MISSING[@]}" -eq 0 ] || fail "missing tools; type: sudo apt-get install -y ${MISSING[*]}"
}

# Without these the build works and the tests that need them skip themselves, so that a missing one is only told.
want_packages() {
  find_missing "$@"
  [ "${#MISSING[@]}" -gt 0 ] || return 0
  # Once is enough: a machine without a network would wait for it at every call.
  local tried="$ARTIFACTS/tried-to-install"
  if ! grep -qsxF "${MISSING[*]}" "$tried"; then
    mkdir -p "$ARTIFACTS"
    printf '%s\n' "${MISSING[*]}" >"$tried"
    install_missing || true
  fi
  find_missing "$@"
  [ "${#MISSING[@]}" -eq 0 ] || say "note: some parts are skipped; for all of them type: sudo apt-get install -y ${MISSING[*]}"
}

need_dotnet() {
  local place
  for place in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
    if ! have dotnet && [ -n "$place" ] && [ -x "$place/dotnet" ]; then
      export PATH="$place:$PATH" DOTNET_ROOT="$place"
    fi
  done
  # The SDK and NuGet keep their caches at home; a bare CI account may have none.
  if [ ! -w "${HOME:-/nonexistent}" ]; then
    export HOME="$ARTIFACTS/home"
    mkdir -p "$HOME"
  fi
  if ! have dotnet || ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
    fail "the .NET 10 SDK is missing; install dotnet-sdk-10.0 (https://learn.microsoft.com/dotnet/core/install/linux)"
  fi
}

set_up() {
  [ "$(uname -s)" = Linux ] || fail "Engine runs on Linux only, this is $(uname -s)"
  need_packages
  need_dotnet
}

# build PROJECT: in Release, quiet unless it fails.
build() {
  mkdir -p "$ARTIFACTS"
  local log="$ARTIFACTS/build.log" start=$SECONDS
  if ! dotnet build "$1" -c Release -v q -nologo >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    fail "the build of ${1#"$ROOT"/} failed"
  fi
  say "built ${1#"$ROOT"/} (Release) in $((SECONDS - start)) s"
}

# --- verbs ----------------------------------------------------------------------------------------------------------

verb_deps() {
  [ $# -eq 0 ] || { usage >&2; exit 2; }
  set_up
  want_packages "${TEST_PACKAGES[@]}"
  say "everything that can be set up is there: $(dotnet --version) SDK, $(gcc -dumpfullversion) gcc"
}

verb_run() {
  set_up
  build "$ROOT/src/Engine.Cli"
  # Wherever it is called from, what it makes lies in the checkout, where `clean` finds it.
  local where=()
  case " $* " in *" --dir"*) ;; *) where=(--dir "$ARTIFACTS/run") ;; esac
  local engine="$ROOT/src/Engine.Cli/bin/Release/$FRAMEWORK/engine.dll"
  dotnet "$engine" demo data "${where[@]}" "$@"
  say "== a namespace on ranks that move it =="
  exec dotnet "$engine" demo migrate --kill --dir "$ARTIFACTS/run"
}

bench_usage() {
  cat <<'TEXT'
usage: ./build.sh bench [data | cache | metadata | migrate | micro] [ARGUMENTS]

  data       the cache of a volume beside others; what is asked without a name
  cache      the cache beside one that does as the original does; threads; hit ratios on a recorded trace
  metadata   the namespace: pages, memory, lookup, create, import, replay
  migrate    what goes from one rank to another; takeover; steps of the simulator
  micro      single operations

`./build.sh bench NAME --help` tells the arguments of one of them.
TEXT
}

verb_bench() {
  local project=Engine.Bench.Data
  case "${1:-}" in
    micro) project=Engine.Bench.Micro; shift ;;
    metadata | migrate) project=Engine.Bench.Migration ;;
    data | cache | -* | "") ;;
    *) say "build.sh: bench $1: there is data, cache, metadata, migrate and micro; bench --help tells them apart" >&2; exit 2 ;;
  esac
  case "${1:-}" in
    -h | --help) [ "$project" != Engine.Bench.Data ] || { bench_usage; exit 0; } ;;
  esac
  set_up
  want_packages "${BENCH_PACKAGES[@]}"
  build "$ROOT/bench/$project"
  if [ "${1:-}" = migrate ]; then
    build "$ROOT/src/Engine.Cli"
    build "$ROOT/tests/Engine.Simulation"
  fi
  cd "$ROOT"
  exec dotnet "$ROOT/bench/$project/bin/Release/$FRAMEWORK/$project.dll" "$@"
}

verb_sim() {
  set_up
  build "$ROOT/tests/Engine.Simulation"
  cd "$ROOT"
  exec dotnet "$ROOT/tests/Engine.Simulation/bin/Release/$FRAMEWORK/engine-simulation.dll" "$@"
}

verb_mutants() {
  set_up
  build "$ROOT/tests/Engine.Migration.Tests"
  exec bash "$ROOT/tests/tools/mutants.sh" "$@"
}

verb_clean() {
  [ $# -eq 0 ] || { usage >&2; exit 2; }
  rm -rf "$ARTIFACTS"
  find "$ROOT/src" "$ROOT/tests" "$ROOT/bench" -mindepth 2 -maxdepth 2 -type d \( -name bin -o -name obj \) \
    -exec rm -rf {} +
  say "clean"
}

verb_test() {
  local nightly=0 filter=""
  while [ $# -gt 0 ]; do
    case "$1" in
      --nightly) nightly=1 ;;
      -*) usage >&2; exit 2 ;;
      *) [ -z "$filter" ] || { usage >&2; exit 2; }; filter="$1" ;;
    esac
    shift
  done
  set_up
  want_packages "${TEST_PACKAGES[@]}"
  build "$SOLUTION"
  ENGINE_NIGHTLY=$nightly exec bash "$ROOT/tests/tools/run-tests.sh" "$filter"
}

verb="${1:-help}"
[ $# -eq 0 ] || shift
case "$verb" in
  run | test | bench | sim | mutants | deps | clean) "verb_$verb" "$@" ;;
  help | -h | --help) usage; [ "$verb" != help ] || exit 2 ;;
  *) printf 'build.sh: unknown verb "%s"\n' "$verb" >&2; usage >&2; exit 2 ;;
esac
