package opasim

import "strings"

// wireServer is the JSON of a server (API.md, server-fields).
type wireServer struct {
	ID              string            `json:"id"`
	TeamName        string            `json:"team_name"`
	ProjectName     string            `json:"project_name"`
	ProjectID       string            `json:"project_id"`
	Hostname        string            `json:"hostname"`
	CanonicalName   *string           `json:"canonical_name"`
	AltNames        []string          `json:"alt_names"` // null for none
	AccessAddress   *string           `json:"access_address"`
	Bastion         *string           `json:"bastion"`
	OS              string            `json:"os"`
	OSType          string            `json:"os_type"`
	Services        []string          `json:"services"`
	RegisteredAt    string            `json:"registered_at"`
	LastSeen        string            `json:"last_seen"`
	SftdVersion     string            `json:"sftd_version"`
	SSHHostKeys     []string          `json:"ssh_host_keys"`
	BrokerHostCerts []string          `json:"broker_host_certs"`
	CloudProvider   *string           `json:"cloud_provider"`
	InstanceID      *string           `json:"instance_id"`
	InstanceDetails *string           `json:"instance_details"`
	State           string            `json:"state"`
	Managed         bool              `json:"managed"`
	DeletedAt       *string           `json:"deleted_at"`
	Labels          map[string]string `json:"labels"`
}

// wireServer returns a function that returns the JSON of a server.
func (s *Sim) wireServer(c *call) func(*Host) any {
	return func(server *Host) any {
		lastSeen, services := timestamp(c.now), []string{"broker", "ssh"}
		if server.State == Inactive {
			lastSeen = server.RegisteredAt
		}
		if server.OSType == Windows {
			services = []string{"broker", "rdp"}
		}
		return wireServer{
			ID: server.ID, TeamName: s.opts.Team,
			ProjectName: server.ProjectName, ProjectID: server.ProjectID,
			Hostname: server.Hostname, CanonicalName: nullable(server.CanonicalName),
			AltNames: server.AltNames, AccessAddress: nullable(server.AccessAddress),
			OS: server.OS, OSType: server.OSType, Services: services,
			RegisteredAt: server.RegisteredAt, LastSeen: lastSeen, SftdVersion: "1.98.1",
			State: server.State, Managed: true,
			DeletedAt: s.deletedAt(server.DeletedAt), Labels: server.Labels,
		}
	}
}

// listServers handles GET all_servers (API.md, servers-all), including deleted and
// inactive servers (API.md, server-hostname).
func (s *Sim) listServers(c *call) *response {
	return s.respondServers(c, c.world.servers)
}

// listServersOfResourceGroup handles GET resource_groups/{id}/all_servers
// (API.md, servers-in-resource-group). The world does not know resource groups
// without servers, so the list of an unknown one is empty.
func (s *Sim) listServersOfResourceGroup(c *call) *response {
	return s.respondServers(c, filter(c.world.servers, func(server *Host) bool {
		return strings.EqualFold(server.ResourceGroupID, c.args["id"])
	}))
}

func (s *Sim) respondServers(c *call, servers []*Host) *response {
	if !s.opts.IgnoreServerFilters {
		servers = filter(servers, c.matchesServer)
	}
	return respondPage(s, c, servers, func(server *Host) string { return server.ID }, s.wireServer(c))
}

// matchesServer reports whether the filters of the call match a server
// (API.md, servers-filters). hostname is exact and case-sensitive,
// hostname_contains is not.
func (c *call) matchesServer(server *Host) bool {
	part := strings.ToLower(c.query.Get("hostname_contains"))
	return strings.Contains(strings.ToLower(server.Hostname), part) &&
		c.matchesFilter("hostname", server.Hostname) && c.matchesFilter("os_type", server.OSType) &&
		c.matchesFilter("id", server.ID) && c.matchesFilter("project_id", server.ProjectID) &&
		c.matchesFilter("resource_group_id", server.ResourceGroupID)
}
