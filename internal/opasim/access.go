package opasim

import "strings"

// Privileges on a server (§2.2).
const (
	PrivilegeUser  = "user"
	PrivilegeAdmin = "admin"
)

// Kinds of conditions, as the specification calls them (§2.2).
const (
	ConditionGateway   = "gateway"
	ConditionRecording = "gateway_with_session_recording"
	ConditionApproval  = "access_request"
	ConditionMFA       = "mfa"
)

// conditionKinds holds every kind in the order in which a cell lists them.
var conditionKinds = []string{ConditionGateway, ConditionRecording, ConditionApproval, ConditionMFA}

// policy grants what its rules say to the members of its groups.
type policy struct {
	name    string
	members map[*User]bool
	rules   []rule
}

// newPolicy makes a policy for the groups that are not deleted.
func newPolicy(name string, groups []*Group, rules []rule) *policy {
	p := &policy{name: name, members: map[*User]bool{}, rules: rules}
	for _, group := range groups {
		if group.DeletedAt == "" {
			for _, user := range group.Members {
				p.members[user] = true
			}
		}
	}
	return p
}

// rule is one way in to the servers that it selects.
type rule struct {
	selects    selector
	individual []string // privileges on the user's own account
	shared     []string // vaulted accounts, always with PrivilegeUser
	conditions []string // in the order of conditionKinds
}

// selector chooses servers: all that is set must fit.
type selector struct {
	resourceGroup, project, hostname, osType string
	labels                                   map[string]string
}

func (s selector) matches(server *Host) bool {
	fits := func(want, have string) bool { return want == "" || want == have }
	for key, want := range s.labels {
		if have, ok := server.Labels[key]; !ok || have != want {
			return false
		}
	}
	return fits(s.resourceGroup, server.ResourceGroupName) && fits(s.project, server.ProjectName) &&
		fits(s.hostname, server.Hostname) && fits(s.osType, server.OSType)
}

// Row is one line of an access report: one way in, that is one user, server,
// account, privilege and set of conditions (§2.3).
type Row struct {
	UserName     string
	UserType     string
	UserStatus   string
	ResourceName string // the hostname
	ResourceType string
	Account      string
	Privileges   string
	Conditions   string
}

// UserRows returns what a report on the user with that id holds, in the default
// [CSV] dialect's words: nothing for an unknown id or a type other than
// [ServerType].
//
// Only an ACTIVE user has access, and only to servers that are not deleted. An
// INACTIVE server is one whose agent is silent: its rows stay.
func (w *World) UserRows(userID, resourceType string) []Row {
	return CSV{}.withDefaults().rows(w.userWays(userID, resourceType))
}

// ResourceRows is [World.UserRows] for the server with that id.
func (w *World) ResourceRows(serverID, resourceType string) []Row {
	return CSV{}.withDefaults().rows(w.resourceWays(serverID, resourceType))
}

// way is a Row before a dialect puts it into words.
type way struct {
	user       *User
	server     *Host
	account    string
	privilege  string
	conditions []string
	policy     *policy
}

func (w *World) userWays(userID, resourceType string) []way {
	user := w.userByID(userID)
	if user == nil || resourceType != ServerType {
		return nil
	}
	return w.ways([]*User{user}, w.servers)
}

func (w *World) resourceWays(serverID, resourceType string) []way {
	server := w.serverByID(serverID)
	if server == nil || resourceType != ServerType {
		return nil
	}
	return w.ways(w.users, []*Host{server})
}

// ways computes every distinct way from the users to the servers. Where two
// rules open the same way, it is the first rule's.
func (w *World) ways(users []*User, servers []*Host) []way {
	type key struct {
		user                           *User
		server                         *Host
		account, privilege, conditions string
	}
	var all []way
	seen := map[key]bool{}
	open := func(one way) {
		k := key{one.user, one.server, one.account, one.privilege, strings.Join(one.conditions, " ")}
		if !seen[k] {
			seen[k] = true
			all = append(all, one)
		}
	}
	users = filter(users, func(u *User) bool { return u.Status == Active })
	servers = filter(servers, func(s *Host) bool { return s.DeletedAt == "" })
	for _, p := range w.policies {
		granted := filter(users, func(u *User) bool { return p.members[u] })
		if len(granted) == 0 {
			continue
		}
		for _, r := range p.rules {
			for _, server := range filter(servers, r.selects.matches) {
				for _, user := range granted {
					for _, privilege := range r.individual {
						open(way{user, server, user.Account, privilege, r.conditions, p})
					}
					for _, account := range r.shared {
						open(way{user, server, account, PrivilegeUser, r.conditions, p})
					}
				}
			}
		}
	}
	return all
}
