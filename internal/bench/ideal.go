package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// idealClient is a client that knows the members of the group and the time at which
// each report is complete. It sends no request twice and decodes no rows. A client
// without this knowledge cannot be faster with the same limits on concurrent requests
// and reports in progress.
type idealClient struct {
	url   string
	token string
	http  http.Client
	slots chan struct{}
}

// concurrentRequests is the default of max_concurrent_requests.
const concurrentRequests = 32

func newIdealClient(url string) *idealClient {
	return &idealClient{
		url:   url + "/v1/teams/" + opasim.DefaultTeam,
		http:  http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrentRequests}},
		slots: make(chan struct{}, concurrentRequests),
	}
}

// target is the body of a create.
type target map[string]map[string]string

// usersOf and serversOf return the targets of a world.
func usersOf(world *opasim.World) (targets []target) {
	for _, user := range world.Users() {
		targets = append(targets, target{"user": {"id": user.ID, "resource_type_filter": opasim.ServerType}})
	}
	return targets
}

func serversOf(world *opasim.World) (targets []target) {
	for _, server := range world.AllServers() {
		targets = append(targets, target{"resource": {"id": server.ID, "resource_type": opasim.ServerType}})
	}
	return targets
}

// run creates and downloads a report on each target, with at most pending reports in
// progress. It returns the elapsed time.
func (c *idealClient) run(targets []target, generation time.Duration, pending int) (took time.Duration, err error) {
	started := time.Now()
	if _, err := c.signIn(); err != nil {
		return 0, err
	}
	progress := make(chan struct{}, pending)
	failures := make(chan error, len(targets))
	var wait sync.WaitGroup
	for _, target := range targets {
		progress <- struct{}{}
		wait.Go(func() {
			id, err := c.create(target)
			time.Sleep(generation)
			if err == nil {
				err = c.do(http.MethodGet, "/access_reports/"+id, nil, nil)
			}
			<-progress
			if err == nil {
				err = c.do(http.MethodGet, "/access_reports/"+id+"/report", nil, nil)
			}
			failures <- err
		})
	}
	wait.Wait()
	for range targets {
		if err := <-failures; err != nil {
			return 0, err
		}
	}
	return time.Since(started), nil
}

// signIn gets a token, and returns the client.
func (c *idealClient) signIn() (*idealClient, error) {
	login := must(json.Marshal(map[string]string{"key_id": opasim.DefaultKeyID, "key_secret": opasim.DefaultKeySecret}))
	var granted struct {
		BearerToken string `json:"bearer_token"`
	}
	err := c.do(http.MethodPost, "/service_token", login, &granted)
	c.token = granted.BearerToken
	return c, err
}

// create creates a report and returns its ID.
func (c *idealClient) create(t target) (id string, err error) {
	var report struct {
		ID string `json:"id"`
	}
	err = c.do(http.MethodPost, "/access_reports", must(json.Marshal(t)), &report)
	return report.ID, err
}

// do sends a request. It decodes the response into a JSON value, or copies it into a
// *bytes.Buffer.
func (c *idealClient) do(method, path string, body []byte, into any) error {
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	request := must(http.NewRequest(method, c.url+path, bytes.NewReader(body)))
	request.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {"ideal/1"}}
	if strings.HasSuffix(path, "/report") {
		request.Header.Set("Accept", "text/csv")
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode > 299:
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	case into == nil:
		return nil
	}
	if buffer, ok := into.(*bytes.Buffer); ok {
		_, err = buffer.Write(text)
		return err
	}
	return json.Unmarshal(text, into)
}
