package tenantprofile

import (
	"slices"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// A text is known only as a whole. Names in a tenant can consist of the same words:
// service_admin is a user, service_user a type.

// knownFields are the names of the JSON fields of the API, and of errors of proxies.
var knownFields = newGlossary(`
	list next prev total count offset
	id name status state type title description created_at updated_at deleted_at expires_at registered_at last_seen
	team team_id team_name project project_id project_name resource_group resource_group_id resource_group_name
	user users user_id user_name user_type email first_name last_name full_name server_user_name oauth_client_application_id role_grants roles role
	group groups group_id group_name
	server servers server_id hostname canonical_name alt_names access_address bastion os os_type services sftd_version ssh_host_keys broker_host_certs
	cloud_provider cloud_account instance_id instance_details managed labels tags attributes annotations metadata properties
	resource resources resource_id resource_name resource_type resource_type_filter account privileges conditions policy_id policy_name
	details subject subject_id report report_id url progress reason
	bearer_token token jwt credential_type role_hint key_id
	code message nottype error errors error_cause location location_type path field detail instance request_id`)

// fieldNameOf returns the name of a JSON field if it is known, otherwise its masked words.
func fieldNameOf(name string) string {
	if knownFields[name] {
		return name
	}
	return noWords.mask(name)
}

// otherHeadings are the normalized names of the columns that accessreport does not know.
var otherHeadings = []string{"userid", "resourceid", "serverid", "project", "projectname", "resourcegroup", "resourcegroupname", "policy", "policyname"}

// isHeading reports whether a cell is the heading of a column.
func isHeading(cell string) bool {
	return accessreport.IsHeading(cell) || slices.Contains(otherHeadings, strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(cell)))
}

// knownCells are the cells of the columns with a vocabulary, in lower case.
var knownCells = map[accessreport.Column][]string{
	accessreport.UserType:     {"human", "service"},
	accessreport.UserStatus:   {"active", "disabled", "deleted"},
	accessreport.ResourceType: {"server"},
	accessreport.Privileges:   {"user", "admin"},
}

// maskCell returns a cell of a column if it is known, or a list of known ones, otherwise
// its masked words.
func maskCell(column accessreport.Column, cell string) string {
	for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return strings.ContainsRune(",;|", r) }) {
		if !slices.Contains(knownCells[column], strings.ToLower(strings.TrimSpace(part))) {
			return noWords.mask(cell)
		}
	}
	return cell
}
