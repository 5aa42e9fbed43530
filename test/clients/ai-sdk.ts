import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  APICallError,
  generateText,
  jsonSchema,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  Output,
  streamText,
  type ToolSet,
} from 'ai'
import {
  FILE_NAME,
  type ClientRequest,
  type Call,
  type Client,
  type GatewayAddress,
  type Library,
  type Outcome,
  systemTexts,
  type Turn,
} from './client.ts'

interface Kind {
  readonly name: string
  readonly library: Library
  readonly format: string
  readonly model: (name: string) => LanguageModel
}

/** Vercel's AI SDK with each of its providers. It checks every chunk against a schema. */
export function aiSdk({ url, key }: GatewayAddress): Client[] {
  const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: key })
  const compatible = createOpenAICompatible({
    name: 'c',
    baseURL: `${url}/v1`,
    apiKey: key,
    includeUsage: true,
    supportsStructuredOutputs: true,
  })
  const anthropic = createAnthropic({ baseURL: `${url}/v1`, apiKey: key })
  const google = createGoogle({ baseURL: `${url}/v1beta`, apiKey: key })
  const kinds: Kind[] = [
    { name: 'ai openai chat', library: '@ai-sdk/openai', format: 'openai-chat', model: (name) => openai.chat(name) },
    { name: 'ai openai', library: '@ai-sdk/openai', format: 'openai-responses', model: (name) => openai(name) },
    {
      name: 'ai openai-compatible',
      library: '@ai-sdk/openai-compatible',
      format: 'openai-chat',
      model: (name) => compatible(name),
    },
    { name: 'ai anthropic', library: '@ai-sdk/anthropic', format: 'anthropic', model: (name) => anthropic(name) },
    { name: 'ai google', library: '@ai-sdk/google', format: 'gemini', model: (name) => google(name) },
  ]
  return kinds.map((kind) => clientOf(kind))
}

function clientOf({ name, library, format, model }: Kind): Client {
  return {
    name,
    library,
    format,
    lacks: name === 'ai openai chat' ? { reasoning: 'it does not read reasoning from Chat Completions' } : {},
    ...(format === 'gemini' && { wrapsResult: (tool, content) => ({ name: tool, content }) }),
    statusOf: (thrown) => (APICallError.isInstance(thrown) ? thrown.statusCode : undefined),
    send: (request, how) =>
      how === 'whole' ? whole(model(request.model), request) : streamed(model(request.model), request),
  }
}

function settingsOf({ turns, tools, choice, maxTokens, schema, thinks }: ClientRequest) {
  const system = systemTexts(turns)
  return {
    maxRetries: 0,
    messages: turns.flatMap(messageOf),
    ...(system.length > 0 && { system: system.join('\n') }),
    ...(tools && { tools: Object.fromEntries(tools.map((each) => [each.name, toolOf(each)])) }),
    ...(choice && {
      toolChoice: typeof choice === 'string' ? choice : { type: 'tool' as const, toolName: choice.name },
    }),
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(schema && { output: Output.object({ schema: jsonSchema(schema) }) }),
    // OpenAI's models return summaries only, and only if requested.
    ...(thinks && {
      reasoning: 'medium' as const,
      providerOptions: { openai: { forceReasoning: true, reasoningSummary: 'auto' } },
    }),
  }
}

const toolOf = ({ description, schema }: NonNullable<ClientRequest['tools']>[number]): ToolSet[string] => ({
  description,
  inputSchema: jsonSchema(schema),
})

function messageOf(turn: Turn): ModelMessage[] {
  switch (turn.role) {
    case 'system':
      return [] // passed separately from the messages
    case 'calls':
      return [{ role: 'assistant', content: turn.calls.map(callOf) }]
    case 'result':
      return [
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: turn.id,
              toolName: turn.name,
              output: { type: 'text', value: turn.text },
            },
          ],
        },
      ]
    case 'user':
      return [
        {
          role: 'user',
          content: [
            { type: 'text', text: turn.text },
            ...(turn.image === undefined ? [] : [imageOf(turn.image)]),
            ...(turn.file === undefined ? [] : [pdfOf(turn.file)]),
          ],
        },
      ]
    case 'assistant':
      return [{ role: 'assistant', content: turn.text }]
  }
}

const callOf = ({ id, name, args }: Call) => ({
  type: 'tool-call' as const,
  toolCallId: id,
  toolName: name,
  input: args,
})

const pdfOf = (data: string) => ({
  type: 'file' as const,
  data,
  mediaType: 'application/pdf',
  filename: FILE_NAME,
})

const imageOf = (data: string) => ({ type: 'file' as const, data, mediaType: 'image/png' })

async function whole(model: LanguageModel, request: ClientRequest): Promise<Outcome> {
  const { text, reasoningText, toolCalls, finishReason, usage } = await generateText({ model, ...settingsOf(request) })
  return outcomeOf(text, reasoningText, toolCalls, finishReason, usage)
}

async function streamed(model: LanguageModel, request: ClientRequest): Promise<Outcome> {
  let failure: unknown
  const result = streamText({ model, ...settingsOf(request), onError: ({ error }) => void (failure = error) })
  await result.consumeStream()
  if (failure !== undefined) throw failure
  const { text, reasoningText, toolCalls, finishReason, usage } = await result.finalStep
  return outcomeOf(text, reasoningText, toolCalls, finishReason, usage)
}

const outcomeOf = (
  text: string,
  reasoning: string | undefined,
  calls: readonly { toolName: string; input: unknown }[],
  finish: string,
  usage: LanguageModelUsage,
): Outcome => ({
  text,
  reasoning: reasoning ?? '',
  calls: calls.map(({ toolName, input }) => ({ name: toolName, args: input })),
  finish,
  input: usage.inputTokens ?? Number.NaN,
  cached: usage.inputTokenDetails.cacheReadTokens ?? 0,
  output: usage.outputTokens ?? Number.NaN,
})
