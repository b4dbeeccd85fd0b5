package accessreport

import (
	"strings"
	"testing"
	"unicode"
)

func TestParseConditions(t *testing.T) {
	var (
		none     Requirements
		gateway  = Requirements{Gateway: true}
		recorded = Requirements{Gateway: true, Recording: true}
		approval = Requirements{Approval: true}
		mfa      = Requirements{MFA: true}
	)
	for cell, want := range map[string]Requirements{
		"":                                    none,
		"None":                                none,
		"Working hours":                       none,
		"Okta Gateway":                        gateway,
		"via okta gateway":                    gateway,
		"Okta Gateway with Session Recording": recorded,
		"gateway_with_session_recording":      recorded,
		"GatewayWithSessionRecording":         recorded,
		"Session recording":                   recorded,
		"Approval":                            approval,
		"Access Request (Break glass)":        approval,
		"access_request":                      approval,
		"MFA":                                 mfa,
		"MFA (phishing-resistant)":            mfa,
		"Multi-Factor Authentication":         mfa,
		"multifactor":                         mfa,
		"Approval, MFA":                       {Approval: true, MFA: true},
		"Approval and MFA":                    {Approval: true, MFA: true},
		`["Approval","Okta Gateway"]`:         {Approval: true, Gateway: true},
		"Okta Gateway with Session Recording; Approval | MFA": {Gateway: true, Recording: true, Approval: true, MFA: true},
		"MFA\nApproval+gateway":                               {Gateway: true, Approval: true, MFA: true},
		`{"gateway":true,"mfa":false}`:                        gateway,

		// What a cell takes back is not asked for.
		"Okta Gateway without Session Recording": gateway,
		"No MFA":                                 none,
		"No MFA, Approval":                       approval,
		"MFA not required":                       none,
		"MFA: no":                                none,
		"session recording: off, gateway":        gateway,
		"MFA is optional":                        none,
		"without MFA or approval":                none,
		"no approval and MFA":                    none,
		"MFA: 0":                                 none,
		"mfa=n":                                  none,
		"MFA exempt":                             none,
		"MFA bypassed":                           none,
		"Gateway bypass":                         none,
		"Approval waived":                        none,
		"auto-approval":                          none,
		"never requires MFA":                     none,
		"doesn't require MFA":                    none,
		"skip MFA":                               none,
		"MFA is currently not required":          none,
		"MFA (not required)":                     none,
		`{"mfa":null,"gateway":null}`:            none,
		`{"type":"mfa","enabled":false}`:         none,
		`{"mfa":"no"}`:                           none,
		"Okta Gateway (no session recording)":    gateway,

		// What speaks of something else takes nothing back.
		"MFA (not phishing-resistant)":  mfa,
		"Approval (not by self), MFA":   {Approval: true, MFA: true},
		"no MFA / Approval":             approval,
		"Approval (expires after 8h)":   approval,
		"2FA":                           mfa,
		"urn:okta:loa:2fa:any":          mfa,
		`{"mfa":true,"gateway":"true"}`: {MFA: true, Gateway: true},
	} {
		if got := ParseConditions(cell); got != want {
			t.Errorf("%q: got %+v, want %+v", cell, got, want)
		}
	}
}

func FuzzParseConditions(f *testing.F) {
	f.Add("Okta Gateway with Session Recording, Approval; no MFA")
	f.Fuzz(func(t *testing.T, cell string) {
		r := ParseConditions(cell)
		if r.Recording && !r.Gateway {
			t.Errorf("%q is recorded without a gateway", cell)
		}
		letters := strings.ToLower(strings.Map(func(c rune) rune {
			if unicode.IsLetter(c) {
				return c
			}
			return -1
		}, cell))
		for word, said := range map[string]bool{"gateway": r.Gateway && !r.Recording, "sessionrecording": r.Recording} {
			if said && !strings.Contains(letters, word) {
				t.Errorf("%q does not speak of %s", cell, word)
			}
		}
	})
}
