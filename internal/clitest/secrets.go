package clitest

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"testing"
)

// CheckNoSecrets fails the test if a text contains a secret, plain or in an encoding.
func CheckNoSecrets(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		for form, encoded := range map[string]string{
			"plain": secret, "base64": base64.StdEncoding.EncodeToString([]byte(secret)), "URL-encoded": url.QueryEscape(secret), "path-encoded": url.PathEscape(secret),
			"JSON": strings.Trim(JSON(secret), `"`), "HTML": html.EscapeString(secret), "lower-case URL encoding": strings.ToLower(url.QueryEscape(secret)),
		} {
			if at := strings.Index(text, encoded); at >= 0 {
				t.Errorf("%s contains a secret (%s): …%s…", where, form, text[max(0, at-200):at])
			}
		}
	}
}

// JSON returns a text as a JSON string.
func JSON(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string can always be encoded
	}
	return string(encoded)
}
