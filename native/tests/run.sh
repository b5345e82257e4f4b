#!/usr/bin/env bash
# Builds and runs the C tests three ways: plain, with AddressSanitizer and UndefinedBehaviorSanitizer, and under valgrind.
# Everything it makes lies in artifacts/native-tests. Last line: "N passed, N failed, N skipped". Skips say why, here and in the
# file that ENGINE_SKIP_LOG names.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
out="$root/artifacts/native-tests"
mkdir -p "$out"
passed=0 failed=0 skipped=0

# skip_part NAME REASON: a whole part that cannot run counts as one skip.
skip_part() {
  echo "SKIPPED native tests, $1: $2"
  [ -z "${ENGINE_SKIP_LOG:-}" ] || echo "SKIPPED native tests, $1: $2" >> "$ENGINE_SKIP_LOG"
  skipped=$((skipped + 1))
}

# build DIRECTORY CMAKE_ARGUMENT...
build() {
  local directory="$1" log="$1.build.log"
  shift
  if ! { cmake -S "$root" -B "$directory" -DENGINE_BUILD_TESTS=ON "$@" && cmake --build "$directory" --parallel; } \
      > "$log" 2>&1; then
    cat "$log"
    echo "native tests: $(basename "$directory") does not build"
    failed=$((failed + 1))
    return 1
  fi
}

# count ATTRIBUTE JUNIT_FILE
count() { sed -n "/<testsuite/,/>/s/.*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }

# run NAME DIRECTORY CTEST_ARGUMENT...
run() {
  local name="$1" directory="$2" results="$out/$1.xml" log="$out/$1.log" total bad skips
  shift 2
  rm -f "$results"
  (cd "$directory" && ctest --parallel 2 --output-on-failure --output-junit "$results" "$@") > "$log" 2>&1 || true
  if [ ! -s "$results" ]; then
    cat "$log"
    failed=$((failed + 1))
    return
  fi
  total="$(count tests "$results")" bad="$(count failures "$results")" skips="$(count skipped "$results")"
  [ "$bad" -eq 0 ] || sed -n '/\*\*\*/,/^ *Start/p' "$log"
  [ "$total" -gt 0 ] || { echo "native tests: $name ran nothing"; bad=1; }
  sed -n 's/.*\(SKIPPED test_.*\)/\1/p' "$results" | sort -u
  echo "native tests, $name: $((total - bad - skips)) passed, $bad failed, $skips skipped"
  passed=$((passed + total - bad - skips)) failed=$((failed + bad)) skipped=$((skipped + skips))
}

if build "$out/plain" -DCMAKE_BUILD_TYPE=RelWithDebInfo; then
  run plain "$out/plain" --label-exclude valgrind
  if ! command -v valgrind > /dev/null; then
    skip_part valgrind "valgrind is not installed"
  elif ! valgrind -q --error-exitcode=1 true > "$out/valgrind-probe.log" 2>&1; then
    skip_part valgrind "valgrind does not start: $(tail -n 1 "$out/valgrind-probe.log")"
  else
    run valgrind "$out/plain" --label-regex valgrind
  fi
fi
if printf 'int main(void){return 0;}' | cc -x c -fsanitize=address,undefined -o "$out/sanitizer-probe" - 2> /dev/null; then
  if build "$out/sanitized" -DCMAKE_BUILD_TYPE=Debug -DENGINE_SANITIZE=ON; then
    run sanitized "$out/sanitized"
  fi
else
  skip_part sanitized "the compiler has no AddressSanitizer"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
