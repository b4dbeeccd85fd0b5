package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type accessReportModel struct {
	SubjectType  types.String `tfsdk:"subject_type"`
	SubjectID    types.String `tfsdk:"subject_id"`
	ResourceType types.String `tfsdk:"resource_type"`
	reportModel
}

func newAccessReportDataSource() datasource.DataSource {
	return &dataSource[accessReportModel]{
		name:        "access_report",
		description: "Reads an existing access report, no matter who created it. If OPA is still generating the report, the read waits until it is complete.",
		attributes: reportAttributes(mergeAttributes(map[string]schema.Attribute{
			"report_id": schema.StringAttribute{
				MarkdownDescription: "ID of the access report in OPA.",
				Required:            true,
				Validators:          []validator.String{uuid()},
			},
		}, subjectAttributes())),
		read: readAccessReport,
	}
}

func readAccessReport(ctx context.Context, s *session, m *accessReportModel) diag.Diagnostics {
	id := m.ReportID
	m.Team = types.StringValue(s.team)
	result, err := s.existing(ctx, id.ValueString(), m.options(types.StringNull(), types.StringNull()))
	diags := m.setReport(ctx, result, err)
	if diags.HasError() {
		return diags
	}
	subject := result.Report.Subject()
	m.SubjectType, m.SubjectID, m.ResourceType = textOrNull(string(subject.Kind)), textOrNull(subject.ID), textOrNull(subject.ResourceType)
	m.ReportID = id // as it is written in the configuration
	return diags
}
