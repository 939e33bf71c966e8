#!/usr/bin/env bash
# GNU coreutils 9.1 (Debian 9.1-1): timeout sends its signal to the command, and then to the group of
# processes that both are in. The command gets it twice, microseconds apart.
#
# A search that takes a first SIGTERM as "end in order" and a second as "end at once" may end at once:
# two that wait together are one, but the command may have answered the first by then. A real-time
# signal, which is queued, shows both each time. Seen with Python 3.11, Linux.
# What to do: timeout --foreground, or take a signal that comes again within a tenth of a second as one.
# Output seen:
#     timeout: 2 signals
#     timeout --foreground: 1 signal
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
(cd "$place" && apt-get -qq download coreutils=9.1-1 2>/dev/null && dpkg -x coreutils_*.deb coreutils)
cat > "$place/count.py" <<'PYTHON'
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
count = 0
while signal.sigtimedwait({signal.SIGRTMIN}, 3 if count == 0 else 0.5):
    count += 1
print(f"{count} signal{'s' if count > 1 else ''}")
PYTHON
found=""
for option in "" " --foreground"; do
    # shellcheck disable=SC2086
    count=$("$place/coreutils/usr/bin/timeout" $option -s RTMIN 1 python3 "$place/count.py" || true)
    found+="timeout$option: $count"$'\n'
done
printf %s "$found"
[ "$found" = $'timeout: 2 signals\ntimeout --foreground: 1 signal\n' ] || { echo "this has changed"; exit 1; }
