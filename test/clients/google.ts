import {
  ApiError,
  type Content,
  type GenerateContentParameters,
  type GenerateContentResponse,
  FunctionCallingConfigMode,
  GoogleGenAI,
  type Part,
} from '@google/genai'
import { type ClientRequest, type Client, type GatewayAddress, type Outcome, systemTexts, type Turn } from './client.ts'

/** Google's library. It has no helper that assembles a stream, so it is done here as its users do it. */
export function google({ url, key }: GatewayAddress): Client {
  const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } })
  return {
    name: 'google',
    library: '@google/genai',
    format: 'gemini',
    lacks: {},
    statusOf: (thrown) => (thrown instanceof ApiError ? thrown.status : undefined),
    async count({ model, turns }) {
      return (await client.models.countTokens({ model, contents: contentsOf(turns) })).totalTokens ?? 0
    },
    async send(request, how) {
      if (how === 'whole') return outcomeOf([await client.models.generateContent(bodyOf(request))])
      return outcomeOf(await Array.fromAsync(await client.models.generateContentStream(bodyOf(request))))
    },
  }
}

function bodyOf({ model, turns, tools, choice, maxTokens, schema, thinks }: ClientRequest): GenerateContentParameters {
  const system = systemTexts(turns).map((text) => ({ text }))
  return {
    model,
    contents: contentsOf(turns.filter((turn) => turn.role !== 'system')),
    config: {
      ...(system.length > 0 && { systemInstruction: { parts: system } }),
      ...(tools && {
        tools: [
          {
            functionDeclarations: tools.map(({ schema: parametersJsonSchema, ...tool }) => ({
              ...tool,
              parametersJsonSchema,
            })),
          },
        ],
      }),
      ...(choice && { toolConfig: { functionCallingConfig: choiceOf(choice) } }),
      ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
      ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
      ...(thinks && { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } }),
    },
  }
}

function choiceOf(choice: NonNullable<ClientRequest['choice']>) {
  if (choice === 'none') return { mode: FunctionCallingConfigMode.NONE }
  if (choice === 'required') return { mode: FunctionCallingConfigMode.ANY }
  return { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: [choice.name] }
}

/** Consecutive parts of one role are one content. */
function contentsOf(turns: readonly Turn[]): Content[] {
  const contents: { role: string; parts: Part[] }[] = []
  for (const turn of turns) {
    const role = turn.role === 'assistant' || turn.role === 'calls' ? 'model' : 'user'
    const last = contents.at(-1)
    if (last?.role === role) last.parts.push(...partsOf(turn))
    else contents.push({ role, parts: partsOf(turn) })
  }
  return contents
}

function partsOf(turn: Turn): Part[] {
  switch (turn.role) {
    case 'calls':
      return turn.calls.map(({ name, args }) => ({ functionCall: { name, args } }))
    case 'result':
      return [{ functionResponse: { name: turn.name, response: { output: turn.text } } }]
    case 'user':
      return [
        { text: turn.text },
        ...(turn.image === undefined ? [] : [{ inlineData: { mimeType: 'image/png', data: turn.image } }]),
        ...(turn.file === undefined ? [] : [{ inlineData: { mimeType: 'application/pdf', data: turn.file } }]),
      ]
    default:
      return [{ text: turn.text }]
  }
}

const FINISH: Readonly<Record<string, Outcome['finish']>> = { STOP: 'stop', MAX_TOKENS: 'length' }

/** Assembles the parts of all chunks, the last finish reason and the last usage. */
function outcomeOf(chunks: readonly GenerateContentResponse[]): Outcome {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? [])
  const calls = parts.flatMap(({ functionCall }) =>
    functionCall ? [{ name: functionCall.name!, args: functionCall.args }] : [],
  )
  const reason = chunks.findLast((chunk) => chunk.candidates?.[0]?.finishReason)?.candidates?.[0]?.finishReason
  const usage = chunks.findLast((chunk) => chunk.usageMetadata)?.usageMetadata
  const finish = FINISH[String(reason)] ?? String(reason)
  return {
    text: parts.map(({ text, thought }) => (thought ? '' : (text ?? ''))).join(''),
    reasoning: parts.map(({ text, thought }) => (thought ? (text ?? '') : '')).join(''),
    calls,
    finish: finish === 'stop' && calls.length > 0 ? 'tool-calls' : finish, // the format has no finish reason for tool calls
    input: usage?.promptTokenCount ?? Number.NaN,
    cached: usage?.cachedContentTokenCount ?? 0,
    output: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
  }
}
