package provider

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// team has the users and the servers of a team, each sorted by name.
type team struct {
	users, servers []*member
}

// all returns the users and the servers.
func (t *team) all() []*member { return slices.Concat(t.users, t.servers) }

// of returns the subjects of a kind.
func (t *team) of(kind client.Kind) []*member {
	if kind == client.UserSubject {
		return t.users
	}
	return t.servers
}

// smallerSide returns the kind with fewer subjects. A kind without subjects is not chosen
// if the other one has some, because no report would confirm that there are no rows.
func (t *team) smallerSide() client.Kind {
	if servers := len(t.servers); servers > 0 && (servers < len(t.users) || len(t.users) == 0) {
		return client.ResourceSubject
	}
	return client.UserSubject
}

// listTeam returns all subjects of the given kinds, which it lists at the same time.
// Deleted ones are included if withDeleted is set.
func listTeam(ctx context.Context, s *session, kinds []client.Kind, withDeleted bool, resourceType types.String) (*team, error) {
	var t team
	var usersErr, serversErr error
	fatal := client.ForEach(ctx, kinds, func(ctx context.Context, kind client.Kind) error {
		if kind == client.UserSubject {
			t.users, usersErr = listUsers(ctx, s, withDeleted, resourceType)
			return usersErr
		}
		t.servers, serversErr = listServers(ctx, s, withDeleted, resourceType)
		return serversErr
	})
	if err := cmp.Or(fatal, usersErr, serversErr); err != nil {
		return nil, err
	}
	return &t, nil
}

func listUsers(ctx context.Context, s *session, withDeleted bool, resourceType types.String) (members []*member, err error) {
	users, err := s.client.Users(ctx, client.UserFilter{NotDeleted: !withDeleted})
	for _, user := range users {
		members = append(members, &member{name: user.Name, subject: userSubject(user, resourceType), deleted: user.Deleted()})
	}
	return members, err
}

func listServers(ctx context.Context, s *session, withDeleted bool, resourceType types.String) (members []*member, err error) {
	servers, err := s.client.Servers(ctx, client.ServerFilter{WithDeleted: withDeleted})
	for _, server := range servers {
		members = append(members, &member{name: s.nameOfServer(server), subject: serverSubject(server, resourceType), deleted: server.Deleted()})
	}
	return members, err
}

// update adds the subjects that were added to the team, and those that were deleted since
// it was listed or before. It marks deleted ones, and removes deleted servers, to which
// nobody has access. Subjects that are no longer listed remain, because that does not prove
// that they were deleted.
func (t *team) update(ctx context.Context, s *session, resourceType types.String) error {
	now, err := listTeam(ctx, s, []client.Kind{client.UserSubject, client.ResourceSubject}, true, resourceType)
	if err != nil {
		return err
	}
	deleted := map[string]bool{}
	for _, side := range []struct{ before, now *[]*member }{{&t.users, &now.users}, {&t.servers, &now.servers}} {
		known := map[string]*member{}
		for _, m := range *side.before {
			known[m.subject.ID] = m
		}
		for _, m := range *side.now {
			deleted[m.subject.ID] = m.deleted
			if existing := known[m.subject.ID]; existing != nil {
				existing.deleted, existing.subject = m.deleted, m.subject
			} else {
				*side.before = append(*side.before, m)
			}
		}
	}
	t.servers = filterMembers(t.servers, func(m *member) bool { return !deleted[m.subject.ID] })
	sortMembers(t.users)
	sortMembers(t.servers)
	return nil
}

// removeFailed removes the subjects without a report: deleted ones on which OPA refuses
// reports, and those that the comparison does not need.
func (t *team) removeFailed() {
	read := func(m *member) bool { return m.decoded != nil && m.err == nil }
	t.users, t.servers = filterMembers(t.users, read), filterMembers(t.servers, read)
}

func filterMembers(members []*member, keep func(*member) bool) (kept []*member) {
	for _, m := range members {
		if keep(m) {
			kept = append(kept, m)
		}
	}
	return kept
}

// sortMembers sorts members by the name of their subjects.
func sortMembers(members []*member) {
	slices.SortFunc(members, func(x, y *member) int {
		return cmp.Or(cmp.Compare(x.subject.name(), y.subject.name()), cmp.Compare(x.subject.ID, y.subject.ID))
	})
}
