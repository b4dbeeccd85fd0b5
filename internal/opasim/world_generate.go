package opasim

import (
	"fmt"
	"strings"
)

// GenerateWorld returns a world of any size. The users user-0001, user-0002, and
// so on are in the group all-users, which has access to the servers server-0001
// and so on in the project generated. A report on a user has exactly
// serversPerUser rows (individual account, privilege user, no conditions), and a
// report on a server has one row per user.
func GenerateWorld(users, serversPerUser int) *World {
	w := newWorld()
	for n := 1; n <= users; n++ {
		name := fmt.Sprintf("user-%04d", n)
		w.addUser(&User{
			ID: idOf("user", name), Name: name, Type: Human, Status: Active, Account: name,
			Email: name + "@example.com", FirstName: "User", LastName: fmt.Sprintf("%04d", n),
			FullName: fmt.Sprintf("User %04d", n),
		})
	}
	const resourceGroup, project = "generated", "generated"
	resourceGroupID, projectID := idOf("resource_group", resourceGroup), idOf("project", resourceGroup, project)
	for n := 1; n <= serversPerUser; n++ {
		hostname := fmt.Sprintf("server-%04d", n)
		w.addServer(&Host{
			ID: idOf("server", resourceGroup, project, hostname), Hostname: hostname,
			CanonicalName: strings.Join([]string{hostname, project, "example.com"}, "."),
			OS:            "Debian 12", OSType: Linux, State: Active, Labels: map[string]string{},
			ProjectID: projectID, ProjectName: project,
			ResourceGroupID: resourceGroupID, ResourceGroupName: resourceGroup,
			RegisteredAt: defaultRegisteredAt,
		})
	}
	everyone := &Group{ID: idOf("group", "all-users"), Name: "all-users", Members: w.users}
	w.groups = []*Group{everyone}
	w.policies = []*policy{newPolicy("all-servers", w.groups, []rule{{individual: []string{PrivilegeUser}}})}
	return w
}
