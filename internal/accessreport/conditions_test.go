package accessreport

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestParseConditions is the specification of what a conditions cell demands.
func TestParseConditions(t *testing.T) {
	var (
		nothing  = Requirements{}
		unknown  = Requirements{Unknown: true}
		gateway  = Requirements{Gateway: true}
		recorded = Requirements{Gateway: true, Recording: true}
		approval = Requirements{Approval: true}
		mfa      = Requirements{MFA: true}
		both     = Requirements{Approval: true, MFA: true}
		plus     = func(r Requirements) Requirements { r.Unknown = true; return r }
	)
	for _, group := range []struct {
		name  string
		cells map[string]Requirements
	}{
		{"no condition", map[string]Requirements{
			"": nothing, " \t\u00a0\u200b": nothing, "-": nothing, "—": nothing, "None": nothing, "n/a": nothing, "NULL": nothing,
			"[]": nothing, "{ }": nothing, `""`: nothing, "(none)": nothing, `["none"]`: nothing, "No conditions": nothing,
		}},
		{"a term, in any case and spelling", map[string]Requirements{
			"Okta Gateway": gateway, "gateway": gateway, "via okta gateway": gateway, "okta_gateway": gateway,
			"Okta Gateway with Session Recording": recorded, "gateway_with_session_recording": recorded, "GatewayWithSessionRecording": recorded,
			"Session recording": recorded, "SESSION-RECORDING": recorded,
			"Okta Gateway without Session Recording": gateway,
			"Approval":                               approval, "access_request": approval, "AccessRequest": approval,
			"MFA": mfa, "mfa": mfa, "Multi-Factor Authentication": mfa, "multifactor": mfa, "2FA": mfa, "urn:okta:loa:2fa:any": mfa,
		}},
		{"a term with an affirmation", map[string]Requirements{
			"MFA required": mfa, "MFA is required": mfa, "requires MFA": mfa, "RequiresMFA": mfa, "MFARequired": mfa, "requires: MFA": mfa,
			"MFA enabled": mfa, "MFA: true": mfa, "mfa=yes": mfa, "session recording: on": recorded, `"mfa": "true"`: mfa,
		}},
		{"separators", map[string]Requirements{
			"Approval, MFA": both, "Approval;MFA": both, "Approval | MFA": both, "Approval + MFA": both, "Approval\r\nMFA": both,
			"Approval and MFA": both, "Approval, and MFA": both, "[Approval, MFA]": both, "(Approval)": approval, `"Approval","MFA"`: both,
			"['Approval', 'MFA']": both, "Approval, ": approval,
		}},
		{"details in brackets", map[string]Requirements{
			"MFA (phishing-resistant)": mfa, "MFA (not phishing-resistant)": mfa, "Approval (expires after 8h)": approval,
			"Approval (by manager or owner)": approval, "Approval (not by self), MFA": both, "MFA ( ), Approval ()": both,
			"Approval (7c2fa1b0-11d2-4c21-9d52-d1d5a7cd2fa9)": approval,
			"MFA (Okta Verify), MFA (every 8 hours)":          mfa, "MFA (enforced)": mfa, "Approval (2 of 3)": approval, "Approval (2 approvers), MFA (urn:okta:loa:2fa:phr)": both,
			"MFA (phishing-resistant, every 8 hours)": mfa, "MFA (Okta Verify or WebAuthn)": mfa, "MFA (Okta FastPass), MFA (per session)": mfa,
			"Session recording (00u1a2b3c4d5e6f7g8h9)": recorded, "Okta Gateway (no session recording)": plus(gateway),
			"MFA (not required)": nothing, "MFA (disabled)": nothing, "MFA [optional]": nothing, "MFA (no longer required)": nothing,
			"MFA (unless on VPN)": nothing, "Approval (auto-approved)": nothing, "MFA (grace period), Approval": approval,
			"MFA (or Approval)": unknown, "MFA (or a key), Approval": unknown,
		}},
		{"details that are not known", map[string]Requirements{
			"MFA (trial)": unknown, "MFA (pending)": unknown, "MFA (unenforced)": unknown, "MFA (audit mode)": unknown, "MFA (removed)": unknown,
			"MFA (revoked)": unknown, "MFA (planned)": unknown, "MFA (from 2027)": unknown, "MFA (dry run)": unknown, "MFA (after 30 days)": unknown,
			"MFA (admins)": unknown, "MFA (Break glass)": unknown, "MFA (every 0 hours)": unknown, "MFA (Approval pending)": unknown,
			"MFA (\u274c)": unknown, "MFA (?)": unknown, "MFA (enforced?)": unknown, "MFA (enf\u200borced)": unknown, "MFA (Okta Verify) (trial)": unknown,
			"Approval (0 approvers)": unknown, "Approval (zero approvers)": unknown, "Approval (preapproved)": unknown, "Approval (by self)": unknown,
			"Approval (by default)": unknown, "Approval (approved)": unknown, "Approval (not for admins)": unknown, "Approval (MFA trial)": unknown,
			"Approval (MFA reset)": unknown, "Approval (MFA disabled)": unknown, "Approval (inaktiv)": unknown, "Approval (deprecated)": unknown,
			"Access Request (Break glass)": unknown, "Access Request (Break glass), MFA": plus(mfa),
			"Okta Gateway (planned)": unknown, "Okta Gateway (offline)": unknown, "Okta Gateway (us-east-1)": unknown,
			"Session recording (metadata)": unknown, "Session Recording (\u2717)": unknown, "Session recording (no recording)": unknown,
			"MFA, Approval (one suffices)": unknown, "MFA, Approval (at least one)": unknown, "MFA, Approval (any)": unknown, "MFA, Approval (whichever)": unknown,
			"MFA (removed), Approval": unknown,
		}},
		{"denials", map[string]Requirements{
			"No MFA": nothing, "without MFA": nothing, "MFA not required": nothing, "MFA: no": nothing, "mfa=f": nothing, "MFA: inactive": nothing,
			"MFA: 0": nothing, "MFADisabled": nothing, "MFA is currently not required": nothing, "MFA exempt": nothing, "MFA is optional": nothing,
			"No MFA, Approval": approval, "session recording: off, gateway": gateway,
			"MFA, not required": nothing, "MFA; disabled": nothing, "Approval, MFA, not required": approval,
			"Approval and MFA not required": nothing, "no approval and MFA": nothing, "MFA, Approval, and Gateway not required": nothing,
			"MFA, no MFA": nothing, "gateway, no gateway, session recording": nothing,
		}},
		{"JSON", map[string]Requirements{
			`["Approval","Okta Gateway"]`:   {Approval: true, Gateway: true},
			`{"mfa":true,"gateway":"true"}`: {MFA: true, Gateway: true},
			`{"gateway":true,"mfa":false}`:  gateway, `{"mfa":null,"gateway":null}`: nothing, `{"mfa":[]}`: nothing, `{"mfa":""}`: nothing, `{"mfa":"no"}`: nothing,
			`{"requires_mfa":true}`: mfa, `{"mfa":false,"mfa":true}`: nothing, `{"mfa":true,"mfa":false}`: nothing,
			`[{"mfa":true},{"approval":true}]`: both, `["MFA, not required"]`: nothing, `[null]`: nothing,
			`{"mfa":false,"mfa_type":"any"}`: unknown, `{"type":"mfa","enabled":false}`: unknown, `{"mfa":true,"optional":true}`: unknown,
			`{"mfa":{"required":false}}`: unknown, `["MFA", 1]`: unknown, `{"mfa":1}`: unknown, `{"approval":"MFA"}`: unknown,
		}},
		{"another condition beside the demands", map[string]Requirements{
			"Working hours": unknown, "MFA, Working hours": plus(mfa), "checkout; mfa": plus(mfa), "Approval, Badge at-door": unknown, "Approval, Badge": plus(approval),
		}},
		{"what is not understood", map[string]Requirements{
			"Okta Gateway gw-2fab": unknown, "Access Request: Disable MFA": unknown,
			"MFA or Approval": unknown, "either MFA, or Approval": unknown, "one of: MFA, Approval": unknown, "One of the following, MFA, Approval": unknown,
			"MFA || Approval": unknown, "MFA / Approval": unknown, "MFA, Approval or Gateway": unknown, "MFA, or Approval": unknown, "Any: MFA; Approval": unknown,
			"w/o MFA": unknown, "MFA isn't required": unknown, "neither MFA nor Approval": unknown, "doesn't require MFA": unknown, "never requires MFA": unknown,
			"MFA unless on VPN": unknown, "MFA, unless on VPN": unknown, "MFA preferred": unknown, "MFA grace period": unknown, "MFA, preferred": unknown,
			"Unless on VPN, MFA": unknown, "If requested, Approval": unknown, "skip MFA, Approval": unknown, "Not required: MFA, Approval": unknown,
			"NOMFA": unknown, "autoapproval": unknown, "Preapproval": unknown, "auto-approval": unknown, "MFAs": unknown, "MFA2": unknown,
			"ohne MFA": unknown, "MFA nicht erforderlich": nothing, "kein MFA": unknown, "MFA, außer im VPN": unknown, "MFA, utom VPN": unknown,
			"ＭＦＡ": unknown, "M\u200bFA": unknown, "МFА": unknown, "MFA?": unknown, "MFA. Not required.": unknown,
			"MFA (": unknown, "MFA)": unknown, `"MFA`: unknown, "(MFA) or (Approval)": unknown, "MFA (a) Approval": unknown, "not required, MFA": unknown,
			"MFA: ": nothing, "MFA: []": nothing, "MFA: maybe": unknown, "MFA=true=false": unknown, "((((((MFA))))))": unknown,
			"MFA and": unknown, "MFA and/or Approval": unknown, "none, MFA": unknown,
			strings.Repeat("MFA, ", maxConditions): unknown,
		}},
	} {
		t.Run(group.name, func(t *testing.T) {
			for cell, want := range group.cells {
				if got := ParseConditions(cell); got != want {
					t.Errorf("%.60q: got %+v, want %+v", cell, got, want)
				}
			}
		})
	}
}

