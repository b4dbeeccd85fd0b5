package main

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// run serves until the context ends. What a user reads or sources goes to
// stdout, the log to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	conf, err := parseFlags(args, stdout)
	if err != nil {
		return err
	}
	if conf.log {
		lines := log.New(stderr, "", 0) // one line at a time, of any number of requests
		conf.options.OnRequest = func(r opasim.Request) { lines.Print(r) }
	}
	sim, err := opasim.New(conf.options)
	if err != nil {
		return err
	}
	if conf.envFile != "" {
		if err := removeOld(conf.envFile); err != nil {
			return fmt.Errorf("write the environment: %w", err)
		}
	}
	server, err := sim.Listen(ctx, conf.listen)
	if err != nil {
		return err
	}
	defer server.Close()

	env := environment(server.URL, conf.options)
	if conf.envFile != "" {
		if err := writeFile(conf.envFile, env); err != nil {
			return fmt.Errorf("write the environment: %w", err)
		}
		defer removeOwn(conf.envFile, env)
	}
	if _, err := fmt.Fprintf(stdout, "Simulated tenant at %s until interrupted. Its environment:\n\n%s\n", server.URL, env); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
