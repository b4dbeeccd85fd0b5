package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// duration returns the duration of a validated argument, or 0 if it is null.
func duration(argument types.String) time.Duration {
	d, _ := time.ParseDuration(argument.ValueString())
	return d
}

func checkDuration(text string) error {
	d, err := time.ParseDuration(text)
	if err == nil && d <= 0 {
		err = fmt.Errorf("it is %s", text)
	}
	return err
}

// shortDuration formats a duration without trailing zero units: 10m, not 10m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
