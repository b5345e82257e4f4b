#!/usr/bin/env bash
# Builds each bug of mutants.txt into a library of its own and runs the tests that must find it with that, in a copy of them as
# they are built. The checkout is not touched.
#   mutants.sh [PART-OF-A-NAME...]     (./build.sh mutants)
# Ends with a table; a bug that nobody finds, or a line that is not there any more, is a failure.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
LIST="$ROOT/tests/tools/mutants.txt"
SCRATCH="$ROOT/artifacts/mutants"
TESTS=Engine.Migration.Tests
BUILT="$ROOT/tests/$TESTS/bin/Release/net10.0"
ONLY=("${@:-}")
RUN_SECONDS=120
JOBS=2
STARTED=$SECONDS

# The compiler that the SDK has, and the runtime's libraries, by what dotnet says of itself.
SDK="$(dotnet --list-sdks | sed -n 's/^\(10[^ ]*\) \[\(.*\)\]$/\2\/\1/p' | tail -n 1)"
RUNTIME="$(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \(10[^ ]*\) \[\(.*\)\]$/\2\/\1/p' | tail -n 1)"

# is_wanted NAME
is_wanted() {
  local part
  for part in "${ONLY[@]}"; do
    [[ "$1" != *"$part"* ]] || return 0
  done
  return 1
}

# The tests as they are built, once for each job, with one library of their own to be replaced.
copy_tests() {
  local job
  [ -f "$BUILT/$TESTS.dll" ] || { printf 'mutants: build %s first\n' "$TESTS"; exit 1; }
  rm -rf "$SCRATCH"
  for ((job = 0; job < JOBS; job++)); do
    mkdir -p "$SCRATCH/$job"
    cp -r "$BUILT" "$SCRATCH/$job/tests"
    # One test that fails is enough.
    printf '{ "stopOnFail": true }\n' >"$SCRATCH/$job/tests/xunit.runner.json"
  done
}

# compile JOB PROJECT MUTATED-FILE LOG: the project's library, with one file changed, beside the job's tests.
compile() {
  local project="$ROOT/src/$2" library at="$SCRATCH/$1"
  {
    printf '%s\n' -nologo -target:library -nullable:enable -unsafe+ -optimize+ -langversion:latest -warn:0 \
      "-out:$at/tests/$2.dll"
    for library in "$RUNTIME"/System*.dll "$RUNTIME"/Microsoft*.dll "$RUNTIME"/netstandard.dll "$BUILT"/Engine.*.dll; do
      case "$(basename "$library")" in
        "$2.dll" | *.Tests.dll | Engine.Testing.dll | System.*.Native.dll | Microsoft.DiaSymReader.Native*) ;;
        *) printf -- '-r:"%s"\n' "$library" ;;
      esac
    done
    find "$project" -name '*.cs' -not -path '*/obj/*' -not -path '*/bin/*' -not -path "$3" -printf '"%p"\n'
    find "$project/obj/Release/net10.0" -name '*.cs' -printf '"%p"\n'
    printf '"%s"\n' "$at/mutant.cs"
  } >"$at/compile.rsp"
  dotnet "$SDK/Roslyn/bincore/csc.dll" -noconfig "@$at/compile.rsp" >"$4" 2>&1
}

# run_tests JOB OWNERS LOG: 0 when they pass, 1 when one fails, 2 when there are none, or they do not come to an end.
run_tests() {
  local filter="" part
  for part in $2; do filter="$filter|FullyQualifiedName~$part"; done
  timeout --kill-after=10 "$RUN_SECONDS" dotnet test "$SCRATCH/$1/tests/$TESTS.dll" --nologo \
    --filter "${filter#|}" >"$3" 2>&1 </dev/null || { grep -qE 'Failed: +[1-9]' "$3" && return 1 || return 2; }
  grep -q 'Passed!' "$3" || return 2
}

