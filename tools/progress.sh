# shellcheck shell=bash
# A line that says what is being done and, on a terminal, for how long. It is
# sourced.

# progress TEXT LOG COMMAND... runs the command with all that it prints in LOG.
# Its status is the command's.
progress() {
	local text=$1 log=$2 ticker='' status=0 start=$SECONDS
	shift 2
	if [ -t 1 ]; then
		# It ends with the script in any case: Ctrl-C does not reach it.
		while kill -0 "$$" 2>/dev/null; do
			printf '\r==> %s (%d s)' "$text" "$((SECONDS - start))"
			sleep 1
		done &
		ticker=$!
	else
		printf '==> %s\n' "$text"
	fi
	# In the foreground, for Ctrl-C to reach it. Nobody would see what it asks.
	"$@" >"$log" 2>&1 </dev/null || status=$?
	if [ -n "$ticker" ]; then
		kill "$ticker" && wait "$ticker" 2>/dev/null || true
		printf '\r\033[K==> %s\n' "$text"
	fi
	return "$status"
}
