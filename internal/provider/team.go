package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// team has the users and the servers of a team, each sorted by name.
type team struct {
	users, servers []*member
}

// sortMembers sorts members by the name of their subjects.
func sortMembers(members []*member) {
	slices.SortFunc(members, func(x, y *member) int {
		return cmp.Or(cmp.Compare(x.subject.name(), y.subject.name()), cmp.Compare(x.subject.ID, y.subject.ID))
	})
}

// listTeam returns all subjects of the given kinds. It lists both kinds at the same time.
func listTeam(ctx context.Context, s *session, kinds []client.Kind, users client.UserFilter, resourceType types.String) (*team, error) {
	var t team
	var usersErr, serversErr error
	fatal := client.ForEach(ctx, kinds, func(ctx context.Context, kind client.Kind) error {
		if kind == client.UserSubject {
			t.users, usersErr = listUsers(ctx, s, users, resourceType)
			return usersErr
		}
		t.servers, serversErr = listServers(ctx, s, resourceType)
		return serversErr
	})
	if err := cmp.Or(fatal, usersErr, serversErr); err != nil {
		return nil, err
	}
	return &t, nil
}

func listUsers(ctx context.Context, s *session, filter client.UserFilter, resourceType types.String) (members []*member, err error) {
	users, err := s.client.Users(ctx, filter)
	for _, user := range users {
		members = append(members, &member{name: user.Name, subject: userSubject(user, resourceType)})
	}
	return members, err
}

func listServers(ctx context.Context, s *session, resourceType types.String) (members []*member, err error) {
	servers, err := s.client.Servers(ctx, client.ServerFilter{})
	for _, server := range servers {
		name := fmt.Sprintf("%s (%s)", s.client.Redact(server.Hostname), s.client.Redact(server.ID))
		members = append(members, &member{name: name, subject: serverSubject(server, resourceType)})
	}
	return members, err
}
