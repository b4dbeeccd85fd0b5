package opasim

import (
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Values of the API's enums (API.md, user-fields, user-status, server-fields, server-state).
const (
	Human   = "human"
	Service = "service"

	Active   = "ACTIVE"
	Inactive = "INACTIVE"
	Disabled = "DISABLED"
	Deleted  = "DELETED"

	Linux   = "linux"
	Windows = "windows"

	// ServerType is the only resource type of access reports
	// (API.md, report-resource-types).
	ServerType = "server"
)

// World contains the users, groups, servers and policies of a tenant. It never
// changes, so several goroutines and simulators can use it at the same time.
type World struct {
	users    []*User
	groups   []*Group
	servers  []*Host
	policies []*policy

	usersByName, usersByID map[string]*User // by id in lower case
	serversByID            map[string]*Host
}

func newWorld() *World {
	return &World{
		usersByName: map[string]*User{}, usersByID: map[string]*User{}, serversByID: map[string]*Host{},
	}
}

func (w *World) addUser(u *User) {
	w.users = append(w.users, u)
	w.usersByName[u.Name], w.usersByID[u.ID] = u, u
}

func (w *World) addServer(h *Host) {
	w.servers = append(w.servers, h)
	w.serversByID[h.ID] = h
}

// User is a human or service user (API.md, user-fields).
type User struct {
	ID     string
	Name   string
	Type   string // Human or Service
	Status string // Active, Disabled or Deleted
	// Account is the user's individual account on servers.
	Account string
	// Email and the names are "" for service users.
	Email, FirstName, LastName, FullName string
	// DeletedAt is an RFC 3339 timestamp, or "" for a user that is not deleted.
	DeletedAt string
}

// Group is a group of users. A deleted group grants nothing.
type Group struct {
	ID        string
	Name      string
	Roles     []string
	Members   []*User // of every status, in the order of the world
	DeletedAt string  // RFC 3339, or ""
}

// Host is an enrolled server (API.md, server-fields). Its hostname may not be unique,
// not even in its project (API.md, server-hostname).
type Host struct {
	ID            string
	Hostname      string
	CanonicalName string // "" for none
	AltNames      []string
	AccessAddress string // "" for none
	OS            string // with its version, such as "Debian 12"
	OSType        string // Linux or Windows
	State         string // Active or Inactive
	Labels        map[string]string

	ProjectID, ProjectName             string
	ResourceGroupID, ResourceGroupName string

	RegisteredAt string // RFC 3339
	DeletedAt    string // RFC 3339, or ""
}

// Users returns all users in the order in which the API lists them.
func (w *World) Users() []*User { return w.users }

// User returns the user with that exact name, or nil.
func (w *World) User(name string) *User { return w.usersByName[name] }

// Groups returns all groups in the order in which the API lists them.
func (w *World) Groups() []*Group { return w.groups }

// Group returns the group with that exact name, or nil.
func (w *World) Group(name string) *Group {
	for _, g := range w.groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// AllServers returns all servers in the order in which the API lists them.
func (w *World) AllServers() []*Host { return w.servers }

// Servers returns the servers with that exact hostname, including inactive and
// deleted servers.
func (w *World) Servers(hostname string) []*Host {
	return filter(w.servers, func(s *Host) bool { return s.Hostname == hostname })
}

func (w *World) userByID(id string) *User { return w.usersByID[strings.ToLower(id)] }

func (w *World) serverByID(id string) *Host { return w.serversByID[strings.ToLower(id)] }

var (
	// uuidShape is the pattern of an id (API.md, id-format).
	uuidShape = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)
	// teamName is the pattern of team names (API.md, team-name) and project names.
	teamName = regexp.MustCompile(`^[\w\-.]+$`)

	namespace = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("opasim"))
)

// idOf returns the id of an object, derived from its kind and its path in the world,
// so that it is the same in every run.
func idOf(kind string, path ...string) string {
	name := kind + "\x00" + strings.Join(path, "\x00")
	return uuid.NewSHA1(namespace, []byte(name)).String()
}

// timeLayout is the format of timestamps (API.md, timestamp-format).
const timeLayout = "2006-01-02T15:04:05.000000Z07:00"

// timestamp returns a time in UTC in the format of the API.
func timestamp(t time.Time) string { return t.UTC().Format(timeLayout) }

// filter returns a new slice of the items that match.
func filter[T any](items []T, matches func(T) bool) []T {
	var kept []T
	for _, item := range items {
		if matches(item) {
			kept = append(kept, item)
		}
	}
	return kept
}
