package provider

import "testing"

func TestCheckTimestamp(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"2026-10-01T00:00:00Z": true, "2026-10-01T00:00:00.123456789Z": true, "2026-10-01T02:00:00+02:00": true, "2026-10-01T00:00:00-23:59": true, "0001-01-01T00:00:00Z": true,
		"2026-10-01": false, "2026-10-01 00:00:00Z": false, "2026-10-01T00:00Z": false, "2026-02-30T00:00:00Z": false, "2026-10-01T24:00:00Z": false,
		"2026-10-01T00:00:00-24:60": false, "2026-10-01T00:00:00+00:60": false, "2026-10-01T00:00:00,5Z": false, "2026-10-01T9:00:00Z": false, "2026-10-01T00:00:00Z\n": false, "": false,
	} {
		if err := checkTimestamp(text); (err == nil) != want {
			t.Errorf("%q: got error %v, want none: %t", text, err, want)
		}
	}
}
