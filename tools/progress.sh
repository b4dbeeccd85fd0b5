# shellcheck shell=bash
# Prints progress. Source it.

# progress TEXT LOG COMMAND... runs a command, writes its output to LOG and returns
# its status. It prints TEXT and, on a terminal, the elapsed time.
progress() {
	local text=$1 log=$2 ticker='' status=0 start=$SECONDS
	shift 2
	if [ -t 1 ]; then
		# Ctrl-C does not reach this loop, so it ends when the script has ended.
		while kill -0 "$$" 2>/dev/null; do
			printf '\r==> %s (%d s)' "$text" "$((SECONDS - start))"
			sleep 1
		done &
		ticker=$!
	else
		printf '==> %s\n' "$text"
	fi
	# The command runs in the foreground, so that Ctrl-C reaches it. It has no input,
	# because a prompt would not be visible.
	"$@" >"$log" 2>&1 </dev/null || status=$?
	if [ -n "$ticker" ]; then
		kill "$ticker" && wait "$ticker" 2>/dev/null || true
		printf '\r\033[K==> %s\n' "$text"
	fi
	return "$status"
}