func TestMeansNone(t *testing.T) {
	for cell, want := range map[string]bool{
		"": true, " \u2003\ufeff": true, "n/a": true, "(None)": true, "[ ]": true, "`": false, "0": false, "no": false, "MFA": false, "none, MFA": false,
		strings.Repeat(" ", 1000): true, strings.Repeat("-", 1000): false,
	} {
		if got := MeansNone(cell); got != want {
			t.Errorf("%.20q: got %t, want %t", cell, got, want)
		}
	}
}

// A term with a detail of unknown words claims nothing.
func TestUnknownDetails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		detail := strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-z\x{200b}\x{274c}?0-9]{1,9}`), 1, 4).Draw(t, "words"), " ")
		if allIn(wordsOf(detail), detailAffirmations) || mfaDetail.MatchString(detail) {
			t.Skip("a known detail")
		}
		for _, term := range []string{"MFA", "Approval", "Okta Gateway", "Session recording"} {
			r := ParseConditions(term + " (" + detail + ")")
			r.Unknown = false
			if r != (Requirements{}) && !approvalDetail.MatchString(detail) {
				t.Fatalf("%s (%q): got %+v, want no requirement", term, detail, r)
			}
		}
	})
}

// knownTerms are spellings of each term.
var knownTerms = []string{
	"MFA", "mfa", "multi-factor authentication", "Multi-Factor", "2FA", "Approval", "access_request", "Access Request", "Okta Gateway", "gateway",
	"Okta Gateway with Session Recording", "session recording", "SessionRecording", "urn:okta:loa:2fa:any",
}

// A known term with other words around it is a requirement only if these are known to
// affirm it.
func TestConditionsHaveNoFalsePositives(t *testing.T) {
	word := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z0-9]{1,8}`),
		rapid.StringMatching(`[\p{L}'’.:/&!?*#@<>=-]{1,6}`),
		rapid.SampledFrom([]string{
			"or", "no", "not", "never", "without", "w/o", "unless", "if", "except", "optional", "ohne", "kein", "sans", "sin", "skip", "disabled",
			"false", "off", "preferred", "either", "neither", "nor", "any", "for", "in", "by", "true", "on", "enabled", "is", "yes", "=", ":",
		}),
	)
	affirms := func(before, after string) bool {
		known := func(text string, more ...string) bool {
			return slices.ContainsFunc(append(more, ""), func(w string) bool { return strings.EqualFold(text, w) })
		}
		colon := strings.TrimLeft(after, " ")
		if colon != "" && strings.ContainsAny(colon[:1], ":=") {
			after = ""
			if !known(strings.TrimSpace(colon[1:]), affirmativeValues...) {
				return false
			}
		}
		return known(strings.TrimRight(before, ": "), "requires", "require", "required", "via", "okta") &&
			known(after, "required", "is required", "enabled", "is enabled", "authentication")
	}
	rapid.Check(t, func(t *rapid.T) {
		term := rapid.SampledFrom(knownTerms).Draw(t, "term")
		before := strings.Join(rapid.SliceOfN(word, 0, 3).Draw(t, "before"), " ")
		after := strings.Join(rapid.SliceOfN(word, 0, 3).Draw(t, "after"), " ")
		space := rapid.SampledFrom([]string{" ", "", "-", "_"}).Draw(t, "space")
		if affirms(before, after) {
			t.Skip("known to affirm")
		}
		cell := before + space + term + space + after
		if strings.ContainsAny(cell, ",;|+\r\n") || strings.Contains(strings.ToLower(cell), "and") {
			t.Skip("has a separator")
		}
		if before == "" {
			cell = term + space + after
		}
		if after == "" {
			cell = strings.TrimSuffix(cell, space)
		}
		got := ParseConditions(cell)
		got.Unknown = false
		if got != (Requirements{}) {
			t.Fatalf("%q: got %+v, want no requirements", cell, got)
		}
	})
}

