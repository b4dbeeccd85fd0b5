package opasim

import (
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Values of the API's enums (§2.2, §4, §6.2).
const (
	Human   = "human"
	Service = "service"

	Active   = "ACTIVE"
	Inactive = "INACTIVE"
	Disabled = "DISABLED"
	Deleted  = "DELETED"

	Linux   = "linux"
	Windows = "windows"

	// ServerType is the only resource type that access reports know (§1.1).
	ServerType = "server"
)

// World is who and what a tenant knows. It does not change once it is made, so
// that it may be used by several goroutines and simulators at once.
type World struct {
	users    []*User
	groups   []*Group
	servers  []*Host
	policies []*policy

	usersByName, usersByID map[string]*User // the ids in lower case
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

// User is a human or service user (§4).
type User struct {
	ID     string
	Name   string
	Type   string // Human or Service
	Status string // Active, Disabled or Deleted
	// Account is the user's individual account on servers.
	Account string
	// Email and the names are "" for service users.
	Email, FirstName, LastName, FullName string
	// DeletedAt is RFC 3339, or "" for a user that is not deleted.
	DeletedAt string
}

// Group is a group of users (§5). A deleted group grants nothing.
type Group struct {
	ID        string
	Name      string
	Roles     []string
	Members   []*User // in the order of the world, of every status
	DeletedAt string  // RFC 3339, or ""
}

// Host is an enrolled server (§6.2). Its hostname need not be the only one of
// its kind, not even in its project.
type Host struct {
	ID            string
	Hostname      string
	CanonicalName string // "" for none, as AccessAddress
	AltNames      []string
	AccessAddress string
	OS            string // with its version, "Debian 12"
	OSType        string // Linux or Windows
	State         string // Active or Inactive
	Labels        map[string]string

	ProjectID, ProjectName             string
	ResourceGroupID, ResourceGroupName string

	RegisteredAt string // RFC 3339
	DeletedAt    string // RFC 3339, or ""
}

// Users returns all users, in the order in which the API lists them.
func (w *World) Users() []*User { return w.users }

// User returns the user of that exact name, or nil.
func (w *World) User(name string) *User { return w.usersByName[name] }

// Groups returns all groups, in the order in which the API lists them.
func (w *World) Groups() []*Group { return w.groups }

// Group returns the group of that exact name, or nil.
func (w *World) Group(name string) *Group {
	for _, g := range w.groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// AllServers returns all servers, in the order in which the API lists them.
func (w *World) AllServers() []*Host { return w.servers }

// Servers returns the servers of that exact hostname, also inactive and deleted
// ones; none is nil.
func (w *World) Servers(hostname string) []*Host {
	return filter(w.servers, func(s *Host) bool { return s.Hostname == hostname })
}

func (w *World) userByID(id string) *User { return w.usersByID[strings.ToLower(id)] }

func (w *World) serverByID(id string) *Host { return w.serversByID[strings.ToLower(id)] }

var (
	// uuidShape is the specification's pattern of an id (§1.2).
	uuidShape = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)
	// teamName is the specification's pattern of team names, and of project names.
	teamName = regexp.MustCompile(`^[\w\-.]+$`)

	namespace = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("opasim"))
)

// idOf derives the id of a thing from its kind and its path in the world, so
// that it is the same in every run.
func idOf(kind string, path ...string) string {
	name := kind + "\x00" + strings.Join(path, "\x00")
	return uuid.NewSHA1(namespace, []byte(name)).String()
}

// timeLayout is how the API writes time: UTC with six fractional digits (§1.2).
const timeLayout = "2006-01-02T15:04:05.000000Z07:00"

func timestamp(t time.Time) string { return t.UTC().Format(timeLayout) }

// filter returns the items that are ok, in a slice of their own.
func filter[T any](list []T, ok func(T) bool) []T {
	var kept []T
	for _, item := range list {
		if ok(item) {
			kept = append(kept, item)
		}
	}
	return kept
}
