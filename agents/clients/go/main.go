package main

import (
	"context"
	"fmt"
	"os"

	"github.com/anthropics/anthropic-sdk-go/v2"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/v2/option"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"google.golang.org/genai"
)

func main() {
	map[string]func(context.Context){"openai": loopOpenAI, "anthropic": loopAnthropic, "google": loopGoogle}[os.Args[1]](context.Background())
}

func loopOpenAI(ctx context.Context) {
	client := openai.NewClient(option.WithBaseURL(address+"/v1"), option.WithAPIKey(key))
	request := openai.ChatCompletionNewParams{
		Model:    model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(prompt)},
	}
	for name := range parameters {
		schema := openai.FunctionParameters{"type": "object", "properties": properties(name), "required": parameters[name]}
		request.Tools = append(request.Tools, openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{Name: name, Parameters: schema}))
	}
	for range maxTurns {
		response, err := client.Chat.Completions.New(ctx, request)
		must(err)
		message := response.Choices[0].Message
		request.Messages = append(request.Messages, message.ToParam())
		for _, call := range message.ToolCalls {
			result := runJSON(call.Function.Name, call.Function.Arguments)
			request.Messages = append(request.Messages, openai.ToolMessage(result, call.ID))
		}
		if len(message.ToolCalls) == 0 {
			fmt.Println(message.Content)
			return
		}
	}
}

func loopAnthropic(ctx context.Context) {
	client := anthropic.NewClient(anthropicoption.WithBaseURL(address), anthropicoption.WithAPIKey(key))
	request := anthropic.MessageNewParams{
		Model:     anthropic.Model(model),
		MaxTokens: 2000,
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(prompt))},
	}
	for name := range parameters {
		schema := anthropic.ToolInputSchemaParam{Properties: properties(name), Required: parameters[name]}
		request.Tools = append(request.Tools, anthropic.ToolUnionParam{OfTool: &anthropic.ToolParam{Name: name, InputSchema: schema}})
	}
	for range maxTurns {
		message, err := client.Messages.New(ctx, request)
		must(err)
		request.Messages = append(request.Messages, message.ToParam())
		results := []anthropic.ContentBlockParamUnion{}
		text := ""
		for _, block := range message.Content {
			switch block.Type {
			case "text":
				text += block.Text
			case "tool_use":
				results = append(results, anthropic.NewToolResultBlock(block.ID, runJSON(block.Name, string(block.Input)), false))
			}
		}
		if len(results) == 0 {
			fmt.Println(text)
			return
		}
		request.Messages = append(request.Messages, anthropic.NewUserMessage(results...))
	}
}

func loopGoogle(ctx context.Context) {
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey:      key,
		Backend:     genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: address},
	})
	must(err)
	tool := &genai.Tool{}
	for name := range parameters {
		schema := map[string]any{"type": "object", "properties": properties(name), "required": parameters[name]}
		tool.FunctionDeclarations = append(tool.FunctionDeclarations, &genai.FunctionDeclaration{Name: name, ParametersJsonSchema: schema})
	}
	contents := []*genai.Content{genai.NewContentFromText(prompt, genai.RoleUser)}
	for range maxTurns {
		response, err := client.Models.GenerateContent(ctx, model, contents, &genai.GenerateContentConfig{Tools: []*genai.Tool{tool}})
		must(err)
		contents = append(contents, response.Candidates[0].Content)
		results := []*genai.Part{}
		for _, call := range response.FunctionCalls() {
			input := map[string]string{}
			for name, value := range call.Args {
				input[name] = value.(string)
			}
			part := genai.NewPartFromFunctionResponse(call.Name, map[string]any{"output": run(call.Name, input)})
			part.FunctionResponse.ID = call.ID
			results = append(results, part)
		}
		if len(results) == 0 {
			fmt.Println(response.Text())
			return
		}
		contents = append(contents, genai.NewContentFromParts(results, genai.RoleUser))
	}
}
