package provider

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// explainRefusal returns the diagnostic for a request that the API, or a proxy in front of
// it, refused.
func explainRefusal(err error, e *client.APIError) diag.Diagnostic {
	// The labels show the response. The sentence only describes the request.
	doing, _ := strings.CutSuffix(err.Error(), ": "+e.Error())
	title, m := explainStatus(err, e, doing)
	if !mayBeOfProxy(e) {
		return diag.NewErrorDiagnostic(title, m.String())
	}
	request := say(" (%s)", doing)
	if doing == e.Error() { // the error does not describe the request
		request = ""
	}
	return diag.NewErrorDiagnostic(ofProxy, explainProxy(e, request, title, m).String())
}

// ofProxy is the title for an error response that may not be of the API.
const ofProxy = "Unexpected error response"

// mayBeOfProxy reports whether the body of an error is not one of the API. Redirects often
// have one.
func mayBeOfProxy(e *client.APIError) bool {
	return e.Body != client.APIBody && e.StatusCode >= http.StatusBadRequest
}

// explainProxy returns the message for an error response that may be of a proxy. The title
// and the message that apply if the response is from OPA come second.
func explainProxy(e *client.APIError, request prose, title string, m message) message {
	m.happened = say("The response to a request%s is %s, so a proxy or firewall may have answered instead of OPA.", request, prose(e.Body))
	m.advice = say("Check base_url in the provider configuration, and the proxies and firewalls between this machine and the tenant.\n\nIf the response is from OPA itself, this is the error %q. %s", title, m.advice)
	return m
}

// explainStatus returns the title and the message for a request that the API refused.
func explainStatus(err error, e *client.APIError, doing string) (title string, m message) {
	m = message{happened: say("OPA refused a request (%s).", doing), labels: refusalLabels(e)}
	signIn, _ := errors.AsType[*client.SignInError](err)
	switch {
	case e.StatusCode == http.StatusTooManyRequests:
		m.advice = "OPA limits the rate of requests per user. The provider waited as long as OPA requested, and retried max_retries times. Try again later, decrease max_concurrent_requests, or increase max_retries."
		return "Too many requests", m
	case signIn != nil && signIn.Refused() && signIn.Connection != "":
		m.happened = say("OPA did not issue a token to the workload of the connection %q.", signIn.Connection)
		m.advice = "Check in workload_identity that the connection is active in OPA, that its issuer created the JWT for it, that the JWT has not expired, and that the role is correct. Check also base_url and team."
		return "Workload refused", m
	case signIn != nil && signIn.Refused():
		m.happened = say("OPA did not accept the API key with the ID %s.", signIn.KeyID)
		m.advice = "Check key_id and key_secret (or OPA_KEY_ID and OPA_KEY_SECRET), base_url and team. In OPA, check that the key of the service user was not revoked."
		return "API key refused", m
	case e.MissingRole():
		m.advice = "The credentials are valid, but their user does not have a required role. In OPA, assign the security_admin role to a group of the service user, or to the workload. This role is required to create access reports, and to look up users and servers."
		return "Missing role", m
	case e.StatusCode == http.StatusUnauthorized:
		m.advice = "OPA rejected the token. If it is from bearer_token or OPA_BEARER_TOKEN, it may have expired: request a new token, or use an API key. " +
			"If you use an API key or a workload identity, OPA rejected a new token as well: check that its user is active and has the security_admin role. Without this role, OPA returns the same error."
		return "Not authorized", m
	case e.StatusCode/100 == 3:
		m.happened = say("OPA responded to a request with a redirect (%s).", doing)
		m.advice = "Set base_url to the address of the tenant. The provider does not follow redirects, and does not send credentials to their target."
		return "Unexpected redirect", m
	case e.StatusCode == http.StatusNotFound:
		m.advice = "Check team and base_url in the provider configuration. If an ID is set, check that it is the ID of a user or server of this team."
		return "Not found", m
	case e.StatusCode >= http.StatusInternalServerError:
		m.advice = "The server kept returning an error after all retries. Try again later."
		m.happened = say("OPA responded to a request with an error (%s).", doing)
		return "OPA server error", m
	}
	m.advice = "Check the arguments, with the help of the message below. If they are correct, please report this error."
	return "Request refused", m
}

func refusalLabels(e *client.APIError) []label {
	return []label{
		{"Status", strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode)))},
		{"Error type", e.Type.String()},
		{"Message", e.Message.String()},
		{"Request ID", e.RequestID.String()},
	}
}
