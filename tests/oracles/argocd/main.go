// argocd is Argo CD's own server of config management plugins, and asks it as Argo CD's repo-server does.
//
// argocd serve [FLAGS]: argocd-cmp-server, with its flags and its environment.
// argocd ask SOCKET: reads a JSON question per line on stdin, and writes a JSON answer per line on stdout,
// until the input ends. What fails is {"error": "...", "code": "..."}, with the code of gRPC.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// question is one call of the plugin. Do is check, match, generate or parameters.
type question struct {
	Do string

	// Root is the folder that is sent, and Path the application's own folder in it.
	Root, Path string
	// AppName is sent as ARGOCD_APP_NAME, Env as it is, and Plugin, out of an Application's source, as the
	// variables that Argo CD makes of it.
	AppName string
	Env     map[string]string
	Plugin  *v1alpha1.ApplicationSourcePlugin
	// Timeout is in seconds. Without one it is what Argo CD's controller gives: 60.
	Timeout float64
}

// sending is a call that takes an application's files, and then has one answer.
type sending[A any] interface {
	cmp.StreamSender
	CloseAndRecv() (A, error)
}

func main() {
	log.SetFlags(0)
	switch {
	case len(os.Args) > 1 && os.Args[1] == "serve":
		server := commands.NewCommand()
		server.SetArgs(os.Args[2:])
		if err := server.Execute(); err != nil {
			os.Exit(1)
		}
	case len(os.Args) == 3 && os.Args[1] == "ask":
		ask(os.Args[2])
	default:
		log.Fatal("usage: argocd serve [FLAGS] | argocd ask SOCKET")
	}
}

func ask(socket string) {
	await(socket)
	connection, err := apiclient.NewConnection(socket)
	if err != nil {
		log.Fatal(err)
	}
	client := apiclient.NewConfigManagementPluginServiceClient(connection)
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var line json.RawMessage
		err := questions.Decode(&line)
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		found, err := answer(client, line)
		if err != nil {
			found = map[string]string{"error": err.Error(), "code": status.Code(err).String()}
		}
		if err := answers.Encode(found); err != nil {
			log.Fatal(err)
		}
	}
}

// await gives a server that was just started ten seconds to make its socket.
func await(socket string) {
	for range 200 {
		if _, err := os.Stat(socket); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func answer(client apiclient.ConfigManagementPluginServiceClient, line []byte) (any, error) {
	asked := question{Timeout: 60}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(asked.Timeout*float64(time.Second)))
	defer cancel()
	switch asked.Do {
	case "check":
		found, err := client.CheckPluginConfiguration(ctx, &emptypb.Empty{})
		return map[string]bool{
			"discovery": found.GetIsDiscoveryConfigured(),
			"gitCreds":  found.GetProvideGitCreds(),
		}, err
	case "match":
		found, err := send(ctx, &asked, client.MatchRepository)
		return map[string]bool{"supported": found.GetIsSupported()}, err
	case "generate":
		found, err := send(ctx, &asked, client.GenerateManifest)
		return map[string][]string{"manifests": append([]string{}, found.GetManifests()...)}, err
	case "parameters":
		found, err := send(ctx, &asked, client.GetParametersAnnouncement)
		return map[string]any{"parameters": found.GetParameterAnnouncements()}, err
	}
	return nil, fmt.Errorf("do is %q, not check, match, generate or parameters", asked.Do)
}

// send opens a call, sends the files as the repo-server does, and returns what the plugin answers.
func send[A any, S sending[A]](
	ctx context.Context, asked *question, open func(context.Context, ...grpc.CallOption) (S, error),
) (A, error) {
	var none A
	env, err := environment(asked)
	if err != nil {
		return none, err
	}
	stream, err := open(ctx)
	if err != nil {
		return none, err
	}
	folder := filepath.Join(asked.Root, asked.Path)
	if err := cmp.SendRepoStream(ctx, folder, asked.Root, stream, env, nil); err != nil {
		return none, err
	}
	return stream.CloseAndRecv()
}

func environment(asked *question) ([]string, error) {
	var given v1alpha1.Env
	if asked.AppName != "" {
		given = append(given, &v1alpha1.EnvEntry{Name: "ARGOCD_APP_NAME", Value: asked.AppName})
	}
	for _, name := range slices.Sorted(maps.Keys(asked.Env)) {
		given = append(given, &v1alpha1.EnvEntry{Name: name, Value: asked.Env[name]})
	}
	env := given.Environ()
	if asked.Plugin == nil {
		return env, nil
	}
	for _, entry := range asked.Plugin.Env {
		env = append(env, "ARGOCD_ENV_"+entry.Name+"="+given.Envsubst(entry.Value))
	}
	parameters, err := asked.Plugin.Parameters.Environ()
	return append(env, parameters...), err
}
