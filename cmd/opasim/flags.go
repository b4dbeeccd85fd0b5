package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// config contains the values of the flags.
type config struct {
	options opasim.Options
	listen  string
	envFile string
	log     bool
}

// parseFlags parses the arguments. If they ask for help, it writes the usage to
// output and returns flag.ErrHelp.
func parseFlags(args []string, output io.Writer) (config, error) {
	var conf config
	flags := flag.NewFlagSet("opasim", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints errors
	flags.Usage = func() {}

	flags.StringVar(&conf.listen, "listen", "127.0.0.1:0", "loopback `address` to listen on; port 0 selects a free port")
	flags.StringVar(&conf.envFile, "env-file", "", "`file` to write the environment variables to once the simulator listens; removed on exit")
	flags.BoolVar(&conf.log, "log", false, "log every request to standard error")
	addProfileFlag(flags, &conf.options)
	addTenantFlags(flags, &conf.options)
	addReportFlags(flags, &conf.options)
	addRequestFlags(flags, &conf.options)

	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(output)
		usage(flags)
		return config{}, err
	case err != nil:
		return config{}, fmt.Errorf("%w (opasim -h lists all flags)", err)
	}
	if flags.NArg() > 0 {
		return config{}, fmt.Errorf("unexpected argument %q: opasim has only flags", flags.Arg(0))
	}
	if conf.options.Profile != nil {
		removeDefaults(flags, &conf.options)
	}
	return conf, nil
}

// addProfileFlag adds the flag for the profile of a tenant.
func addProfileFlag(flags *flag.FlagSet, opts *opasim.Options) {
	flags.Func("profile", "JSON `file` with the attribute profile of opa_tenant_check: answer in the formats of that tenant. Other flags that are set take precedence over the profile, but a request that failed on that tenant fails", func(path string) error {
		text, err := os.ReadFile(path) //nolint:gosec // the user sets the path
		if err != nil {
			return err
		}
		opts.Profile, err = opasim.ParseProfile(text)
		return err
	})
}

// removeDefaults removes the values of flags that are not set, which would take precedence
// over the profile, and adds the credentials that the profile needs.
func removeDefaults(flags *flag.FlagSet, opts *opasim.Options) {
	generation, lifetime := opts.Generation, opts.TokenLifetime
	opts.Generation, opts.TokenLifetime = 0, 0
	if opts.Profile.UsesWorkload() {
		opts.WorkloadConnection = cmp.Or(opts.WorkloadConnection, opasim.SimulatedConnection)
	}
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "generation":
			opts.GenerationFor = func(string) time.Duration { return generation } // 0 is a value, too
		case "token-lifetime":
			opts.TokenLifetime = lifetime
		}
	})
}

// addTenantFlags adds the flags for the objects and credentials of the tenant.
func addTenantFlags(flags *flag.FlagSet, opts *opasim.Options) {
	flags.StringVar(&opts.Team, "team", opasim.DefaultTeam, "`name` of the team")
	flags.Func("world", "HCL `file` with users, groups, servers and policies", func(path string) (err error) {
		opts.World, err = readWorld(path)
		return err
	})
	flags.Func("past", "`AGE=FILE`: add completed reports of that age, such as 2160h, on the users and servers of the world in an HCL file; can be set more than once", func(text string) error {
		age, path, ok := strings.Cut(text, "=")
		past := opasim.Past{}
		var err error
		if past.Age, err = time.ParseDuration(age); !ok || err != nil || past.Age <= 0 {
			return errors.New("want AGE=FILE, such as 2160h=world.hcl")
		}
		past.World, err = readWorld(path)
		opts.Past = append(opts.Past, past)
		return err
	})
	flags.DurationVar(&opts.TokenLifetime, "token-lifetime", opasim.DefaultTokenLifetime, "lifetime of a token")
	flags.StringVar(&opts.WorkloadConnection, "workload-connection", "", "`name` of a connection that issues tokens to workloads; \"\" means none")
	flags.StringVar(&opts.WorkloadJWT, "workload-jwt", opasim.DefaultWorkloadJWT, "`JWT` that the connection accepts")
	flags.BoolVar(&opts.MissingRole, "missing-role", false, "remove the security_admin role, so that creating a report fails")
}

