#!/usr/bin/env bash
# Runs the tests of an already built checkout (Release): run-tests.sh [FILTER]. `./build.sh test` is the way to call it.
#
# Every test project runs in a process of its own, two at a time; Engine.System.Tests runs last and alone, because it
# owns loop devices and kills writers at chosen moments. Counts come from the result files, not from console text.
# A test that finds at run time that it cannot run here writes "SKIPPED name: reason" to the file that
# ENGINE_SKIP_LOG names and returns; it is counted as skipped. The last line is "N passed, N failed, N skipped";
# the exit code is not 0 when a test failed, a test process broke, or nothing ran.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
RESULTS="$ROOT/artifacts/test"
FILTER="${1:-}"
JOBS=2
HANG_SECONDS=300
[ "${ENGINE_NIGHTLY:-0}" != 1 ] || HANG_SECONDS=3600 # long runs are asked for (Engine.Testing's Nightly)
ALONE=Engine.System.Tests
PLANE_SECONDS_MAX=480
PLANE_CLOCK_SECONDS=240
MOVES_SECONDS_MAX=300
MOVES_CLOCK_SECONDS=300
DRIVER_TENTHS_MAX=60
FAILURE_LINES_MAX=40

PASSED=0 FAILED=0 SKIPPED=0
rm -rf "$RESULTS"
mkdir -p "$RESULTS"
trap 'kill $(jobs -p) 2>/dev/null || true; exit 130' INT TERM

# filter_arguments: a plain word is a part of the full name; an expression of VSTest's own passes as it is.
filter_arguments() {
  case "$FILTER" in
    "") ;;
    *[=~]*) printf '%s\n' --filter "$FILTER" ;;
    *) printf '%s\n' --filter "FullyQualifiedName~$FILTER" ;;
  esac
}
mapfile -t FILTER_ARGUMENTS < <(filter_arguments)

# run_project NAME: leaves NAME.trx, NAME.log, NAME.skips, NAME.seconds, and last NAME.rc.
run_project() {
  local name="$1" rc=0 start=$SECONDS
  : >"$RESULTS/$name.skips"
  local TIMEFORMAT='%U %S'
  { time ENGINE_SKIP_LOG="$RESULTS/$name.skips" ENGINE_TABLE_LOG="$RESULTS/$name.tables" \
    timeout --kill-after=10 $((HANG_SECONDS * 3)) \
    dotnet test "$ROOT/tests/$name/bin/Release/net10.0/$name.dll" --nologo \
    --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" --results-directory "$RESULTS" \
    --blame-hang-timeout "${HANG_SECONDS}s" --blame-hang-dump-type none \
    "${FILTER_ARGUMENTS[@]}" >"$RESULTS/$name.log" 2>&1 </dev/null; } 2>"$RESULTS/$name.processor" || rc=$?
  printf '%s\n' $((SECONDS - start)) >"$RESULTS/$name.seconds"
  printf '%s\n' "$rc" >"$RESULTS/$name.rc"
}

# counter TRX NAME: an attribute of the result file's <Counters> element; 0 without a file.
counter() {
  local value=""
  [ ! -f "$1" ] || value="$(sed -n "s/.*<Counters .*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1)"
  printf '%s' "${value:-0}"
}

# static_skips TRX: "SKIPPED name: reason" for each test that carries its skip in its attribute.
static_skips() {
  [ -f "$1" ] || return 0
  tr '\n' ' ' <"$1" | sed 's/<UnitTestResult /\n&/g' | grep 'outcome="NotExecuted"' |
    sed -n 's/.*testName="\([^"]*\)".*<Message>\([^<]*\)<.*/SKIPPED \1: \2/p;t
            s/.*testName="\([^"]*\)".*<StdOut>\([^<]*\)<.*/SKIPPED \1: \2/p' |
    sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g' || true
}

# show LOG: what a reader needs of it, indented.
show() {
  local noise='Starting test execution|A total of|Results File:|Data collector .* All tests finished|  Skipped '
  noise="$noise|Additionally, path to test adapters"
  grep -vE "^($noise)|\\[SKIP\\]\$|^\$" "$1" | sed 's/^/    /' || true
}

# show_failure NAME: what a part that failed said, here and once more at the end, where one looks first.
show_failure() {
  show "$RESULTS/$1.log"
  { printf '  %s:\n' "$1"; show "$RESULTS/$1.log" | head -n "$FAILURE_LINES_MAX"; } >>"$RESULTS/all.failures"
}

# report PASSED FAILED SKIPPED SECONDS NAME: one line, and into the totals.
report() {
  printf '  %-28s %5d passed %4d failed %4d skipped %5d s\n' "$5" "$1" "$2" "$3" "$4"
  PASSED=$((PASSED + $1)) FAILED=$((FAILED + $2)) SKIPPED=$((SKIPPED + $3))
}

