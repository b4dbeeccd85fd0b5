package provider

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// entry is a member together with its user or server, T.
type entry[T any] struct {
	member
	value  T                                // as far as it is known
	lookUp func(context.Context) (T, error) // nil if value is complete
}

// batch is the users or servers, T, of a data source of many reports.
type batch[T any] struct {
	selection
	entries []*entry[T]
	subject func(T) reportSubject
	order   func(T) (name, id string)
}

// run looks up the members, creates their reports, sets the attributes of the model,
// and sorts the entries.
func (b *batch[T]) run(ctx context.Context, s *session, m *reportsModel) diag.Diagnostics {
	if err := b.resolve(ctx); err != nil {
		return diag.Diagnostics{explain(err)}
	}
	members := make([]*member, len(b.entries))
	for i, e := range b.entries {
		members[i] = &e.member
	}
	if len(members) == 0 && !m.AllowEmpty.ValueBool() {
		return diag.Diagnostics{b.emptyError()}
	}
	diags := m.createReports(ctx, s, members)
	if len(members) == 0 {
		diags.Append(b.emptyWarning())
	}
	slices.SortFunc(b.entries, func(x, y *entry[T]) int {
		xName, xID := b.order(x.value)
		yName, yID := b.order(y.value)
		return cmp.Or(cmp.Compare(xName, yName), cmp.Compare(xID, yID))
	})
	return diags
}

// add adds a member. The name is for messages. If lookUp is not nil, run calls it to
// complete the value.
func (b *batch[T]) add(name string, value T, lookUp func(context.Context) (T, error)) {
	e := &entry[T]{value: value, lookUp: lookUp}
	e.name = name
	b.entries = append(b.entries, e)
}

// resolve looks up the values that are incomplete. A subject that is selected twice,
// such as by names that differ in case, remains once.
func (b *batch[T]) resolve(ctx context.Context) error {
	err := client.ForEach(ctx, b.entries, func(ctx context.Context, e *entry[T]) error {
		if e.lookUp != nil {
			found, err := e.lookUp(ctx)
			if err != nil {
				e.err = err
				return err
			}
			e.value = found
		}
		e.subject = b.subject(e.value)
		return nil
	})
	known := map[client.Subject]bool{}
	b.entries = slices.DeleteFunc(b.entries, func(e *entry[T]) bool {
		duplicate := e.err == nil && known[e.subject.Subject]
		known[e.subject.Subject] = true
		return duplicate
	})
	return err
}
