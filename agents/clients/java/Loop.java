import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Loops of Java's clients with three tools. The harness tells them everything through the environment. */
public final class Loop {
    private static final String URL = System.getenv("LOOP_URL");
    private static final String KEY = System.getenv("LOOP_KEY");
    private static final String MODEL = System.getenv("LOOP_MODEL");
    private static final String PROMPT = System.getenv("LOOP_PROMPT");
    private static final int MAX_TURNS = 12;
    private static final Map<String, List<String>> PARAMETERS =
            Map.of("read", List.of("file"), "write", List.of("file", "content"), "shell", List.of("command"));

    public static void main(String[] args) throws Exception {
        String last = switch (args[0]) {
            case "openai" -> openai();
            case "anthropic" -> anthropic();
            default -> langchain4j();
        };
        System.out.println(last);
        System.exit(0);
    }

    /** The tools, also for langchain4j. */
    public static final class Tools {
        @Tool("Reads a file.")
        public String read(@P("the path") String file) throws Exception {
            return Files.readString(Path.of(file));
        }

        @Tool("Writes a file.")
        public String write(@P("the path") String file, @P("the text") String content) throws Exception {
            Files.writeString(Path.of(file), content);
            return "written";
        }

        @Tool("Runs a shell command.")
        public String shell(@P("the command") String command) throws Exception {
            Process process = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
            return new String(process.getInputStream().readAllBytes()) + "done";
        }
    }

    private static String run(String name, Map<?, ?> input) throws Exception {
        Tools tools = new Tools();
        return switch (name) {
            case "read" -> tools.read((String) input.get("file"));
            case "write" -> tools.write((String) input.get("file"), (String) input.get("content"));
            default -> tools.shell((String) input.get("command"));
        };
    }

    private static Map<String, Object> properties(String name) {
        Map<String, Object> properties = new LinkedHashMap<>();
        PARAMETERS.get(name).forEach(parameter -> properties.put(parameter, Map.of("type", "string")));
        return properties;
    }

    private static String openai() throws Exception {
        OpenAIClient client = OpenAIOkHttpClient.builder().baseUrl(URL + "/v1").apiKey(KEY).build();
        ChatCompletionCreateParams.Builder request =
                ChatCompletionCreateParams.builder().model(MODEL).addUserMessage(PROMPT);
        for (String name : PARAMETERS.keySet()) {
            FunctionParameters parameters = FunctionParameters.builder()
                    .putAdditionalProperty("type", JsonValue.from("object"))
                    .putAdditionalProperty("properties", JsonValue.from(properties(name)))
                    .putAdditionalProperty("required", JsonValue.from(PARAMETERS.get(name)))
                    .build();
            FunctionDefinition function =
                    FunctionDefinition.builder().name(name).parameters(parameters).build();
            request.addTool(ChatCompletionFunctionTool.builder().function(function).build());
        }
        for (int turn = 0; turn < MAX_TURNS; turn++) {
            ChatCompletionMessage message =
                    client.chat().completions().create(request.build()).choices().get(0).message();
            request.addMessage(message);
            List<ChatCompletionMessageToolCall> calls = message.toolCalls().orElse(List.of());
            if (calls.isEmpty()) {
                return message.content().orElse("");
            }
            for (ChatCompletionMessageToolCall call : calls) {
                var function = call.asFunction();
                Map<?, ?> input = new ObjectMapper().readValue(function.function().arguments(), Map.class);
                request.addMessage(ChatCompletionToolMessageParam.builder()
                        .toolCallId(function.id())
                        .content(run(function.function().name(), input))
                        .build());
            }
        }
        return "no end";
    }

    private static String anthropic() throws Exception {
        AnthropicClient client = AnthropicOkHttpClient.builder().baseUrl(URL).apiKey(KEY).build();
        MessageCreateParams.Builder request =
                MessageCreateParams.builder().model(MODEL).maxTokens(2000).addUserMessage(PROMPT);
        for (String name : PARAMETERS.keySet()) {
            var schema = com.anthropic.models.messages.Tool.InputSchema.builder()
                    .putAdditionalProperty("properties", com.anthropic.core.JsonValue.from(properties(name)))
                    .putAdditionalProperty("required", com.anthropic.core.JsonValue.from(PARAMETERS.get(name)))
                    .build();
            request.addTool(com.anthropic.models.messages.Tool.builder().name(name).inputSchema(schema).build());
        }
        for (int turn = 0; turn < MAX_TURNS; turn++) {
            Message message = client.messages().create(request.build());
            request.addMessage(message);
            List<ContentBlockParam> results = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            for (ContentBlock block : message.content()) {
                block.text().ifPresent(part -> text.append(part.text()));
                if (block.isToolUse()) {
                    var use = block.asToolUse();
                    String result = run(use.name(), use._input().convert(Map.class));
                    results.add(ContentBlockParam.ofToolResult(
                            ToolResultBlockParam.builder().toolUseId(use.id()).content(result).build()));
                }
            }
            if (results.isEmpty()) {
                return text.toString();
            }
            request.addUserMessageOfContentBlockParams(results);
        }
        return "no end";
    }

    interface Poet {
        String chat(String prompt);
    }

    private static String langchain4j() {
        OpenAiChatModel model =
                OpenAiChatModel.builder().baseUrl(URL + "/v1").apiKey(KEY).modelName(MODEL).build();
        return AiServices.builder(Poet.class).chatModel(model).tools(new Tools()).build().chat(PROMPT);
    }
}