// readWorld reads a world from an HCL file.
func readWorld(path string) (*opasim.World, error) {
	src, err := os.ReadFile(path) //nolint:gosec // the user sets the path
	if err != nil {
		return nil, err
	}
	return opasim.ParseWorld(path, src)
}

// addReportFlags adds the flags for reports and their CSV.
func addReportFlags(flags *flag.FlagSet, opts *opasim.Options) {
	flags.DurationVar(&opts.Generation, "generation", 2*time.Second, "time that a report takes")
	flags.Func("final-status", "final `status` of every report, such as ERROR", func(status string) error {
		opts.FinalStatus = func(string, int) string { return status }
		return nil
	})
	flags.Func("omit-rows", "`KIND=ACCOUNT`: omit the rows of an account from the reports on users or resources, such as resource=root", func(text string) error {
		kind, account, ok := strings.Cut(text, "=")
		if !ok || account == "" || kind != "user" && kind != "resource" {
			return errors.New("want user=ACCOUNT or resource=ACCOUNT")
		}
		opts.OmitRow = func(reportKind, _ string, _ int, row opasim.Row) bool {
			return reportKind == kind && row.Account == account
		}
		return nil
	})
	flags.BoolVar(&opts.NestedList, "nested-list", false, "wrap the list of reports in a second array")
	flags.BoolVar(&opts.Shuffle, "shuffle", false, "return the rows of each download in a random order")
	flags.Func("delimiter", "`character` between the cells of a CSV, or tab", func(text string) (err error) {
		opts.CSV.Delimiter, err = delimiter(text)
		return err
	})
	flags.Func("header-style", "`style` of the CSV header: "+strings.Join(opasim.HeaderStyles, ", "), func(name string) (err error) {
		opts.CSV.Header, err = opasim.HeaderStyle(name)
		return err
	})
}

// addRequestFlags adds the flags for the handling of requests.
func addRequestFlags(flags *flag.FlagSet, opts *opasim.Options) {
	flags.DurationVar(&opts.Latency, "latency", 0, "time that every request takes")
	flags.Float64Var(&opts.RateLimit.PerSecond, "rate-limit", 0, "maximum `number` of requests per second; 0 means no limit")
	flags.Func("retry-hint", "`header` of a 429 that contains the time to retry: retry-at, retry-after, retry-after-date or none", func(form string) error {
		opts.RetryHint = opasim.RetryHint(form)
		return nil
	})
	flags.IntVar(&opts.PageSize, "page-size", 0, "maximum `number` of elements of a page; 0 means the default of the API")
	flags.Func("fault", "`rule` that makes requests fail; can be set more than once", func(text string) error {
		fault, err := opasim.ParseFault(text)
		opts.Faults = append(opts.Faults, fault)
		return err
	})
}

func delimiter(text string) (rune, error) {
	if text == "tab" {
		return '\t', nil
	}
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 || size != len(text) {
		return 0, errors.New("want one character, or tab")
	}
	return r, nil
}

func usage(flags *flag.FlagSet) {
	_, _ = fmt.Fprint(flags.Output(), `opasim serves a simulated tenant of Okta Privileged Access.

  opasim -env-file opa.env          # in one shell
  . ./opa.env && terraform plan     # in another shell

Flags:
`)
	flags.PrintDefaults()
	_, _ = fmt.Fprint(flags.Output(), "\nThe syntax of a -fault rule is\n\n  "+strings.ReplaceAll(opasim.FaultHelp, "\n", "\n  ")+`

Examples:

  -fault 'GET */report times=2 status=503'
  -fault 'POST /access_reports times=1 after close'
`)
}
