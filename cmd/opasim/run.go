package main

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// run serves a simulated tenant until the context ends. It writes the environment to
// stdout and the log to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	conf, err := parseFlags(args, stdout)
	if err != nil {
		return err
	}
	if conf.log {
		lines := log.New(stderr, "", 0) // writes complete lines of concurrent requests
		conf.options.OnRequest = func(r opasim.Request) { lines.Print(r) }
	}
	sim, err := opasim.New(conf.options)
	if err != nil {
		return err
	}
	if conf.envFile != "" {
		if err := removeOld(conf.envFile); err != nil {
			return fmt.Errorf("writing the environment: %w", err)
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
			return fmt.Errorf("writing the environment: %w", err)
		}
		defer removeOwn(conf.envFile, env)
	}
	if _, err := fmt.Fprintf(stdout, "Simulated tenant at %s. Press Ctrl-C to stop it. Environment:\n\n%s\n", server.URL, env); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