// Every separator keeps all known terms.
func TestSeparatorsLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(rapid.SampledFrom(knownTerms), 1, 6).Draw(t, "terms")
		separator := rapid.SampledFrom([]string{",", ", ", ";", " | ", "\n", " and ", "+", ", and ", " + "}).Draw(t, "separator")
		var want Requirements
		for _, term := range terms {
			want = want.or(ParseConditions(term))
		}
		if got := ParseConditions(strings.Join(terms, separator)); got != want {
			t.Fatalf("%q: got %+v, want %+v", strings.Join(terms, separator), got, want)
		}
	})
}

func FuzzParseConditions(f *testing.F) {
	f.Add("Okta Gateway with Session Recording, Approval; no MFA")
	f.Add(`{"mfa":true,"gateway":[]}`)
	f.Fuzz(func(t *testing.T, cell string) {
		r := ParseConditions(cell)
		if r.Recording && !r.Gateway {
			t.Errorf("%q: got a recording without a gateway, want both", cell)
		}
		joined := strings.Join(wordsOf(cell), "")
		for word, demanded := range map[string]bool{
			"gateway": r.Gateway && !r.Recording, "sessionrecording": r.Recording,
		} {
			if demanded && !strings.Contains(joined, word) {
				t.Errorf("%q: got %+v, want no requirement without the word %s", cell, r, word)
			}
		}
		if MeansNone(cell) && r != (Requirements{}) {
			t.Errorf("%q: got %+v, want no requirements", cell, r)
		}
	})
}