report_project() {
  local name="$1" trx="$RESULTS/$1.trx" rc passed failed total executed skipped self_skipped
  rc="$(cat "$RESULTS/$name.rc")"
  total="$(counter "$trx" total)" executed="$(counter "$trx" executed)"
  passed="$(counter "$trx" passed)" failed="$(counter "$trx" failed)"
  static_skips "$trx" >>"$RESULTS/all.skips"
  grep '^SKIPPED ' "$RESULTS/$name.skips" >>"$RESULTS/all.skips" || true
  self_skipped="$(grep -c '^SKIPPED ' "$RESULTS/$name.skips" || true)"
  [ "$self_skipped" -le "$passed" ] || self_skipped=$passed
  passed=$((passed - self_skipped)) skipped=$((total - executed + self_skipped))
  # A test process that dies, hangs or finds no tests for another reason than the filter is a failure of its own.
  if [ "$rc" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  if [ "$total" -eq 0 ] && [ -z "$FILTER" ] && [ "$failed" -eq 0 ]; then
    printf 'no test found in %s\n' "$name" >>"$RESULTS/$name.log"
    failed=1
  fi
  if [ "$total" -eq 0 ] && [ "$failed" -eq 0 ]; then return 0; fi
  report "$passed" "$failed" "$skipped" "$(cat "$RESULTS/$name.seconds")" "$name"
  [ "$failed" -eq 0 ] || show_failure "$name"
}

# plane_part NAME [moves]: what the metadata plane's tests of a project took: how many there were, tenths of processor seconds,
# tenths of seconds by the clock: of the time of all of the project's the part that its tests have. Migrations, and the cluster
# in which they go on, are counted apart: with "moves" these, else the rest.
plane_part() {
  local name="$1" which="${2:-}" part='^$' moves='Migrat' used="" seconds=0
  [ -f "$RESULTS/$name.trx" ] || { printf '0 0 0\n'; return 0; }
  [ ! -f "$RESULTS/$name.seconds" ] || seconds="$(cat "$RESULTS/$name.seconds")"
  [ ! -f "$RESULTS/$name.processor" ] || used="$(tail -n 1 "$RESULTS/$name.processor")"
  case "$name" in
    Engine.Metadata.Tests | Engine.Simulation.Tests) part='.' ;;
    Engine.Migration.Tests | Engine.Cluster.Tests) moves='.' ;;
    Engine.Cli.Tests | Engine.System.Tests) part='[.](Fs|Import)[A-Za-z]*[.]' moves='Migrat|[.]ClusterProcess' ;;
    Engine.Stores.Tests) part='[.](FileStore|[A-Za-z]*Log)[A-Za-z]*[.]' ;;
  esac
  tr '\n' ' ' <"$RESULTS/$name.trx" | sed 's/<UnitTestResult /\n&/g' | sed '1d; /outcome="NotExecuted"/d' |
    sed 's/(file: &quot;migrate-/Migrate&/
         s/^.*testName="\([^"(]*\).* duration="\([0-9]*\):\([0-9]*\):\([0-9.]*\)".*/\1 \2 \3 \4/; t
         s/^.*testName="\([^"(]*\).*/\1 0 0 0/' |
    awk -v which="$which" -v part="$part" -v moves="$moves" -v used="$used" -v seconds="$seconds" '
      { took = $2 * 3600 + $3 * 60 + $4; all += took }
      which == "moves" ? $1 ~ moves : $1 ~ part && $1 !~ moves { own += took; tests++ }
      END { split(used, times, " "); share = all > 0 ? own / all : 0
            printf "%d %d %d\n", tests, 10 * (times[1] + times[2]) * share, 10 * seconds * share }'
}

# is_measured NAME TESTS TENTHS CLOCK: false where the plane's tests of a project ran and no processor time was counted, or, in
# its own projects, which compute for minutes, not more than the driver of the tests takes, about 3 s. A second by the clock is
# what tests of other projects that skip themselves may take.
is_measured() {
  case "$1" in
    Engine.Metadata.Tests | Engine.Simulation.Tests) [ "$2" -eq 0 ] || [ "$3" -ge "$DRIVER_TENTHS_MAX" ] ;;
    *) [ "$4" -lt 10 ] || [ "$3" -gt 0 ] ;;
  esac
}

# report_plane: the metadata plane's part of a whole run has 4 minutes on two processors. What is held is processor time, which
# what else the machine does changes little, where the clock would tell of that; of a run of two jobs it is half as long. What
# the clock says is shown beside it, of projects that run beside others by their number, and warned of: waiting costs no
# processor.
report_plane() {
  local name tests used clock
  for name in "${PROJECTS[@]}" "$ALONE"; do
    read -r tests used clock < <(plane_part "$name")
    [ "$name" = "$ALONE" ] || clock=$((clock / JOBS))
    if [ -z "$FILTER" ] && ! is_measured "$name" "$tests" "$used" "$clock"; then
      printf '%s: %d tests of the metadata plane ran, and their processor time was not measured\n' "$name" "$tests"
      FAILED=$((FAILED + 1))
    fi
  done
  report_share "migrations and the cluster" "$MOVES_SECONDS_MAX" "$MOVES_CLOCK_SECONDS" moves
  report_share "the metadata plane" "$PLANE_SECONDS_MAX" "$PLANE_CLOCK_SECONDS"
}