# mutate JOB FILE OLD NEW: changes the one line; false when there is not exactly one.
mutate() {
  OLD="$3" NEW="$4" awk '
    { bare = $0; sub(/^ +/, "", bare)
      if (bare == ENVIRON["OLD"]) { n++; sub(/[^ ].*$/, ""); print $0 ENVIRON["NEW"] } else print }
    END { exit n == 1 ? 0 : 1 }' "$2" >"$SCRATCH/$1/mutant.cs"
}

# report RESULT NAME OWNER WHAT
report() { printf '  %-8s %-36s %-28s %s\n' "$1" "$2" "$3" "$4" | tee -a "$SCRATCH/results"; }

# try JOB NAME FILE OWNER WHAT OLD NEW
try() {
  local job="$1" name="$2" file="$ROOT/src/$3" owner="$4" what="$5" log="$SCRATCH/$2.log" project="${3%%/*}" rc=0
  if ! mutate "$job" "$file" "$6" "$7"; then
    report MISSED "$name" "$owner" "the line is not in $3 once"
    return
  fi
  if compile "$job" "$project" "$file" "$log"; then run_tests "$job" "$owner" "$log" || rc=$?; else rc=3; fi
  case "$rc" in
    1) report found "$name" "$owner" "$what" ;;
    0) report MISSED "$name" "$owner" "$what" ;;
    *) report MISSED "$name" "$owner" "it does not build, or no test could say so: $log" ;;
  esac
  cp "$BUILT/$project.dll" "$SCRATCH/$job/tests/"
}

# work JOB: every JOBS-th of the bugs.
work() {
  local job="$1" name="" file="" owner="" what="" old="" line at=0
  while IFS= read -r line; do
    case "$line" in
      '#'* | '') ;;
      '- '*) old="${line#- }" ;;
      '+ '*)
        is_wanted "$name" || continue
        [ $((at++ % JOBS)) -ne "$job" ] || try "$job" "$name" "$file" "$owner" "$what" "$old" "${line#+ }"
        ;;
      *) IFS='|' read -r name file owner what <<<"${line// | /|}" ;;
    esac
  done <"$LIST"
}

copy_tests
OWNERS=""
while IFS='|' read -r name _ owner _; do
  ! is_wanted "${name% }" || OWNERS="$OWNERS $owner"
done < <(grep -E '^[^#+ -].* [|] .* [|] .* [|] ' "$LIST")
# What this script builds has to pass as well as what the tests were built with, or every bug would be found.
for project in $(grep -E '^[^#+ -].* [|] .* [|] .* [|] ' "$LIST" | cut -d '|' -f 2 | cut -d / -f 1 | sort -u); do
  file="$(find "$ROOT/src/$project" -maxdepth 1 -name '*.cs' | sort | head -n 1)"
  cp "$file" "$SCRATCH/0/mutant.cs"
  compile 0 "$project" "$file" "$SCRATCH/$project.log" || { cat "$SCRATCH/$project.log"; exit 1; }
done
if ! run_tests 0 "$(tr ' ' '\n' <<<"$OWNERS" | sort -u | tr '\n' ' ')" "$SCRATCH/whole.log"; then
  cat "$SCRATCH/whole.log"
  printf 'mutants: the tests do not pass without any bug\n'
  exit 1
fi

printf 'bugs of one line: result, name, tests that must find it, what is wrong\n'
trap 'kill $(jobs -p) 2>/dev/null || true; exit 130' INT TERM
: >"$SCRATCH/results"
for ((job = 0; job < JOBS; job++)); do work "$job" & done
wait
FOUND="$(grep -c '^  found ' "$SCRATCH/results" || true)"
MISSED="$(grep -c '^  MISSED ' "$SCRATCH/results" || true)"
printf '%d bugs found, %d missed, in %d s\n' "$FOUND" "$MISSED" $((SECONDS - STARTED))
[ "$MISSED" -eq 0 ] && [ "$FOUND" -gt 0 ]