// Conditions that are not understood have parts that may be relevant, so they never consist
// only of terms. Those that do, and do not mean none, require something.
func TestOnlyTermsAreUnderstood(t *testing.T) {
	parts := []string{
		"MFA", "Approval", "Okta Gateway", "Session Recording", "Access Request", "without session recording", "Working hours", "none",
		",", ";", "|", "+", "\n", " ", "-", "_", "and", " and ", "or ", "no ", "required", "(", ")", "[", "]", "{", "}", `"`, "'", ":", "\u200b",
	}
	check := func(t interface{ Errorf(string, ...any) }, cell string) {
		switch got := ParseConditions(cell); {
		case hasOnlyTerms(cell) && got.Unknown:
			t.Errorf("%.100q: got only terms, but %+v", cell, got)
		case hasOnlyTerms(cell) && !MeansNone(cell) && got == Requirements{}:
			t.Errorf("%.100q: got only terms without a requirement, want neither", cell)
		}
	}
	for _, cell := range []string{strings.Repeat("MFA, ", maxConditions/5+1), ",", "+", "and ", " , ; \n", "and , and "} {
		check(t, cell)
		if hasOnlyTerms(cell) {
			t.Errorf("%.100q: got only terms, want none", cell)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		cell := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 1, 8).Draw(t, "parts"), "")
		check(t, cell)
		check(t, strings.Repeat(cell+", ", 1+maxConditions/len(cell+", ")))
	})
}
