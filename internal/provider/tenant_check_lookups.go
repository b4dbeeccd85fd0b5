package provider

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// findUser looks up the user in each way. It returns the name of the check that others
// need.
func (t *tenantCheck) findUser(ctx context.Context, m *tenantCheckModel) string {
	byName := func(needs, name string) {
		t.check(ctx, "user_by_name", []string{needs}, func() finding {
			if name == "" {
				return warned("OPA returned no name of the user, so it was not looked up by name.")
			}
			return t.foundUser(t.client.UserByName(ctx, name))
		})
	}
	byID := func(needs, id string) {
		t.check(ctx, "user_by_id", []string{needs}, func() finding { return t.foundUser(t.client.UserByID(ctx, id)) })
	}
	first := "user_by_name"
	if m.UserName.IsNull() {
		first = "user_by_id"
		byID(signInCheck, m.UserID.ValueString())
		byName(first, t.user.Name)
	} else {
		byName(signInCheck, m.UserName.ValueString())
		byID(first, t.user.ID)
	}
	t.check(ctx, "user_in_list", []string{first}, func() finding {
		users, err := t.client.Users(ctx, client.UserFilter{Contains: t.user.Name})
		switch {
		case err != nil:
			return failed(err)
		case !slices.ContainsFunc(users, func(u client.User) bool { return strings.EqualFold(u.ID, t.user.ID) }):
			return finding{checkFailed, say("The list of users that contain %q does not have the user. Reports on groups and lists of users would omit the user. Please report this with the profile: %s", t.client.Redact(t.user.Name), tenantForm)}
		}
		return passed("The list of users has the user.")
	})
	return first
}

// foundUser returns the finding of a lookup, and keeps the user of the first one.
func (t *tenantCheck) foundUser(user client.User, err error) finding {
	switch {
	case err != nil:
		return failed(err)
	case t.user.ID != "" && !strings.EqualFold(t.user.ID, user.ID):
		return finding{checkFailed, "The two lookups of the user found different users. Please report this with the profile: " + tenantForm}
	}
	t.user = user
	return t.found(say("Found the user: type %s, status %s.", textOrNone(t.client.Redact(user.UserType)), textOrNone(t.client.Redact(user.Status))),
		vocabulary{"user_type", user.UserType, knownUserTypes}, vocabulary{"status", user.Status, knownUserStatuses})
}

// The documented words of users (API.md, csv-user-type, user-status), in lower case.
var (
	knownUserTypes    = []string{client.HumanUser, client.ServiceUser}
	knownUserStatuses = []string{"active", "disabled", "deleted"}
)

// vocabulary is a field with its value and the documented ones.
type vocabulary struct {
	field, value string
	known        []string
}

// found returns the finding of a lookup that found an object. It warns of values that are not
// documented.
func (t *tenantCheck) found(happened prose, fields ...vocabulary) finding {
	var unknown []string
	for _, f := range fields {
		if f.value != "" && !slices.Contains(f.known, strings.ToLower(f.value)) {
			unknown = append(unknown, string(say("%s %q", f.field, t.client.Redact(f.value))))
		}
	}
	if unknown != nil {
		return warned(happened + " " + unknownWordsRemark(prose(strings.Join(unknown, ", "))))
	}
	return passed(happened)
}

// unknownWordsRemark returns what to do about words that are not documented.
func unknownWordsRemark(words prose) prose {
	return say("Unknown words, which the provider returns unchanged: %s. Please report which words your tenant uses: %s", words, tenantForm)
}

// findServer looks up the server in each way. It returns the name of the check that
// others need.
func (t *tenantCheck) findServer(ctx context.Context, m *tenantCheckModel) string {
	type way struct {
		check  string
		filter func() client.ServerFilter
	}
	ways := []way{
		{"server_by_hostname", func() client.ServerFilter {
			return client.ServerFilter{Hostname: valueOr(m.Hostname, t.server.Hostname).ValueString()}
		}},
		{"server_by_canonical_name", func() client.ServerFilter {
			return client.ServerFilter{CanonicalName: valueOr(m.CanonicalName, t.server.CanonicalName).ValueString()}
		}},
		{"server_by_id", func() client.ServerFilter {
			return client.ServerFilter{ID: valueOr(m.ResourceID, t.server.ID).ValueString()}
		}},
	}
	given := func(w way) int {
		f := w.filter()
		if f.ID+f.Hostname+f.CanonicalName != "" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(ways, func(a, b way) int { return given(a) - given(b) })
	needs := []string{signInCheck}
	for i, w := range ways {
		if i == 1 {
			needs = []string{ways[0].check}
		}
		t.check(ctx, w.check, needs, func() finding {
			filter := w.filter()
			if filter.ID+filter.Hostname+filter.CanonicalName == "" {
				return warned("OPA returned no such name of the server, so it was not looked up by it.")
			}
			return t.foundServer(t.client.ServerBy(ctx, filter))
		})
	}
	return ways[0].check
}

// foundServer returns the finding of a lookup, and keeps the server of the first one.
func (t *tenantCheck) foundServer(server client.Server, err error) finding {
	_, several := errors.AsType[*client.AmbiguousServerError](err)
	switch {
	case several && t.server.ID != "":
		t.sameHostname = true
		return warned("Several servers have this name, which is allowed. Reports by this name need project_name or resource_id.")
	case err != nil:
		return failed(err)
	case t.server.ID != "" && !strings.EqualFold(t.server.ID, server.ID):
		return finding{checkFailed, "Two lookups of the server found different servers. Please report this with the profile: " + tenantForm}
	}
	t.server = server
	return t.found(say("Found the server: state %s.", textOrNone(t.client.Redact(server.State))), vocabulary{"state", server.State, []string{"active", "inactive"}})
}

// checkLists fails the checks of lists that are not complete: the first page has no link to
// a next one, but not the user or the server that was found. Users who are not active,
// service users, and deleted or inactive servers may not be in these lists.
func (t *tenantCheck) checkLists() {
	for _, found := range []struct {
		check, noun, id string
		collection      client.Collection
		isListed        bool
	}{
		{listUsersCheck, "user", t.user.ID, client.UsersCollection, t.user.Status == "ACTIVE" && strings.EqualFold(t.user.UserType, client.HumanUser)},
		{listServersCheck, "server", t.server.ID, client.ServersCollection, strings.EqualFold(t.server.State, "ACTIVE") && !t.server.Deleted()},
	} {
		page, ok := t.firstPages[found.collection]
		if !ok || !page.Last || found.id == "" || !found.isListed || page.Has(found.id) {
			continue
		}
		for i := range t.results {
			if t.results[i].name == found.check {
				t.results[i].finding = finding{checkFailed, say("The list is not complete. Its first page has %s and no link to a next page, but not the %s that was found. "+
					"Reports on all users, groups or servers would silently omit access. Check whether a proxy removes the Link header of responses. If none does, please report this with the profile: %s",
					count(len(page.IDs), found.noun), found.noun, tenantForm)}
			}
		}
	}
}
