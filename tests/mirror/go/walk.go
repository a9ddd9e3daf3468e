// go-github as Debian ships it, against a mirror. Usage: walk BASE_URL TOKEN COMMAND ARGUMENTS…
// Prints one JSON object of what it saw; anything unexpected ends it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/google/go-github/github"
)

type bearer struct{ token string }

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(r)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func kindOf(err error) string {
	var primary *github.RateLimitError
	var secondary *github.AbuseRateLimitError
	switch {
	case err == nil:
		return "none"
	case errors.As(err, &primary):
		return fmt.Sprintf("primary %d %t", primary.Rate.Remaining, primary.Rate.Reset.Unix() > 0)
	case errors.As(err, &secondary):
		return fmt.Sprintf("secondary %t", secondary.RetryAfter != nil && secondary.RetryAfter.Seconds() > 0)
	}
	return err.Error()
}

func main() {
	base, token, command, rest := os.Args[1], os.Args[2], os.Args[3], os.Args[4:]
	ctx := context.Background()
	client, err := github.NewEnterpriseClient(base, base, &http.Client{Transport: bearer{token}})
	must(err)
	out := map[string]interface{}{}
	switch command {
	case "walk":
		parts := strings.Split(rest[0], "/")
		var ids []int64
		options := &github.RepositoryListOptions{ListOptions: github.ListOptions{PerPage: 30}}
		for {
			repos, answer, err := client.Repositories.List(ctx, "ada", options)
			must(err)
			for _, r := range repos {
				ids = append(ids, r.GetID())
			}
			if answer.NextPage == 0 {
				break
			}
			options.Page = answer.NextPage
		}
		out["repos"] = ids
		repo, answer, err := client.Repositories.Get(ctx, parts[0], parts[1])
		must(err)
		out["url"], out["limit"] = repo.GetURL(), answer.Rate.Limit
		_, answer, err = client.Repositories.Get(ctx, "no", "such-repository")
		out["missing"] = answer.StatusCode
		user, _, err := client.Users.Get(ctx, "")
		must(err)
		out["user"] = user.GetLogin()
	case "limited":
		_, _, err := client.Users.Get(ctx, rest[0])
		out["error"] = kindOf(err)
	case "upload":
		file, err := os.Open(rest[0])
		must(err)
		asset, _, err := client.Repositories.UploadReleaseAsset(ctx, "o", "r", 1, &github.UploadOptions{Name: "a b.zip"}, file)
		must(err)
		out["asset"], out["url"] = asset.GetID(), asset.GetURL()
	}
	must(json.NewEncoder(os.Stdout).Encode(out))
}
