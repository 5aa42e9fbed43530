import { OpenAI } from 'openai'
import {
  type ClientRequest,
  type Client,
  type GatewayAddress,
  FILE_NAME,
  type Outcome,
  pdfUrl,
  type Turn,
} from './client.ts'
import { statusOfOpenai } from './openai-chat.ts'

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming
type Content = OpenAI.Responses.ResponseInputMessageContentList
type Item = OpenAI.Responses.ResponseInputItem

/** Responses of the OpenAI library. Streams use its helper. */
export function openaiResponses({ url, key }: GatewayAddress): Client {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  return {
    name: 'openai responses',
    library: 'openai',
    format: 'openai-responses',
    lacks: {},
    statusOf: statusOfOpenai,
    async send(request, how) {
      if (how === 'whole') return outcomeOf(await openai.responses.create(bodyOf(request)))
      const stream = openai.responses.stream(bodyOf(request) as Parameters<typeof openai.responses.stream>[0])
      return outcomeOf((await stream.finalResponse()) as OpenAI.Responses.Response)
    },
  }
}

const bodyOf = ({ model, turns, tools, choice, maxTokens, schema, thinks }: ClientRequest): Body => ({
  model,
  input: turns.flatMap(itemsOf),
  store: false,
  ...(tools && {
    tools: tools.map(({ schema: parameters, ...tool }) => ({ type: 'function', ...tool, parameters, strict: false })),
  }),
  ...(choice && { tool_choice: typeof choice === 'string' ? choice : { type: 'function', ...choice } }),
  ...(maxTokens !== undefined && { max_output_tokens: maxTokens }),
  ...(schema && { text: { format: { type: 'json_schema', name: 'answer', schema } } }),
  ...(thinks && { reasoning: { effort: 'medium', summary: 'auto' } }),
})

function itemsOf(turn: Turn): Item | Item[] {
  switch (turn.role) {
    case 'calls':
      return turn.calls.map(({ id, name, args }) => ({
        type: 'function_call',
        call_id: id,
        name,
        arguments: JSON.stringify(args),
      }))
    case 'result':
      return { type: 'function_call_output', call_id: turn.id, output: turn.text }
    case 'user':
      return { role: 'user', content: contentOf(turn) }
    default:
      return { role: turn.role, content: turn.text }
  }
}

function contentOf({ text, image, file }: Extract<Turn, { role: 'user' }>): string | Content {
  if (image === undefined && file === undefined) return text
  const content: Content = [{ type: 'input_text', text }]
  if (image !== undefined)
    content.push({ type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${image}` })
  if (file !== undefined) content.push({ type: 'input_file', filename: FILE_NAME, file_data: pdfUrl(file) })
  return content
}

function outcomeOf({
  output,
  output_text: text,
  status,
  incomplete_details: why,
  usage,
}: OpenAI.Responses.Response): Outcome {
  const calls = output.filter((item) => item.type === 'function_call')
  const reasoning = output.flatMap((item) => (item.type === 'reasoning' ? textsOf(item) : []))
  return {
    text,
    reasoning: reasoning.join(''),
    calls: calls.map(({ name, arguments: args }) => ({ name, args: JSON.parse(args) as unknown })),
    finish:
      status === 'completed'
        ? calls.length > 0
          ? 'tool-calls'
          : 'stop'
        : why?.reason === 'max_output_tokens'
          ? 'length'
          : String(why?.reason ?? status),
    input: usage!.input_tokens,
    cached: usage!.input_tokens_details.cached_tokens,
    output: usage!.output_tokens,
  }
}

/** Open models return the reasoning itself, OpenAI's models a summary. */
const textsOf = ({ content, summary }: OpenAI.Responses.ResponseReasoningItem): string[] =>
  content ? content.map(({ text }) => text) : summary.map(({ text }) => text)
