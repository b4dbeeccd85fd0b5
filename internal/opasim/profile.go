package opasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// profileVersion is the schema_version of the profiles that ParseProfile reads.
const profileVersion = 1

// Profile describes how a tenant answers. The data source opa_tenant_check writes it. It
// contains no text of the tenant, only shapes: a tenant that replays it has its formats,
// but the users and servers of a [World].
type Profile struct {
	file     profileFile
	requests map[string]*profileRequest // by their names, as requestKey returns them
}

// The JSON of a profile. It is declared here, not imported, so that the simulator shares
// no code with the code that writes it.
type (
	profileFile struct {
		SchemaVersion int                 `json:"schema_version"`
		Provider      string              `json:"provider_version"`
		Credentials   string              `json:"credentials"`
		Checks        []profileCheck      `json:"checks"`
		Assumptions   []profileAssumption `json:"assumptions"`
		Requests      []profileRequest    `json:"requests"`
		Reports       profileReports      `json:"reports"`
		Timing        profileTiming       `json:"timing"`
	}
	profileCheck struct {
		Name   string `json:"name"`
		Status string `json:"status"`
	}
	profileAssumption struct {
		Name     string `json:"name"`
		Held     bool   `json:"held"`
		Observed string `json:"observed"`
	}
	profileRequest struct {
		Request   string            `json:"request"`
		Responses []profileResponse `json:"responses"`
	}
	profileResponse struct {
		Status    int             `json:"status"`
		MediaType string          `json:"media_type"`
		Headers   []string        `json:"headers"`
		Framing   Framing         `json:"framing"`
		ErrorType string          `json:"error_type"`
		Body      json.RawMessage `json:"body"`

		kind  bodyKind
		shape *shape // of a JSON body
	}
	profileReports struct {
		User           *profileCSV         `json:"user"`
		Resource       *profileCSV         `json:"resource"`
		UserStatus     string              `json:"user_status"`
		ResourceStatus string              `json:"resource_status"`
		MissingRows    string              `json:"missing_rows"`
		Conditions     []profileCondition  `json:"conditions"`
		Words          map[string][]string `json:"words"`
	}
	profileCSV struct {
		BOM        bool     `json:"bom"`
		JSONString bool     `json:"json_string"`
		Delimiter  string   `json:"delimiter"`
		LineEnd    string   `json:"line_end"`
		Quoting    string   `json:"quoting"`
		HasHeader  bool     `json:"has_header"`
		Header     []string `json:"header"`
		Columns    int      `json:"columns"`
		Rows       string   `json:"rows"`
		Order      string   `json:"order"`
	}
	profileCondition struct {
		Text       string   `json:"text"`
		Requires   []string `json:"requires"`
		Understood bool     `json:"understood"`
	}
	profileTiming struct {
		UserReportMS     int `json:"user_report_ms"`
		ResourceReportMS int `json:"resource_report_ms"`
		TokenLifetimeS   int `json:"token_lifetime_s"`
		ClockSkewS       int `json:"clock_skew_s"`
		ReportClockSkewS int `json:"report_clock_skew_s"`
		RateLimit        int `json:"rate_limit"`
		PageSize         int `json:"page_size"`
	}
)

// ParseProfile parses the JSON of a profile. It returns an error for another version of
// the format and for everything that it does not know, because a tenant that replays only
// a part of a profile would look like the described one.
func ParseProfile(text []byte) (*Profile, error) {
	var version struct {
		SchemaVersion *int `json:"schema_version"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, fmt.Errorf("profile: %w. Copy the complete attribute profile of opa_tenant_check into a file, such as with terraform output -raw", err)
	}
	switch {
	case version.SchemaVersion == nil:
		return nil, errors.New("profile: schema_version is missing. Use the attribute profile of opa_tenant_check")
	case *version.SchemaVersion != profileVersion:
		return nil, fmt.Errorf("profile: schema_version is %d, and this simulator reads %d. Use the simulator of the release in provider_version, or create the profile again with this release",
			*version.SchemaVersion, profileVersion)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	p := &Profile{requests: map[string]*profileRequest{}}
	if err := decoder.Decode(&p.file); err != nil {
		return nil, fmt.Errorf("profile: %w. Use the simulator of the release in provider_version, which knows all of its fields", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("profile: the JSON is followed by other text. Remove it")
	}
	err := checkTexts(text)
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return p, nil
}

// UsesWorkload reports whether the profile was created with the token of a workload.
func (p *Profile) UsesWorkload() bool { return p.file.Credentials == "workload_identity" }

// observed returns what the profile says about a fact, or "" if nothing.
func (p *Profile) observed(name string) string {
	for _, a := range p.file.Assumptions {
		if a.Name == name {
			return a.Observed
		}
	}
	return ""
}

// held reports whether the profile contradicts no fact of that name.
func (p *Profile) held(name string) bool {
	for _, a := range p.file.Assumptions {
		if a.Name == name {
			return a.Held
		}
	}
	return true
}