# report_share WHAT MOST CLOCK [PART]: how long a part of the plane's tests took, or all of them.
report_share() {
  local what="$1" most="$2" clock_most="$3" name used clock tenths=0 clock_tenths=0
  for name in "${PROJECTS[@]}" "$ALONE"; do
    read -r _ used clock < <(plane_part "$name" "${@:4}")
    [ "$name" = "$ALONE" ] || clock=$((clock / JOBS))
    tenths=$((tenths + used)) clock_tenths=$((clock_tenths + clock))
  done
  local seconds=$((tenths / 10)) clock_seconds=$((clock_tenths / 10))
  printf 'of %s: %d s of processor time, of %d s; %d s by the clock, %d projects at a time\n' \
    "$what" "$seconds" "$most" "$clock_seconds" "$JOBS"
  [ -z "$FILTER" ] && [ "${ENGINE_NIGHTLY:-0}" != 1 ] || return 0
  if [ "$clock_seconds" -gt "$clock_most" ]; then
    printf 'warning: by the clock the tests of %s took more than %d s\n' "$what" "$clock_most"
  fi
  [ "$seconds" -gt "$most" ] || return 0
  printf 'the tests of %s take more than %d s of processor time\n' "$what" "$most"
  FAILED=$((FAILED + 1))
}

# run_native: the shim's own tests in C, which end with the same closing line.
run_native() {
  local script="$ROOT/native/tests/run.sh" log="$RESULTS/native.log" start=$SECONDS rc=0 line passed failed skipped
  [ -f "$script" ] && { [ -z "$FILTER" ] || [ "$FILTER" = native ]; } || return 0
  timeout --kill-after=10 $((HANG_SECONDS * 3)) bash "$script" >"$log" 2>&1 </dev/null || rc=$?
  line="$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1 || true)"
  read -r passed _ failed _ skipped _ <<<"${line:-0 passed, 0 failed, 0 skipped}"
  if [ "$failed" -eq 0 ] && { [ "$rc" -ne 0 ] || [ "$((passed + skipped))" -eq 0 ]; }; then failed=1; fi
  grep '^SKIPPED ' "$log" >>"$RESULTS/all.skips" || true
  report "$passed" "$failed" "$skipped" $((SECONDS - start)) native
  [ "$failed" -eq 0 ] || show_failure native
}

# run_mutants: bugs that tests must find, all of them at night, else some.
run_mutants() {
  local log="$RESULTS/mutants.log" start=$SECONDS some=D42 line found missed rc=0
  [ -z "$FILTER" ] || return 0
  [ "${ENGINE_NIGHTLY:-0}" != 1 ] || some=""
  bash "$ROOT/tests/tools/mutants.sh" "$some" >"$log" 2>&1 </dev/null || rc=$?
  line="$(grep -E '^[0-9]+ bugs found, [0-9]+ missed' "$log" | tail -n 1 || true)"
  read -r found _ _ missed _ <<<"${line:-0 bugs found, 0 missed}"
  if [ "$rc" -ne 0 ] && [ "$missed" -eq 0 ]; then missed=1; fi
  report "$found" "$missed" 0 $((SECONDS - start)) mutants
  if [ "$missed" -eq 0 ]; then show "$log"; else show_failure mutants; fi
}

PROJECTS=()
for project in "$ROOT"/tests/*Tests/*Tests.csproj; do
  name="$(basename "$project" .csproj)"
  [ "$name" = "$ALONE" ] || PROJECTS+=("$name")
done

# run_all NAME...: JOBS at a time, each reported when it ends.
run_all() {
  local waiting=("$@") running=() still name
  while [ "${#waiting[@]}" -gt 0 ] || [ "${#running[@]}" -gt 0 ]; do
    while [ "${#waiting[@]}" -gt 0 ] && [ "${#running[@]}" -lt "$JOBS" ]; do
      run_project "${waiting[0]}" &
      running+=("${waiting[0]}")
      waiting=("${waiting[@]:1}")
    done
    wait -n || true
    still=()
    for name in "${running[@]}"; do
      if [ -f "$RESULTS/$name.rc" ]; then report_project "$name"; else still+=("$name"); fi
    done
    running=("${still[@]}")
  done
}

START=$SECONDS
: >"$RESULTS/all.skips"
run_native
run_all "${PROJECTS[@]}"
[ ! -d "$ROOT/tests/$ALONE" ] || run_all "$ALONE"

run_mutants

# What tests tell beside that they pass.
cat "$RESULTS"/*.tables 2>/dev/null || true
if [ -s "$RESULTS/all.skips" ]; then
  printf 'skipped here:\n'
  sed 's/^SKIPPED /  /' "$RESULTS/all.skips"
fi
if [ -s "$RESULTS/all.failures" ]; then
  printf 'failed here:\n'
  cat "$RESULTS/all.failures"
fi
printf 'tests took %d s\n' $((SECONDS - START))
report_plane
STATUS=0
if [ $((PASSED + FAILED)) -eq 0 ]; then printf 'no test ran\n'; STATUS=1; fi
[ "$FAILED" -eq 0 ] || STATUS=1
printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
exit "$STATUS"
