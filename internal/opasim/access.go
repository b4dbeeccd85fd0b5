package opasim

import "strings"

// Privileges on a server (API.md, csv-privileges).
const (
	PrivilegeUser  = "user"
	PrivilegeAdmin = "admin"
)

// Kinds of conditions, named as in the API's specification (API.md, csv-conditions).
const (
	ConditionGateway   = "gateway"
	ConditionRecording = "gateway_with_session_recording"
	ConditionApproval  = "access_request"
	ConditionMFA       = "mfa"
)

// conditionKinds contains every kind in the order in which a cell lists them.
var conditionKinds = []string{ConditionGateway, ConditionRecording, ConditionApproval, ConditionMFA}

// policy grants the access in its rules to the members of its groups.
type policy struct {
	name    string
	members map[*User]bool
	rules   []rule
}

// newPolicy returns a policy for the groups that are not deleted.
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

// rule grants access to the servers that its selector matches.
type rule struct {
	servers    selector
	individual []string // privileges on the user's own account
	shared     []string // vaulted accounts, always with PrivilegeUser
	conditions []string // in the order of conditionKinds
}

// selector selects servers. A server must match every field that is set.
type selector struct {
	resourceGroup, project, hostname, osType string
	labels                                   map[string]string
}

func (s selector) matches(server *Host) bool {
	matchesField := func(want, got string) bool { return want == "" || want == got }
	for key, want := range s.labels {
		if got, ok := server.Labels[key]; !ok || got != want {
			return false
		}
	}
	return matchesField(s.resourceGroup, server.ResourceGroupName) && matchesField(s.project, server.ProjectName) &&
		matchesField(s.hostname, server.Hostname) && matchesField(s.osType, server.OSType)
}

// Row is a row of an access report: a combination of user, server, account,
// privilege and conditions (API.md, csv-row).
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

// UserRows returns the rows of a report on the user with that id, with the texts
// of the default [CSV] dialect. It returns no rows for an unknown id or a type
// other than [ServerType].
//
// Only an ACTIVE user has access, and only to servers that are not deleted. The
// rows of an INACTIVE server, whose agent does not report, remain.
func (w *World) UserRows(userID, resourceType string) []Row {
	return CSV{}.withDefaults().rows(w.userEntitlements(userID, resourceType))
}

// ResourceRows is like [World.UserRows], for the server with that id.
func (w *World) ResourceRows(serverID, resourceType string) []Row {
	return CSV{}.withDefaults().rows(w.resourceEntitlements(serverID, resourceType))
}

// entitlement is a [Row] without the texts of a dialect.
type entitlement struct {
	user       *User
	server     *Host
	account    string
	privilege  string
	conditions []string
	policy     *policy
	text       *string           // of the conditions; nil means that of the dialect
	words      map[Column]string // cells in place of those of the dialect
}

func (w *World) userEntitlements(userID, resourceType string) []entitlement {
	user := w.userByID(userID)
	if user == nil || resourceType != ServerType {
		return nil
	}
	return w.entitlements([]*User{user}, w.servers)
}

func (w *World) resourceEntitlements(serverID, resourceType string) []entitlement {
	server := w.serverByID(serverID)
	if server == nil || resourceType != ServerType {
		return nil
	}
	return w.entitlements(w.users, []*Host{server})
}

// entitlements returns every distinct entitlement of the users to the servers. If
// two rules grant the same, it returns that of the first rule.
func (w *World) entitlements(users []*User, servers []*Host) []entitlement {
	set := entitlementSet{seen: map[entitlementKey]bool{}}
	users = filter(users, func(u *User) bool { return u.Status == Active })
	servers = filter(servers, func(s *Host) bool { return s.DeletedAt == "" })
	for _, p := range w.policies {
		members := filter(users, func(u *User) bool { return p.members[u] })
		if len(members) == 0 {
			continue
		}
		for _, r := range p.rules {
			for _, server := range filter(servers, r.servers.matches) {
				for _, user := range members {
					for _, privilege := range r.individual {
						set.add(entitlement{user: user, server: server, account: user.Account, privilege: privilege, conditions: r.conditions, policy: p})
					}
					for _, account := range r.shared {
						set.add(entitlement{user: user, server: server, account: account, privilege: PrivilegeUser, conditions: r.conditions, policy: p})
					}
				}
			}
		}
	}
	return set.list
}

// entitlementSet collects distinct entitlements in the order of their addition.
type entitlementSet struct {
	list []entitlement
	seen map[entitlementKey]bool
}

// entitlementKey is an entitlement without its policy.
type entitlementKey struct {
	user                           *User
	server                         *Host
	account, privilege, conditions string
}

func (s *entitlementSet) add(e entitlement) {
	key := e.key()
	if !s.seen[key] {
		s.seen[key] = true
		s.list = append(s.list, e)
	}
}

func (e entitlement) key() entitlementKey {
	return entitlementKey{e.user, e.server, e.account, e.privilege, strings.Join(e.conditions, " ")}
}
