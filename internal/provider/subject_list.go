package provider

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// typedMember is a member together with its user or server, T.
type typedMember[T any] struct {
	member
	value  T                                // as far as it is known
	lookUp func(context.Context) (T, error) // nil if value is complete
}

// subjectList is the users or servers, T, of a data source of many reports.
type subjectList[T any] struct {
	selection
	members []*typedMember[T]
	subject func(T) reportSubject
	order   func(T) (name, id string)
}

// run looks up the members, creates their reports, sets the attributes of the model,
// and sorts the members.
func (l *subjectList[T]) run(ctx context.Context, s *session, m *reportsModel) diag.Diagnostics {
	if err := l.resolve(ctx); err != nil {
		return diag.Diagnostics{explain(err)}
	}
	members := make([]*member, len(l.members))
	for i, m := range l.members {
		members[i] = &m.member
	}
	if len(members) == 0 && !m.AllowEmpty.ValueBool() {
		return diag.Diagnostics{l.emptyError()}
	}
	diags := m.createReports(ctx, s, members)
	if len(members) == 0 {
		diags.Append(l.emptyWarning())
	}
	slices.SortFunc(l.members, func(x, y *typedMember[T]) int {
		xName, xID := l.order(x.value)
		yName, yID := l.order(y.value)
		return cmp.Or(cmp.Compare(xName, yName), cmp.Compare(xID, yID))
	})
	return diags
}

// add adds a member. The name is for messages. If lookUp is not nil, run calls it to
// complete the value.
func (l *subjectList[T]) add(name string, value T, lookUp func(context.Context) (T, error)) {
	m := &typedMember[T]{value: value, lookUp: lookUp}
	m.name = name
	l.members = append(l.members, m)
}

// resolve looks up the values that are incomplete. A subject that is selected twice,
// such as by names that differ in case, remains once.
func (l *subjectList[T]) resolve(ctx context.Context) error {
	err := client.ForEach(ctx, l.members, func(ctx context.Context, m *typedMember[T]) error {
		if m.lookUp != nil {
			found, err := m.lookUp(ctx)
			if err != nil {
				m.err = err
				return err
			}
			m.value = found
		}
		m.subject = l.subject(m.value)
		return nil
	})
	known := map[client.Subject]bool{}
	l.members = slices.DeleteFunc(l.members, func(m *typedMember[T]) bool {
		duplicate := m.err == nil && known[m.subject.Subject]
		known[m.subject.Subject] = true
		return duplicate
	})
	return err
}
