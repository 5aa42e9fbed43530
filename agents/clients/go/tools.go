// Loops of Go's official clients with three tools. The harness tells them everything through the environment.
package main

import (
	"encoding/json"
	"os"
	"os/exec"
)

var (
	address  = os.Getenv("LOOP_URL")
	key      = os.Getenv("LOOP_KEY")
	model    = os.Getenv("LOOP_MODEL")
	prompt   = os.Getenv("LOOP_PROMPT")
	maxTurns = 12
)

// The parameters of each tool; all are texts.
var parameters = map[string][]string{"read": {"file"}, "write": {"file", "content"}, "shell": {"command"}}

func properties(name string) map[string]any {
	all := map[string]any{}
	for _, parameter := range parameters[name] {
		all[parameter] = map[string]any{"type": "string"}
	}
	return all
}

func runJSON(name string, arguments string) string {
	input := map[string]string{}
	must(json.Unmarshal([]byte(arguments), &input))
	return run(name, input)
}

func run(name string, input map[string]string) string {
	switch name {
	case "read":
		content, err := os.ReadFile(input["file"])
		must(err)
		return string(content)
	case "write":
		must(os.WriteFile(input["file"], []byte(input["content"]), 0o600))
		return "written"
	default:
		output, err := exec.Command("sh", "-c", input["command"]).CombinedOutput()
		must(err)
		return string(output) + "done"
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
