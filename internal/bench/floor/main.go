// Command floor is a baseline provider: a server of Terraform's protocol without a
// framework. Its only data source sends rows that are already encoded. The time of
// its plan is the time of Terraform itself.
package main

import (
	"bytes"
	"context"
	"log"
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5"
)

func main() {
	err := tf6server.Serve("registry.terraform.io/privileged-access/floor", func() tfprotov6.ProviderServer { return floor{} })
	if err != nil {
		log.Fatal(err)
	}
}

type floor struct {
	tfprotov6.ProviderServer // other methods are not called
}

var (
	texts = []string{"account", "conditions", "privileges", "resource_name", "resource_type", "user_name", "user_status", "user_type"}
	flags = []string{"records_session", "requires_approval", "requires_gateway", "requires_mfa", "shared_account"}

	rowType = func() tftypes.Object {
		attributes := map[string]tftypes.Type{}
		for _, name := range texts {
			attributes[name] = tftypes.String
		}
		for _, name := range flags {
			attributes[name] = tftypes.Bool
		}
		attributes["extra"], attributes["subject_id"] = tftypes.Map{ElementType: tftypes.String}, tftypes.String
		return tftypes.Object{AttributeTypes: attributes}
	}()
	objectType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"row_count": tftypes.Number, "rows": tftypes.List{ElementType: rowType}}}
)

func (floor) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true},
		DataSources:        []tfprotov6.DataSourceMetadata{{TypeName: "floor_rows"}},
	}, nil
}

func (floor) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true},
		Provider:           &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}},
		DataSourceSchemas: map[string]*tfprotov6.Schema{"floor_rows": {Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "row_count", Type: tftypes.Number, Required: true},
			{Name: "rows", Type: tftypes.List{ElementType: rowType}, Computed: true},
		}}}},
	}, nil
}

func (floor) ValidateProviderConfig(_ context.Context, r *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (floor) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (floor) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (floor) ValidateDataResourceConfig(
	context.Context, *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (floor) ReadDataSource(_ context.Context, r *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	config, err := r.Config.Unmarshal(objectType)
	if err != nil {
		return nil, err
	}
	var attributes map[string]tftypes.Value
	if err := config.As(&attributes); err != nil {
		return nil, err
	}
	var count big.Float
	if err := attributes["row_count"].As(&count); err != nil {
		return nil, err
	}
	n, _ := count.Int64()
	state, err := object(int(n))
	return &tfprotov6.ReadDataSourceResponse{State: &tfprotov6.DynamicValue{MsgPack: state}}, err
}

// object returns a result of n rows like those of the simulator's generated world.
func object(n int) ([]byte, error) {
	row, err := msgpack.Marshal(map[string]any{
		"account": "user-0001", "conditions": "", "privileges": "user", "resource_name": "server-0001", "resource_type": "server",
		"user_name": "user-0001", "user_status": "ACTIVE", "user_type": "human",
		"records_session": false, "requires_approval": false, "requires_gateway": false, "requires_mfa": false, "shared_account": false, "extra": nil,
		"subject_id": "6f0d7c0e-8f0a-4c57-9d6c-2f3b8a1e5d44",
	})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := msgpack.NewEncoder(&out)
	for _, write := range []error{
		encoder.EncodeMapLen(2), encoder.EncodeString("row_count"), encoder.EncodeInt(int64(n)), encoder.EncodeString("rows"), encoder.EncodeArrayLen(n),
	} {
		if write != nil {
			return nil, write
		}
	}
	for range n {
		out.Write(row)
	}
	return out.Bytes(), nil
}
