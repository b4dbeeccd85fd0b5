package main

import (
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

// config is what the flags say.
type config struct {
	options opasim.Options
	listen  string
	envFile string
	log     bool
}

// parseFlags reads the arguments. The error is flag.ErrHelp if they ask for
// help, which is then on output.
func parseFlags(args []string, output io.Writer) (config, error) {
	var conf config
	opts := &conf.options
	flags := flag.NewFlagSet("opasim", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints errors
	flags.Usage = func() {}

	flags.StringVar(&conf.listen, "listen", "127.0.0.1:0", "loopback `address` to listen on; port 0 is any free one")
	flags.StringVar(&conf.envFile, "env-file", "", "write the environment to this `file` once the simulator listens, and remove it at the end")
	flags.BoolVar(&conf.log, "log", false, "log every request to standard error")

	flags.StringVar(&opts.Team, "team", opasim.DefaultTeam, "team `name`")
	flags.Func("world", "read users, groups, servers and policies from this HCL `file`", func(path string) error {
		src, err := os.ReadFile(path) //nolint:gosec // the file that the user names
		if err == nil {
			opts.World, err = opasim.ParseWorld(path, src)
		}
		return err
	})
	flags.DurationVar(&opts.TokenLifetime, "token-lifetime", opasim.DefaultTokenLifetime, "how long a token is accepted")
	flags.StringVar(&opts.WorkloadConnection, "workload-connection", "", "`name` of a connection by which a workload gets a token as well; \"\" is none")
	flags.StringVar(&opts.WorkloadJWT, "workload-jwt", opasim.DefaultWorkloadJWT, "`text` of the JWT that the connection accepts")
	flags.DurationVar(&opts.Generation, "generation", 2*time.Second, "how long a report takes")
	flags.Func("final-status", "`status` that every report ends in, such as ERROR", func(status string) error {
		opts.FinalStatus = func(string, int) string { return status }
		return nil
	})
	flags.BoolVar(&opts.MissingRole, "missing-role", false, "take the security_admin role away, so that no report can be made")
	flags.DurationVar(&opts.Latency, "latency", 0, "how long every request takes")
	flags.Float64Var(&opts.RateLimit.PerSecond, "rate-limit", 0, "`requests` per second that are let through; 0 is no limit")
	flags.Func("retry-hint", "`form` of a 429's hint: retry-at, retry-after, retry-after-date or none", func(form string) error {
		opts.RetryHint = opasim.RetryHint(form)
		return nil
	})
	flags.IntVar(&opts.PageSize, "page-size", 0, "largest page of every list; 0 leaves it to the API's own")
	flags.BoolVar(&opts.NestedList, "nested-list", false, "list the reports in a second array")
	flags.BoolVar(&opts.Shuffle, "shuffle", false, "give the rows of each download in another order")
	flags.Func("delimiter", "`character` between the cells of a CSV, or tab", func(text string) (err error) {
		opts.CSV.Delimiter, err = delimiter(text)
		return err
	})
	flags.Func("header-style", "`style` of the CSV's header: "+strings.Join(opasim.HeaderStyles, ", "), func(name string) (err error) {
		opts.CSV.Header, err = opasim.HeaderStyle(name)
		return err
	})
	flags.Func("fault", "`rule` by which requests fail; may be given more than once", func(text string) error {
		fault, err := opasim.ParseFault(text)
		opts.Faults = append(opts.Faults, fault)
		return err
	})

	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(output)
		usage(flags)
		return config{}, err
	case err != nil:
		return config{}, fmt.Errorf("%w (opasim -h lists all flags)", err)
	}
	if flags.NArg() > 0 {
		return config{}, fmt.Errorf("unexpected argument %q: there are only flags", flags.Arg(0))
	}
	return conf, nil
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
  . ./opa.env && terraform plan     # in another

Flags:
`)
	flags.PrintDefaults()
	_, _ = fmt.Fprint(flags.Output(), "\nA rule of -fault is\n\n  "+strings.ReplaceAll(opasim.FaultHelp, "\n", "\n  ")+`

for example

  -fault 'GET */report times=2 status=503'
  -fault 'POST /access_reports times=1 after close'
`)
}
