package opasim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (w *World) addUsers(file fileBlock) error {
	for _, b := range file.Users {
		u := &User{
			ID: idOf("user", b.Name), Name: b.Name,
			Type: cmp.Or(b.Type, Human), Status: cmp.Or(b.Status, Active), Account: cmp.Or(b.Account, b.Name),
			Email: b.Email, FirstName: b.FirstName, LastName: b.LastName,
			FullName:  strings.TrimSpace(b.FirstName + " " + b.LastName),
			DeletedAt: b.DeletedAt,
		}
		if err := cmp.Or(
			unique("user", w.User(b.Name) == nil),
			oneOf("type", u.Type, Human, Service),
			oneOf("status", u.Status, Active, Disabled, Deleted),
			validTimestamp("deleted_at", u.DeletedAt),
		); err != nil {
			return fmt.Errorf("user %q: %w", b.Name, err)
		}
		if (u.Status == Deleted) != (u.DeletedAt != "") {
			return fmt.Errorf("user %q: status DELETED and deleted_at go together", b.Name)
		}
		w.addUser(u)
	}
	return nil
}

func (w *World) addGroups(file fileBlock) error {
	for _, b := range file.Groups {
		g := &Group{ID: idOf("group", b.Name), Name: b.Name, Roles: b.Roles, DeletedAt: b.DeletedAt}
		if err := cmp.Or(
			unique("group", w.Group(b.Name) == nil),
			validTimestamp("deleted_at", g.DeletedAt),
		); err != nil {
			return fmt.Errorf("group %q: %w", b.Name, err)
		}
		for _, name := range b.Members {
			if w.User(name) == nil {
				return fmt.Errorf("group %q: no user %q in this world", b.Name, name)
			}
		}
		g.Members = filter(w.users, func(u *User) bool { return slices.Contains(b.Members, u.Name) })
		w.groups = append(w.groups, g)
	}
	return nil
}

func (w *World) addServers(file fileBlock) error {
	for _, rg := range file.ResourceGroups {
		for _, p := range rg.Projects {
			if !teamName.MatchString(p.Name) {
				return fmt.Errorf("project %q: want letters, digits, - _ and . only", p.Name)
			}
			for _, b := range p.Servers {
				s, err := newServer(rg.Name, p.Name, b)
				if err == nil && w.serverByID(s.ID) != nil {
					err = errors.New("the hostname is used twice; set enrollment = 2 in the second block")
				}
				if err != nil {
					return fmt.Errorf("server %q of project %q: %w", b.Hostname, p.Name, err)
				}
				w.addServer(s)
			}
		}
	}
	return nil
}

func newServer(resourceGroup, project string, b serverBlock) (*Host, error) {
	path := []string{resourceGroup, project, b.Hostname}
	if b.Enrollment > 1 {
		path = append(path, strconv.Itoa(b.Enrollment))
	}
	osType := cmp.Or(b.OSType, Linux)
	os := map[string]string{Linux: "Debian 12", Windows: "Windows Server 2022"}[osType]
	s := &Host{
		ID: idOf("server", path...), Hostname: b.Hostname,
		CanonicalName: b.CanonicalName, AltNames: b.AltNames, AccessAddress: b.AccessAddress,
		OS: cmp.Or(b.OS, os), OSType: osType, State: cmp.Or(b.State, Active), Labels: b.Labels,
		ProjectID: idOf("project", resourceGroup, project), ProjectName: project,
		ResourceGroupID: idOf("resource_group", resourceGroup), ResourceGroupName: resourceGroup,
		RegisteredAt: cmp.Or(b.RegisteredAt, defaultRegisteredAt), DeletedAt: b.DeletedAt,
	}
	if s.Labels == nil {
		s.Labels = map[string]string{} // the API returns an object, not null
	}
	return s, cmp.Or(
		oneOf("os_type", s.OSType, Linux, Windows),
		oneOf("state", s.State, Active, Inactive),
		validTimestamp("registered_at", s.RegisteredAt),
		validTimestamp("deleted_at", s.DeletedAt),
	)
}

func (w *World) addPolicies(file fileBlock) error {
	for _, b := range file.Policies {
		var groups []*Group
		for _, name := range b.Groups {
			g := w.Group(name)
			if g == nil {
				return fmt.Errorf("policy %q: no group %q in this world", b.Name, name)
			}
			groups = append(groups, g)
		}
		var rules []rule
		for _, rb := range b.Rules {
			r, err := w.newRule(rb)
			if err != nil {
				return fmt.Errorf("policy %q: rule %q: %w", b.Name, rb.Name, err)
			}
			rules = append(rules, r)
		}
		w.policies = append(w.policies, newPolicy(b.Name, groups, rules))
	}
	return nil
}

func (w *World) newRule(b ruleBlock) (rule, error) {
	r := rule{
		servers: selector{
			resourceGroup: b.Servers.ResourceGroup, project: b.Servers.Project,
			hostname: b.Servers.Hostname, osType: b.Servers.OSType, labels: b.Servers.Labels,
		},
		individual: b.Individual, shared: b.Shared, conditions: sortConditions(b.Conditions),
	}
	for _, privilege := range r.individual {
		if err := oneOf("individual", privilege, PrivilegeUser, PrivilegeAdmin); err != nil {
			return rule{}, err
		}
	}
	for _, kind := range r.conditions {
		if err := oneOf("conditions", kind, conditionKinds...); err != nil {
			return rule{}, err
		}
	}
	if len(r.individual)+len(r.shared) == 0 {
		return rule{}, errors.New("the rule grants nothing; set individual or shared")
	}
	if !slices.ContainsFunc(w.servers, r.servers.matches) {
		return rule{}, errors.New("no server in this world matches the servers block")
	}
	return r, nil
}

// sortConditions returns the kinds in the order in which a cell lists them.
func sortConditions(kinds []string) []string {
	return slices.SortedFunc(slices.Values(kinds), func(a, b string) int {
		return slices.Index(conditionKinds, a) - slices.Index(conditionKinds, b)
	})
}

func unique(kind string, isUnique bool) error {
	if !isUnique {
		return fmt.Errorf("another %s has the same name", kind)
	}
	return nil
}

func oneOf(attribute, value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return fmt.Errorf("%s = %q: want one of %s", attribute, value, strings.Join(allowed, ", "))
	}
	return nil
}

func validTimestamp(attribute, value string) error {
	if value == "" {
		return nil
	}
	if _, err := time.Parse(time.RFC3339, value); err != nil {
		return fmt.Errorf("%s = %q: want an RFC 3339 timestamp", attribute, value)
	}
	return nil
}
