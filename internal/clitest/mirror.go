package clitest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// Hosts are the registries that a mirror replaces. Each CLI has a different default
// registry.
var Hosts = []string{"registry.terraform.io", "registry.opentofu.org"}

// Provider is the program of a provider, or the directory with the archives of its
// release.
type Provider struct {
	Name, Version string
	Program       string
	Archives      string // instead of Program
}

// WriteMirror writes a filesystem mirror to dir/mirror, and a CLI configuration that
// installs all providers from it. It returns the path of the configuration.
func WriteMirror(dir string, providers ...Provider) (config string, err error) {
	mirror := filepath.Join(dir, "mirror")
	for _, host := range Hosts {
		for _, p := range providers {
			err = errors.Join(err, p.copyTo(filepath.Join(mirror, host, "privileged-access", p.Name)))
		}
	}
	config = filepath.Join(dir, "mirror.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	return config, errors.Join(err, os.WriteFile(config, []byte(text), 0o600))
}

func (p Provider) copyTo(dir string) error {
	if p.Archives != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		archives, err := filepath.Glob(filepath.Join(p.Archives, "terraform-provider-"+p.Name+"_*.zip"))
		if err == nil && len(archives) == 0 {
			err = fmt.Errorf("no archives in %s", p.Archives)
		}
		for _, archive := range archives {
			content, readErr := os.ReadFile(archive)
			err = errors.Join(err, readErr, os.WriteFile(filepath.Join(dir, filepath.Base(archive)), content, 0o600))
		}
		return err
	}
	name := "terraform-provider-" + p.Name + "_v" + p.Version
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	dir = filepath.Join(dir, p.Version, runtime.GOOS+"_"+runtime.GOARCH)
	return errors.Join(os.MkdirAll(dir, 0o700), os.Link(p.Program, filepath.Join(dir, name)))
}

// Program returns the path of the provider's program, which is built once for all
// tests of a process.
var Program = sync.OnceValues(func() (string, error) {
	program := filepath.Join(directory, "terraform-provider-opa")
	const path = "github.com/privileged-access/terraform-provider-opa"
	output, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, path).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return program, nil
})

// MirrorConfig returns the path of a CLI configuration with a mirror, which is
// written once for all tests of a process. It has the provider of this repository, or
// the archives of a release in the directory that DIST names.
var MirrorConfig = sync.OnceValues(func() (string, error) {
	p := Provider{Name: "opa", Version: "0.0.1", Archives: os.Getenv("DIST")}
	if p.Archives == "" {
		var err error
		if p.Program, err = Program(); err != nil {
			return "", err
		}
	}
	return WriteMirror(directory, p)
})

// initialized returns a directory in which init was run once for all tests. The
// configuration requires only the provider.
var initialized = sync.OnceValues(func() (string, error) {
	config, err := MirrorConfig()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(directory, "initialized")
	versions := filepath.Join(dir, "versions.tf")
	err = os.MkdirAll(dir, 0o700)
	if err := errors.Join(err, os.WriteFile(versions, []byte(requiredProviders), 0o600)); err != nil {
		return "", err
	}
	command := exec.Command(Path(), "init", "-no-color")
	command.Dir, command.Env = dir, append(os.Environ(), "TF_CLI_CONFIG_FILE="+config)
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("init: %w\n%s", err, output)
	}
	return dir, os.Remove(versions)
})

var requiredProviders = strings.TrimLeft(`
terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}
`, "\n")
