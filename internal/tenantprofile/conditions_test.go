package tenantprofile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

func TestMaskConditions(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"":                                    "",
		"N/A":                                 "N/A",
		"MFA, Approval":                       "MFA, Approval",
		"Okta Gateway and MFA":                "Okta Gateway and MFA",
		"MFA: true; Approval is required":     "MFA: true; Approval is required",
		"MFA not required":                    "MFA not required",
		"urn:okta:loa:2fa:phr":                "urn:okta:loa:2fa:phr",
		`["MFA","Approval"]`:                  `["MFA","Approval"]`,
		`{"mfa": true}`:                       `{"mfa": true}`,
		"Working hours, MFA":                  "Working hours, MFA",
		"Approval (Business Admin Team)":      "Approval (<title 8> <title 5> <title 4>)",
		"Approval (2 of 3), MFA":              "Approval (2 of 3), MFA",
		"Approval: Server Admins":             "Approval: <title 6> <title 6>",
		"Approval by Server Team":             "<title 8> <lower 2> <title 6> <title 4>",
		"Business Server Admin":               "<title 8> <title 6> <title 5>",
		"MFA [system] {\"Service User\"}":     "MFA [<lower 6>] {\"<title 7> <title 4>\"}",
		`"Service Admin", MFA`:                `"<title 7> <title 5>", MFA`,
		"Service and MFA":                     "<title 7> and MFA",
		"Command and Control Server":          "<title 7> and <title 7> <title 6>",
		"MFA (":                               "<upper 3> (",
		"MFA (disabled)":                      "MFA (disabled)", // otherwise it would be required
		"Approval + MFA (phishing-resistant)": "Approval + MFA (phishing-resistant)",
		"MFA (every 8 hours)":                 "MFA (every 8 hours)",
		"MFA (phishing-resistant for Bob)":    "MFA (<lower 8>-<lower 9> <lower 3> <title 3>)",
		"MFA (required)":                      "MFA (required)",
		"Approval (Gateway Team)":             "Approval (<title 7> <title 4>)",
		"MFA (unless on Admin Server)":        "None",
		"Gateway, MFA (unless in Service)":    "Gateway",
		"MFA (or Gateway Server)":             "MFA (<lower 2> <title 7> <title 6>)",
		"MFA, Approval by Server Team":        "MFA, <title 8> <lower 2> <title 6> <title 4>, <lower 7>",
	} {
		requirements := accessreport.ParseConditions(cell)
		got := maskConditions(cell, requirements)
		if got != want {
			t.Errorf("%q: got %q, want %q", cell, got, want)
		}
		checkMasked(t, got, requirements)
	}
}

// fataler is a test or a property.
type fataler interface {
	Errorf(format string, args ...any)
}

// checkMasked checks that the replay of a masked text means the same, and is masked to the
// same text.
func checkMasked(t fataler, masked string, want accessreport.Requirements) {
	replayed := standIns(masked)
	got := accessreport.ParseConditions(replayed)
	if got != want {
		t.Errorf("%q: got %+v, want %+v as the cell", masked, got, want)
	}
	if again := maskConditions(replayed, got); again != masked {
		t.Errorf("%q: got %q after a replay, want the same", masked, again)
	}
}

// Cells that differ only in names have equal masks, whatever the words of the names are.
func TestMaskConditionsDoesNotDependOnNames(t *testing.T) {
	t.Parallel()
	names := [][]string{ // of the same classes and lengths; none is a term or governs others
		{"Business", "Xxxxxxxx"},
		{"Server Admin", "Xxxxxx Xxxxx"},
		{"Service User", "Xxxxxxx Xxxx"},
		{"System", "Xxxxxx"},
		{"Linux Machine", "Xxxxx Xxxxxxx"},
		{"team-server", "xxxx-xxxxxx"},
		{"role.admin", "xxxx.xxxxx"},
	}
	rapid.Check(t, func(r *rapid.T) {
		form := rapid.SampledFrom([]string{"NAME", "MFA (NAME)", "Approval: NAME", "Gateway, NAME", "\"NAME\"", "[MFA, NAME]", "MFA and NAME", "Approval (by NAME), MFA", "Approval {NAME} [NAME]"}).Draw(r, "form")
		pair := rapid.SampledFrom(names).Draw(r, "name")
		var masked [2]string
		for i, name := range pair {
			cell := strings.ReplaceAll(form, "NAME", name)
			masked[i] = maskConditions(cell, accessreport.ParseConditions(cell))
		}
		if diff := cmp.Diff(masked[0], masked[1]); diff != "" {
			r.Errorf("%s with %q: (-first +second)\n%s", form, pair, diff)
		}
	})
}

// A replayed mask means what the cell means, and is masked to the same text.
func TestMaskConditionsKeepsTheMeaning(t *testing.T) {
	t.Parallel()
	part := rapid.OneOf(
		rapid.SampledFrom([]string{"MFA", "Approval", "Okta Gateway", "session recording", "no", "not required", "unless", "or", "(", ")", "[", "]", "\"", ", ", "; ", " and ", ": ", "=", " ", "{", "}", "disabled", "None", "null", "true", "Working hours", "é", " 42 ", "Admin", "team", " 2fa ", "optional"}),
		rapid.StringMatching(`[A-Za-z]{1,2}[a-z ]{0,5}`),
	)
	rapid.Check(t, func(r *rapid.T) {
		cell := strings.Join(rapid.SliceOfN(part, 1, 8).Draw(r, "parts"), "")
		requirements := accessreport.ParseConditions(cell)
		checkMasked(r, maskConditions(cell, requirements), requirements)
	})
}

func TestMaskCell(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		column     accessreport.Column
		cell, want string
	}{
		{accessreport.UserType, "HUMAN", "HUMAN"},
		{accessreport.UserType, "service user", "<lower 7> <lower 4>"},
		{accessreport.UserStatus, "active", "active"},
		{accessreport.UserStatus, "team", "<lower 4>"},
		{accessreport.Privileges, "admin, user", "admin, user"},
		{accessreport.Privileges, "admin, service", "<lower 5>, <lower 7>"},
		{accessreport.Privileges, "sudo: server admin", "<lower 4>: <lower 6> <lower 5>"},
		{accessreport.ResourceType, "server", "server"},
		{accessreport.ResourceType, "admin", "<lower 5>"},
		{accessreport.Privileges, "", ""},
	} {
		if got := maskCell(test.column, test.cell); got != test.want {
			t.Errorf("%s %q: got %q, want %q", test.column, test.cell, got, test.want)
		}
	}
}

// Each class has a word of its class and length.
func TestStandIns(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"ab", "AB", "Ab", "ABc", "12", "a1", "AB1", "Ab1", "ABc1", "a1B", "éa"} {
		masked := noWords.mask(word)
		if again := noWords.mask(standIns(masked)); again != masked {
			t.Errorf("%s: got the stand-in %q of the class %s, want %s", word, standIns(masked), again, masked)
		}
	}
}
