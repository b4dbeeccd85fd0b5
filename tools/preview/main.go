// Preview renders docs/ as the Terraform Registry and the OpenTofu Registry show it, as
// HTML files. It is a separate module, so that the provider does not depend on its
// modules.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	docs := flag.String("docs", "docs", "render the pages in this `folder`")
	out := flag.String("out", ".build/preview", "write HTML files to this `folder`")
	flag.Parse()

	if err := run(*docs, *out); err != nil {
		log.Fatal(err)
	}
}

func run(docs, out string) error {
	pages, err := readPages(os.DirFS(docs))
	if err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	for _, p := range pages {
		text, err := p.document(pages)
		if err != nil {
			return err
		}
		file := filepath.Join(out, filepath.FromSlash(p.Path)+".html")
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
	}
	index, err := filepath.Abs(filepath.Join(out, "index.html"))
	if err != nil {
		return err
	}
	fmt.Printf("Rendered %d pages. Open file://%s\n", len(pages), filepath.ToSlash(index))
	return nil
}
