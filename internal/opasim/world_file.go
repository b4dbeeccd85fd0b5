package opasim

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/hashicorp/hcl/v2/hclsimple"
)

// worldFile is the default world, and an example for other worlds.
//
//go:embed world.hcl
var worldFile []byte

// DefaultWorld returns the world in world.hcl.
func DefaultWorld() *World { return defaultWorld() }

var defaultWorld = sync.OnceValue(func() *World {
	w, err := ParseWorld("world.hcl", worldFile)
	if err != nil {
		panic("opasim: " + err.Error())
	}
	return w
})

// defaultRegisteredAt is the default of registered_at.
const defaultRegisteredAt = "2024-03-01T09:00:00Z"

// The blocks of a world file.
type (
	fileBlock struct {
		Users          []userBlock          `hcl:"user,block"`
		Groups         []groupBlock         `hcl:"group,block"`
		ResourceGroups []resourceGroupBlock `hcl:"resource_group,block"`
		Policies       []policyBlock        `hcl:"policy,block"`
	}
	userBlock struct {
		Name      string `hcl:"name,label"`
		Type      string `hcl:"type,optional"`   // human, the default, or service
		Status    string `hcl:"status,optional"` // ACTIVE, the default, DISABLED or DELETED
		Account   string `hcl:"account,optional"`
		Email     string `hcl:"email,optional"`
		FirstName string `hcl:"first_name,optional"`
		LastName  string `hcl:"last_name,optional"`
		DeletedAt string `hcl:"deleted_at,optional"`
	}
	groupBlock struct {
		Name      string   `hcl:"name,label"`
		Roles     []string `hcl:"roles,optional"`
		Members   []string `hcl:"members"`
		DeletedAt string   `hcl:"deleted_at,optional"`
	}
	resourceGroupBlock struct {
		Name     string         `hcl:"name,label"`
		Projects []projectBlock `hcl:"project,block"`
	}
	projectBlock struct {
		Name    string        `hcl:"name,label"`
		Servers []serverBlock `hcl:"server,block"`
	}
	serverBlock struct {
		Hostname      string            `hcl:"hostname,label"`
		Enrollment    int               `hcl:"enrollment,optional"` // distinguishes servers with the same hostname in one project; from 1
		OS            string            `hcl:"os,optional"`
		OSType        string            `hcl:"os_type,optional"` // linux, the default, or windows
		State         string            `hcl:"state,optional"`   // ACTIVE, the default, or INACTIVE
		CanonicalName string            `hcl:"canonical_name,optional"`
		AltNames      []string          `hcl:"alt_names,optional"`
		AccessAddress string            `hcl:"access_address,optional"`
		Labels        map[string]string `hcl:"labels,optional"`
		RegisteredAt  string            `hcl:"registered_at,optional"`
		DeletedAt     string            `hcl:"deleted_at,optional"`
	}
	policyBlock struct {
		Name   string      `hcl:"name,label"`
		Groups []string    `hcl:"groups"`
		Rules  []ruleBlock `hcl:"rule,block"`
	}
	ruleBlock struct {
		Name       string       `hcl:"name,label"`
		Servers    serversBlock `hcl:"servers,block"`
		Individual []string     `hcl:"individual,optional"`
		Shared     []string     `hcl:"shared,optional"`
		Conditions []string     `hcl:"conditions,optional"`
	}
	serversBlock struct {
		ResourceGroup string            `hcl:"resource_group,optional"`
		Project       string            `hcl:"project,optional"`
		Hostname      string            `hcl:"hostname,optional"`
		OSType        string            `hcl:"os_type,optional"`
		Labels        map[string]string `hcl:"labels,optional"`
	}
)

// ParseWorld parses a world file. See world.hcl for an example with every attribute.
// The filename must end in .hcl. ParseWorld returns an error for invalid syntax,
// invalid values, duplicates, and references to objects that do not exist.
func ParseWorld(filename string, src []byte) (*World, error) {
	var file fileBlock
	if err := hclsimple.Decode(filename, src, nil, &file); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	w := newWorld()
	for _, step := range []func(fileBlock) error{w.addUsers, w.addGroups, w.addServers, w.addPolicies} {
		if err := step(file); err != nil {
			return nil, fmt.Errorf("world %s: %w", filename, err)
		}
	}
	return w, nil
}
